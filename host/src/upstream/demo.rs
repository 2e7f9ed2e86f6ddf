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
use http::header::{CONTENT_TYPE, HeaderValue, SERVER};
use http::{HeaderMap, StatusCode};
use serde_json::json;
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
        let scene = self.scene(&request);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(scene.kind));
        headers.insert(SERVER, HeaderValue::from_static("yallmp-demo"));
        Ok(UpstreamReply {
            status: scene.status,
            headers,
            body: play(scene.acts),
        })
    }

    fn scene(&self, request: &UpstreamRequest) -> Scene {
        if !request.url.ends_with("/chat/completions") {
            return Scene::error(
                StatusCode::NOT_FOUND,
                "not_found_error",
                "the demonstration only speaks /v1/chat/completions",
            );
        }
        let Some(ask) = Ask::read(&request.body) else {
            return Scene::error(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "the body is not a JSON object",
            );
        };
        let Some(model) = Model::named(&ask.model) else {
            let known = Model::ALL.map(|model| model.name()).join(", ");
            let text = format!("no model `{}` here; there are {known}", ask.model);
            return Scene::error(StatusCode::NOT_FOUND, "not_found_error", &text);
        };
        if model == Model::Flaky && self.flaky.fetch_add(1, Relaxed) % 3 < 2 {
            return Scene::error(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable_error",
                "I refuse two requests of three",
            );
        }
        let wire = Wire::new(&ask, model, SystemTime::now());
        let answer = script::answer(model, &ask);
        let (kind, acts) = match ask.streaming {
            true => ("text/event-stream; charset=utf-8", wire.events(&answer)),
            false => ("application/json", wire.whole(&answer)),
        };
        Scene {
            status: StatusCode::OK,
            kind,
            acts,
        }
    }
}

/// An answer, and how it comes.
struct Scene {
    status: StatusCode,
    /// Its `content-type`.
    kind: &'static str,
    acts: VecDeque<Act>,
}

impl Scene {
    /// In the shape of llama.cpp's server.
    fn error(status: StatusCode, kind: &str, message: &str) -> Self {
        let code = status.as_u16();
        let body = json!({"error": {"code": code, "message": message, "type": kind}});
        Self {
            status,
            kind: "application/json",
            acts: [Act::Send(body.to_string().into())].into(),
        }
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

#[cfg(test)]
mod tests;
