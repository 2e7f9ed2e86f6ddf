//! The routes that do not lead to a model, as an axum router. The key was checked before.

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use yallmp_core::error::ProxyError;

use super::errors::ApiError;
use super::inspect::{self, Inspector};
use super::{App, admin, forward, health, metrics, models, store};

pub fn router(app: Arc<App>, inspector: Option<Inspector>) -> Router {
    let mut router = Router::new()
        .route("/health", get(health::readiness))
        .route("/health/readiness", get(health::readiness))
        .route("/health/liveness", get(health::liveness))
        .route("/health/liveliness", get(health::liveness))
        .route(metrics::PATH, get(metrics::show))
        .route("/admin/models", get(admin::list).post(admin::register))
        .route("/admin/models/{*name}", delete(admin::remove))
        .route("/admin/store/{*plugin}", delete(store::clear));
    for prefix in ["", "/v1"] {
        router = router
            .route(&format!("{prefix}/models"), get(models::list))
            .route(&format!("{prefix}/models/{{*id}}"), get(models::show));
    }
    if let Some(inspector) = inspector {
        router = router.merge(inspect::router(app.clone(), inspector));
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
    ApiError(unknown_url(method.as_str(), uri.path())).into_response()
}

pub fn unknown_url(method: &str, path: &str) -> ProxyError {
    let error = ProxyError::new(
        StatusCode::NOT_FOUND,
        "invalid_request_error",
        format!(
            "Invalid URL ({method} {path}); models are asked with POST /v1/chat/completions and listed by GET /v1/models"
        ),
    );
    error.code("unknown_url")
}

async fn method_not_allowed(method: Method, uri: Uri) -> ApiError {
    let error = ProxyError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request_error",
        format!("Not allowed to {method} on {}", uri.path()),
    );
    ApiError(error.code("method_not_allowed"))
}
