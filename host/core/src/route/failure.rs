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
    /// Silence between the events of a stream that had begun.
    BetweenEvents,
    /// Waiting for a whole (not streamed) answer.
    Whole,
    /// The whole attempt.
    Total,
}

/// For the log.
impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Upstream(error) => error.fmt(f),
            Self::Timeout(phase) => write!(f, "time limit: {phase:?}"),
            Self::Status { status, .. } => write!(f, "status {status}"),
            Self::ErrorAnswer { .. } => f.write_str("an error in place of an answer"),
            Self::NoAnswer(what) => write!(f, "no answer: {what}"),
            Self::PluginRetry { plugin, reason } => {
                write!(f, "plugin `{plugin}` asks for another try: {reason}")
            }
            Self::Plugin { plugin, error } => write!(f, "plugin `{plugin}` failed: {error}"),
        }
    }
}
