//! Ways in which backends fail, each as a change of a plain answer.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::json;
use yallmp_core::sse::{self, Framer};
use yallmp_core::upstream::UpstreamError;

use crate::upstream::scene::{Act, Scene};

/// Between two events.
const PACE: Duration = Duration::from_millis(20);
const HTML: &str = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head>\
    <body><h1>We will be back soon</h1></body></html>\n";

pub struct Fault {
    /// Chosen by it.
    pub name: &'static str,
    pub summary: &'static str,
    /// A whole answer has no such fault; it is a plain one.
    pub streams_only: bool,
    pub play: fn(&Request) -> Scene,
}

/// What a fault is made of.
pub struct Request {
    /// The answer of a backend that works.
    pub plain: Scene,
    pub streaming: bool,
    /// From 1: how many requests this fault has seen.
    pub number: u32,
}

const fn fault(name: &'static str, summary: &'static str, play: fn(&Request) -> Scene) -> Fault {
    Fault {
        name,
        summary,
        streams_only: false,
        play,
    }
}

const fn streamed(name: &'static str, summary: &'static str, play: fn(&Request) -> Scene) -> Fault {
    let mut fault = fault(name, summary, play);
    fault.streams_only = true;
    fault
}

pub const ALL: &[Fault] = &[
    fault("rate-limited", "429 with `Retry-After: 2`, always", |_| {
        rate_limited("2")
    }),
    fault(
        "rate-limited-once",
        "429 with `Retry-After: 1` to every other request",
        |request| match request.number % 2 {
            1 => rate_limited("1"),
            _ => request.plain.clone(),
        },
    ),
    fault("overloaded", "503, always", |_| {
        error(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "The server is overloaded",
        )
    }),
    fault("unauthorized", "401: the key is wrong", |_| {
        error(
            StatusCode::UNAUTHORIZED,
            "invalid_api_key",
            "Incorrect API key provided",
        )
    }),
    fault(
        "context-too-long",
        "400: the conversation is too long",
        |_| {
            let message = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
            error(StatusCode::BAD_REQUEST, "context_length_exceeded", message)
        },
    ),
    fault("html", "a web page with status 200", |_| {
        html(StatusCode::OK)
    }),
    fault(
        "html-502",
        "a web page with status 502, as a proxy before it makes them",
        |_| html(StatusCode::BAD_GATEWAY),
    ),
    fault("empty", "status 200 and nothing else", |request| {
        request.answer([])
    }),
    streamed(
        "done-alone",
        "`[DONE]` without an answer before it",
        |request| request.answer([sse::DONE]),
    ),
    fault(
        "error-200",
        "an error with status 200 in place of an answer",
        |request| {
            let error = complaint("server_error", "The model has crashed");
            match request.streaming {
                true => request.answer([sse::encode(None, &error)]),
                false => request.answer([error.into()]),
            }
        },
    ),
    streamed(
        "error-midstream",
        "half of the answer, then an error event",
        |request| {
            let error = complaint("server_error", "The model has crashed");
            let mut pieces = request.half();
            pieces.push(sse::encode(None, &error));
            request.answer(pieces)
        },
    ),
    streamed(
        "malformed-event",
        "an event that is no JSON in the middle",
        |request| {
            let half = request.half().len();
            let mut pieces = request.pieces();
            pieces.insert(
                half,
                Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"cont\n\n"),
            );
            request.answer(pieces)
        },
    ),
    fault(
        "cut",
        "the connection breaks between two events",
        |request| request.answer(request.half()).then(broken()),
    ),
    fault(
        "cut-in-event",
        "the connection breaks inside an event",
        |request| {
            let mut pieces = request.half();
            if let Some(last) = pieces.last_mut() {
                last.truncate(last.len() / 2);
            }
            request.answer(pieces).then(broken())
        },
    ),
    fault(
        "ends-early",
        "the answer ends in order in its middle, without a word",
        |request| request.answer(request.half()),
    ),
    streamed("no-done", "all of a stream but `[DONE]`", |request| {
        let mut pieces = request.pieces();
        pieces.retain(|piece| *piece != sse::DONE);
        request.answer(pieces)
    }),
    streamed(
        "no-finish",
        "a stream without a `finish_reason`",
        |request| {
            let mut pieces = request.pieces();
            pieces.retain(|piece| !piece.windows(6).any(|part| part == b"\"stop\""));
            request.answer(pieces)
        },
    ),
    fault(
        "stalls",
        "falls silent in the middle, for ever",
        |request| request.answer(request.half()).then(Act::Stall),
    ),
    fault(
        "stalls-first",
        "status and headers, then silence for ever",
        |request| request.answer([]).then(Act::Stall),
    ),
    fault("never-answers", "not even a status", |_| {
        Scene([Act::Stall].into())
    }),
    fault("closes", "closes the connection without an answer", |_| {
        Scene([broken()].into())
    }),
    fault("slow", "a second between two events", |request| {
        request.paced(request.pieces(), Duration::from_secs(1))
    }),
    streamed(
        "thinks-long",
        "ten seconds of comments before the first event",
        |request| {
            let mut scene = request.answer([]);
            for _ in 0..10 {
                let comment = Act::Send(sse::encode_comment("PROCESSING"));
                scene = scene.then(Act::Wait(Duration::from_secs(1))).then(comment);
            }
            let rest = request.answer(request.pieces()).0.into_iter().skip(1);
            scene.0.extend(rest);
            scene
        },
    ),
    fault("crumbs", "every byte alone", |request| {
        // One of one byte, at any place.
        request.plain.clone().recut(|| 0)
    }),
    streamed("at-once", "the whole stream in one piece", |request| {
        request.answer([request.pieces().concat().into()])
    }),
    streamed(
        "whole-for-stream",
        "a whole answer where a stream was asked for",
        |request| {
            let text = request.text();
            let whole = json!({
                "id": "chatcmpl-mock", "object": "chat.completion", "created": 0, "model": "mock",
                "choices": [{"index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text}}],
            });
            Scene::new(StatusCode::OK, "application/json").then(Act::Send(whole.to_string().into()))
        },
    ),
];

impl Request {
    /// The plain answer, an event in each piece; of a whole one, pieces of any kind.
    fn pieces(&self) -> Vec<Bytes> {
        let mut framer = Framer::new(usize::MAX);
        let mut whole = Vec::new();
        for act in &self.plain.0 {
            if let Act::Send(bytes) = act {
                framer.push(bytes.clone());
                whole.extend_from_slice(bytes);
            }
        }
        match self.streaming {
            true => std::iter::from_fn(|| Some(framer.frame()?.ok()?.raw)).collect(),
            false => whole.chunks(64).map(Bytes::copy_from_slice).collect(),
        }
    }

    fn half(&self) -> Vec<Bytes> {
        let mut pieces = self.pieces();
        pieces.truncate(pieces.len() / 2);
        pieces
    }

    /// All that is said.
    fn text(&self) -> String {
        let read = |piece: &Bytes| {
            let data = piece.strip_prefix(b"data: ").unwrap_or(piece);
            let event: serde_json::Value = serde_json::from_slice(data).unwrap_or_default();
            let content = &event["choices"][0]["delta"]["content"];
            content.as_str().unwrap_or_default().to_owned()
        };
        self.pieces().iter().map(read).collect()
    }

    fn answer(&self, pieces: impl IntoIterator<Item = Bytes>) -> Scene {
        self.paced(pieces, PACE)
    }

    fn paced(&self, pieces: impl IntoIterator<Item = Bytes>, pace: Duration) -> Scene {
        let kind = match self.streaming {
            true => "text/event-stream; charset=utf-8",
            false => "application/json",
        };
        let mut scene = Scene::new(StatusCode::OK, kind);
        for piece in pieces {
            scene = scene.then(Act::Wait(pace)).then(Act::Send(piece));
        }
        scene
    }
}

/// An error in the shape of OpenAI's.
pub fn error(status: StatusCode, code: &str, message: &str) -> Scene {
    let body = complaint(code, message);
    Scene::new(status, "application/json").then(Act::Send(body.into()))
}

fn complaint(code: &str, message: &str) -> String {
    json!({"error": {"message": message, "type": "mock_error", "param": null, "code": code}})
        .to_string()
}

fn rate_limited(seconds: &'static str) -> Scene {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut scene = error(status, "rate_limit_exceeded", "Rate limit reached");
    if let Some(Act::Head(_, headers)) = scene.0.front_mut() {
        let headers: &mut HeaderMap = headers;
        headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
    }
    scene
}

fn html(status: StatusCode) -> Scene {
    Scene::new(status, "text/html").then(Act::Send(HTML.into()))
}

fn broken() -> Act {
    Act::Break(UpstreamError::Broken("connection reset by peer".to_owned()))
}
