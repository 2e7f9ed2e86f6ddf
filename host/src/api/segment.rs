//! The part of a path that stands for a name.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use yallmp_core::error::ProxyError;

use super::errors::ApiError;

/// Decoded.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(_) => {
                let what = "the name in the path is not UTF-8, once its % signs are decoded";
                Err(ProxyError::invalid(what).into())
            }
        }
    }
}
