//! What the proxy reads in a request. The rest is the backend's business.

use std::sync::Arc;

use super::ClientRequest;
use crate::body::RequestBody;
use crate::dialect::Dialect;
use crate::error::ProxyError;

pub(super) struct Asked {
    pub body: RequestBody,
    pub model: Arc<str>,
    pub streaming: bool,
    /// The client asked for the usage chunk.
    pub include_usage: bool,
}

impl Asked {
    pub fn read(request: &ClientRequest, dialect: Dialect) -> Result<Self, ProxyError> {
        let body = RequestBody::parse(request.body.clone())
            .map_err(|error| ProxyError::invalid(error.to_string()).code("invalid_body"))?;
        let model = model(&body)?;
        if dialect == Dialect::Chat {
            check_messages(&body)?;
        }
        let streaming = match body.member("stream") {
            None | Some("null" | "false") => false,
            Some("true") => true,
            Some(_) => return Err(mistyped("stream", "true or false")),
        };
        let include_usage = streaming
            && body.member("stream_options").is_some_and(|options| {
                RequestBody::from_text(options.into())
                    .is_ok_and(|options| options.is_true("include_usage"))
            });
        Ok(Self {
            body,
            model: model.into(),
            streaming,
            include_usage,
        })
    }
}

fn model(body: &RequestBody) -> Result<String, ProxyError> {
    match body.member("model") {
        None | Some("null") => Err(missing("model", "missing")),
        Some(_) => match body.string("model") {
            None => Err(mistyped("model", "a string")),
            Some(name) if name.is_empty() => Err(missing("model", "empty")),
            Some(name) => Ok(name),
        },
    }
}

/// Whether there is one at all; what is in the list is for the backend to judge.
fn check_messages(body: &RequestBody) -> Result<(), ProxyError> {
    match body.member("messages").map(str::trim_start) {
        None | Some("null") => Err(missing("messages", "missing")),
        Some(list) if !list.starts_with('[') => Err(mistyped("messages", "a list")),
        Some(list) if list[1..].trim_start().starts_with(']') => {
            Err(missing("messages", "empty").code("empty_array"))
        }
        Some(_) => Ok(()),
    }
}

fn missing(name: &str, how: &str) -> ProxyError {
    ProxyError::invalid(format!("`{name}` is {how}"))
        .param(name)
        .code("missing_required_parameter")
}

fn mistyped(name: &str, expected: &str) -> ProxyError {
    ProxyError::invalid(format!("`{name}` must be {expected}"))
        .param(name)
        .code("invalid_type")
}
