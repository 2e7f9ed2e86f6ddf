//! How an attempt can fail.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::upstream::UpstreamError;

#[derive(Debug, Clone)]
pub enum Failure {
    /// No answer, or it broke before commit.
    Upstream(UpstreamError),
    /// A limit ran out before commit.
    Timeout(Phase),
    /// An answer with a status of 300 or more. `body` is bounded.
    Status {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    },
    /// A 2xx whose body is an error object, or whose first event is one.
    ErrorAnswer { headers: HeaderMap, body: Bytes },
    /// A 2xx that holds no answer: HTML, nothing, `[DONE]` alone, a preamble and no more.
    NoAnswer(String),
    /// A plugin asked for another try.
    PluginRetry { plugin: String, reason: String },
    /// A plugin with `on_error: fail` died.
    Plugin { plugin: String, error: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Headers,
    FirstEvent,
    /// Waiting for a whole (not streamed) answer.
    Whole,
    /// The whole attempt.
    Total,
}
