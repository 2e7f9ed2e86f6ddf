//! The routes that do not lead to a model, as an axum router. The key was checked before.

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use yallmp_core::error::ProxyError;

use super::errors::ApiError;
use super::{App, admin, forward, health, metrics, models};

pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health::readiness))
        .route("/health/readiness", get(health::readiness))
        .route("/health/liveness", get(health::liveness))
        .route("/health/liveliness", get(health::liveness))
        .route(metrics::PATH, get(metrics::show))
        .route("/admin/models", get(admin::list).post(admin::register))
        .route("/admin/models/{*name}", delete(admin::remove));
    for prefix in ["", "/v1"] {
        router = router
            .route(&format!("{prefix}/models"), get(models::list))
            .route(&format!("{prefix}/models/{{*id}}"), get(models::show));
    }
    router
        .fallback(no_such_route)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app)
}

async fn no_such_route(method: Method, uri: Uri) -> Response {
    if forward::is_known(uri.path()) {
        let mut response = method_not_allowed(method, uri).await.into_response();
        let allow = HeaderValue::from_static("POST");
        response.headers_mut().insert(header::ALLOW, allow);
        return response;
    }
    let error = ProxyError::new(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        format!(
            "Invalid URL ({method} {}); models are asked with POST /v1/chat/completions and listed by GET /v1/models",
            uri.path()
        ),
    );
    ApiError(error.code("unknown_url")).into_response()
}

async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let error = ProxyError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request_error",
        format!("Not allowed to {method} on {}", uri.path()),
    );
    ApiError(error.code("method_not_allowed"))
}
