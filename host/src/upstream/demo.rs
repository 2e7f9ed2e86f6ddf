//! The backend behind `api_base: builtin://demo`: a few models inside the proxy that have
//! the faults of real ones. They answer in real bytes over the same path as any backend, so
//! that a first try needs no key, no network and no second process.

mod ask;
mod leak;
mod script;
mod wire;

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use http::StatusCode;
use http::header::{HeaderValue, SERVER};
use serde_json::json;
use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

use super::scene::{Act, Scene};
use ask::Ask;
use script::Model;
use wire::Wire;

/// Before the first token, and before a whole answer.
const THINKING: Duration = Duration::from_millis(80);

#[derive(Default)]
pub struct Demo {
    /// Requests that `flaky` has seen.
    flaky: AtomicU32,
}

impl Demo {
    pub async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        let mut reply = self.scene(&request).play().await?;
        let server = HeaderValue::from_static("yallmp-demo");
        reply.headers.insert(SERVER, server);
        Ok(reply)
    }

    /// What it answers to a request.
    pub fn scene(&self, request: &UpstreamRequest) -> Scene {
        if !request.url.ends_with("/chat/completions") {
            return refusal(
                StatusCode::NOT_FOUND,
                "not_found_error",
                "the demonstration only speaks /v1/chat/completions",
            );
        }
        let Some(ask) = Ask::read(&request.body) else {
            return refusal(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "the body is not a JSON object",
            );
        };
        let Some(model) = Model::named(&ask.model) else {
            let known = Model::ALL.map(|model| model.name()).join(", ");
            let text = format!("no model `{}` here; there are {known}", ask.model);
            return refusal(StatusCode::NOT_FOUND, "not_found_error", &text);
        };
        if model == Model::Flaky && self.flaky.fetch_add(1, Relaxed) % 3 < 2 {
            return refusal(
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
        let mut scene = Scene::new(StatusCode::OK, kind);
        scene.0.extend(acts);
        scene
    }
}

/// Each model's name, and a sentence about it.
pub fn models() -> impl Iterator<Item = (&'static str, &'static str)> {
    Model::ALL.into_iter().map(|it| (it.name(), it.summary()))
}

/// An error in the shape of llama.cpp's server.
fn refusal(status: StatusCode, kind: &str, message: &str) -> Scene {
    let code = status.as_u16();
    let body = json!({"error": {"code": code, "message": message, "type": kind}});
    Scene::new(status, "application/json").then(Act::Send(body.to_string().into()))
}

#[cfg(test)]
mod tests;
