//! Is it alive, and can it take work? The only routes that need no key, so they tell
//! nothing else.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use super::App;

/// Routes without a key. `liveliness` is LiteLLM's spelling.
pub fn is_open(path: &str) -> bool {
    matches!(
        path,
        "/health" | "/health/readiness" | "/health/liveness" | "/health/liveliness"
    )
}

pub async fn liveness() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// 503 when no model can be used or the proxy is about to stop.
pub async fn readiness(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let gateway = app.gateway();
    let deployments = &gateway.config.deployments;
    let usable = deployments.iter().filter(|d| d.disabled.is_none()).count();
    let status = if app.is_draining() {
        "stopping"
    } else if usable == 0 {
        "no usable model"
    } else {
        "ok"
    };
    let code = if status == "ok" {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({
        "status": status,
        "deployments": {"usable": usable, "disabled": deployments.len() - usable},
    });
    (code, Json(body))
}
