//! `/admin/store`: what plugins remember is forgotten.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};
use yallmp_core::error::ProxyError;

use super::App;
use super::errors::ApiError;
use super::segment::Segment;

/// Forgets all that one plugin remembers, of every client.
pub async fn clear(
    State(app): State<Arc<App>>,
    Segment(plugin): Segment,
) -> Result<Json<Value>, ApiError> {
    if !is_name(&plugin) {
        let message = format!("`{plugin}` is no name of a plugin: lower case, digits and `-`");
        return Err(ApiError(ProxyError::invalid(message).param("plugin")));
    }
    let removed = app.store.clear(&plugin).await.map_err(|_| away())?;
    tracing::info!(plugin, removed, "the memory of a plugin was wiped");
    Ok(Json(
        json!({"status": "ok", "plugin": plugin, "removed": removed}),
    ))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

fn away() -> ApiError {
    let message = "the plugin store did not answer in time; entries may be left";
    let error = ProxyError::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", message);
    ApiError(error.code("store_unavailable"))
}
