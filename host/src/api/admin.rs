//! `/admin/models`: models registered, replaced, listed and removed while the proxy runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde_json::{Value, json};
use yallmp_core::error::ProxyError;

use super::errors::ApiError;
use super::segment::Segment;
use super::{App, receive};
use crate::registry::RegistryError;

type Answer = Result<Json<Value>, ApiError>;

/// Largest registration, in bytes.
const MAX_REGISTRATION: usize = 1 << 20;

pub async fn list(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"object": "list", "data": app.registry.list().await}))
}

pub async fn register(State(app): State<Arc<App>>, request: Request) -> Answer {
    let (head, body) = request.into_parts();
    receive::check_json(&head.headers)?;
    let body = receive::receive(body, &head.headers, MAX_REGISTRATION).await?;
    let model: Value = serde_json::from_slice(&body)
        .map_err(|e| ProxyError::invalid(format!("the body is not valid JSON: {e}")))?;
    let registered = app.registry.register(model).await?;
    let mut answer = json!({
        "status": "ok",
        "model": registered.model,
        "replaced": registered.replaced,
        "fallbacks": registered.fallbacks,
    });
    if !registered.ignored.is_empty() {
        answer["ignored"] = registered.ignored.into();
    }
    Ok(Json(answer))
}

pub async fn remove(State(app): State<Arc<App>>, Segment(name): Segment) -> Answer {
    app.registry.remove(&name).await?;
    Ok(Json(json!({"status": "ok", "model": name})))
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        let message = error.to_string();
        Self(match error {
            RegistryError::Field(field) if field.field.is_empty() => ProxyError::invalid(message),
            RegistryError::Field(field) => ProxyError::invalid(message).param(field.field),
            RegistryError::Plugin(_) => ProxyError::invalid(message).param("plugins"),
            RegistryError::InFile(_) | RegistryError::Unknown(_) => {
                ProxyError::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
                    .code("model_not_registered")
            }
            RegistryError::Save(_) => {
                ProxyError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
                    .code("state_not_saved")
            }
        })
    }
}
