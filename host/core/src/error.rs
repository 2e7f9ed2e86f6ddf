//! What the proxy says when it cannot answer. One type, one mapping to the OpenAI shape.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

/// An error for the client. `Display` is the client's text; nothing secret goes in.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ProxyError {
    pub status: StatusCode,
    pub message: String,
    /// OpenAI's `type`.
    pub kind: &'static str,
    pub param: Option<String>,
    pub code: Option<&'static str>,
    pub retry_after: Option<Duration>,
    /// A backend's own error body (JSON), passed on instead of ours.
    pub upstream_body: Option<Bytes>,
}

impl ProxyError {
    pub fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            kind,
            param: None,
            code: None,
            retry_after: None,
            upstream_body: None,
        }
    }

    /// 400 `invalid_request_error`.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// `{"error":{message,type,param,code}}`, or the backend's own body.
    pub fn body(&self) -> Bytes {
        match &self.upstream_body {
            Some(body) => body.clone(),
            None => Bytes::from(self.json().to_string()),
        }
    }

    /// The error as JSON for an event of a stream: a backend's own object if it has the
    /// OpenAI shape, else ours.
    pub fn stream_json(&self) -> Value {
        let theirs = self
            .upstream_body
            .as_ref()
            .and_then(|b| serde_json::from_slice(b).ok());
        theirs
            .filter(|body: &Value| body["error"].is_object())
            .unwrap_or_else(|| self.json())
    }

    pub fn json(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
    }
}
