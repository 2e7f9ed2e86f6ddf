//! What an exchange asks of a backend connection. Real sockets live in `yallmp`; tests use
//! a script.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Method, StatusCode};

use crate::config::Deployment;

pub mod url;

#[async_trait]
pub trait Upstream: Send + Sync {
    /// Send a request and wait for the head of the answer. Dropping the future or the body
    /// cancels the request at the backend. Never follows redirects, never retries, has no
    /// time limit of its own but the one for connecting (`deployment.timeouts.connect`).
    async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError>;

    /// Wait between two tries, so that the backend can recover. One that is played from a
    /// record has no need of it.
    async fn rest(&self, time: std::time::Duration) {
        tokio::time::sleep(time).await;
    }
}

#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    pub deployment: Arc<Deployment>,
    pub method: Method,
    /// Absolute: the deployment's base joined with the API path.
    pub url: String,
    /// Complete, with the backend's credentials, less `host` and `content-length`.
    pub headers: HeaderMap,
    pub body: Bytes,
}

pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, UpstreamError>> + Send>>;

pub struct UpstreamReply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Already decompressed; `content-encoding` and `content-length` are removed from
    /// `headers` if it was compressed.
    pub body: ByteStream,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// No connection: refused, unreachable, name not found, TLS.
    #[error("cannot connect: {0}")]
    Connect(String),
    #[error("no connection within {0:?}")]
    ConnectTimeout(std::time::Duration),
    /// The connection broke before or inside the answer.
    #[error("connection broke: {0}")]
    Broken(String),
    /// The answer cannot be read: bad HTTP, bad compression.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
    /// The request cannot be sent at all (bad URL or header).
    #[error("cannot send: {0}")]
    Unsendable(String),
}
