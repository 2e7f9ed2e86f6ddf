//! The one place where an error becomes an HTTP answer: always JSON, always OpenAI's shape.

use axum::response::IntoResponse;
use http::{HeaderValue, Response, StatusCode, header};
use yallmp_core::error::ProxyError;

use super::body::Body;

pub fn response(error: &ProxyError) -> Response<Body> {
    let mut response = Response::new(Body::Whole(error.body()));
    *response.status_mut() = error.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(after) = error.retry_after {
        // Rounded up: a client that comes too early only comes again.
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        headers.insert(header::RETRY_AFTER, seconds.max(1).into());
    }
    if error.status == StatusCode::UNAUTHORIZED && error.upstream_body.is_none() {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A [`ProxyError`] as axum wants it.
#[derive(Debug)]
pub struct ApiError(pub ProxyError);

impl From<ProxyError> for ApiError {
    fn from(error: ProxyError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> axum::response::Response {
        response(&self.0).map(axum::body::Body::new)
    }
}
