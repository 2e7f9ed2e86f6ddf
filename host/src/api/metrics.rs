//! `GET /metrics`: what the proxy counts, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use yallmp_core::error::ProxyError;

use super::errors::ApiError;
use super::{App, internal_error};
use crate::metrics;

pub const PATH: &str = "/metrics";

pub async fn show(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let gateway = app.gateway();
    if !gateway.config.metrics.enabled {
        let error = ProxyError::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            "metrics are switched off; set `general_settings.metrics.enabled: true` to switch them on",
        );
        return Err(ApiError(error.code("metrics_disabled")));
    }
    let snapshot = app.metrics.snapshot(&gateway.router);
    let text = metrics::encode(snapshot).map_err(|_| ApiError(internal_error()))?;
    let kind = [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)];
    Ok((kind, text).into_response())
}
