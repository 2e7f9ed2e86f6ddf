//! `/admin/store`: what plugins remember is forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};
use yallmp_core::config::Config;
use yallmp_core::config::defaults::{OPTIONAL_PLUGINS, SHIPPED_PLUGINS};
use yallmp_core::config::keys::nearest;
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
        return Err(unknown(&plugin, &app.registry.gateway().config));
    }
    let removed = app.store.clear(&plugin).await.map_err(|_| away())?;
    // One that is not used any more may have left something.
    if removed == 0 {
        let config = &app.registry.gateway().config;
        if !names(config).contains(plugin.as_str()) {
            return Err(unknown(&plugin, config));
        }
    }
    tracing::info!(plugin, removed, "the memory of a plugin was wiped");
    Ok(Json(
        json!({"status": "ok", "plugin": plugin, "removed": removed}),
    ))
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

/// Of all plugins that may run here.
fn names(config: &Config) -> BTreeSet<&str> {
    let defined = config.plugins.iter().map(|it| it.plugin.name.as_str());
    let of_models = config.deployments.iter().flat_map(|it| &it.plugins);
    let shipped = SHIPPED_PLUGINS.into_iter().chain(OPTIONAL_PLUGINS);
    defined
        .chain(of_models.map(|it| it.name.as_str()))
        .chain(shipped)
        .collect()
}

fn unknown(plugin: &str, config: &Config) -> ApiError {
    let names = names(config);
    let hint = match nearest(plugin, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = names.into_iter().collect();
            format!("plugins here: `{}`", names.join("`, `"))
        }
    };
    let message = format!("no plugin `{plugin}` has a store; {hint}");
    let error = ProxyError::new(StatusCode::NOT_FOUND, "invalid_request_error", message);
    ApiError(error.param("plugin").code("plugin_unknown"))
}

fn away() -> ApiError {
    let message = "the plugin store did not answer in time; entries may be left";
    let error = ProxyError::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", message);
    ApiError(error.code("store_unavailable"))
}
