//! The built-in demonstration upstream.

use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

#[derive(Default)]
pub struct Demo {}

impl Demo {
    pub async fn send(&self, _request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        Err(UpstreamError::Unsendable(
            "no such demonstration".to_owned(),
        ))
    }
}
