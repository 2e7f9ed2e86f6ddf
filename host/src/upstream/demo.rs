//! The backend behind `api_base: builtin://demo`: a few models inside the proxy that have
//! the faults of real ones. They answer in real bytes over the same path as any backend, so
//! that a first try needs no key, no network and no second process.

mod ask;
mod leak;
mod script;
mod wire;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use yallmp_core::upstream::{ByteStream, UpstreamError, UpstreamReply, UpstreamRequest};

use ask::Ask;
use script::Model;
use wire::Wire;

/// Before the first token, and before a whole answer.
const THINKING: Duration = Duration::from_millis(80);

#[derive(Default)]
pub(super) struct Demo {
    /// Requests that `flaky` has seen.
    flaky: AtomicU32,
}

impl Demo {
    pub async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        if !request.url.ends_with("/chat/completions") {
            return Ok(error(
                StatusCode::NOT_FOUND,
                "not_found_error",
                "the demonstration only speaks /v1/chat/completions",
            ));
        }
        let Some(ask) = Ask::read(&request.body) else {
            return Ok(error(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "the body is not a JSON object",
            ));
        };
        let Some(model) = Model::named(&ask.model) else {
            let known = Model::ALL.map(|model| model.name()).join(", ");
            let text = format!("no model `{}` here; there are {known}", ask.model);
            return Ok(error(StatusCode::NOT_FOUND, "not_found_error", &text));
        };
        if model == Model::Flaky && self.flaky.fetch_add(1, Relaxed) % 3 < 2 {
            return Ok(error(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable_error",
                "I refuse two requests of three",
            ));
        }
        let wire = Wire::new(&ask, model, SystemTime::now());
        let answer = script::answer(model, &ask);
        let (kind, play) = match ask.streaming {
            true => ("text/event-stream; charset=utf-8", wire.events(&answer)),
            false => ("application/json", wire.whole(&answer)),
        };
        Ok(reply(StatusCode::OK, kind, play))
    }
}

/// What happens on the wire, in order.
#[derive(Debug, Clone, PartialEq)]
enum Act {
    Wait(Duration),
    Send(Bytes),
    /// The connection breaks.
    Break,
}

fn play(acts: VecDeque<Act>) -> ByteStream {
    Box::pin(stream::unfold(acts, async |mut acts| {
        loop {
            match acts.pop_front()? {
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Send(bytes) => return Some((Ok(bytes), acts)),
                Act::Break => {
                    let error = UpstreamError::Broken("connection reset by peer".to_owned());
                    return Some((Err(error), VecDeque::new()));
                }
            }
        }
    }))
}

fn reply(status: StatusCode, kind: &'static str, acts: VecDeque<Act>) -> UpstreamReply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert("server", HeaderValue::from_static("yallmp-demo"));
    UpstreamReply {
        status,
        headers,
        body: play(acts),
    }
}

/// In the shape of llama.cpp's server.
fn error(status: StatusCode, kind: &str, message: &str) -> UpstreamReply {
    let body: Value = json!({"error": {
        "code": status.as_u16(),
        "message": message,
        "type": kind,
    }});
    let body = Act::Send(body.to_string().into());
    reply(status, "application/json", [body].into())
}

#[cfg(test)]
mod tests;
