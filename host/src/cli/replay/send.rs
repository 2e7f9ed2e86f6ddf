//! Send the request and pass the answer on as it comes.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::timeout;
use yallmp_core::sse::{Framer, Kind};

use super::Outcome;
use crate::cli::http;
use crate::replay::request::Plan;

/// Longer events are passed on, but not looked into.
const MAX_EVENT: usize = 16 << 20;

/// `silence`: give up when nothing comes for so long. An error is one of writing the output.
pub async fn send(
    plan: Plan,
    silence: Duration,
    out: &mut impl Write,
    err: &mut impl Write,
) -> anyhow::Result<Outcome> {
    let request = http::client(&plan.url)?
        .request(plan.method.clone(), &plan.url)
        .headers(plan.all_headers()?);
    let mut response = match timeout(silence, request.body(plan.body).send()).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => {
            writeln!(
                err,
                "error: no answer from `{}`: {}",
                plan.url,
                http::causes(&error)
            )?;
            return Ok(Outcome::NoAnswer);
        }
        Err(_) => {
            writeln!(
                err,
                "error: no answer from `{}` within {silence:?}",
                plan.url
            )?;
            return Ok(Outcome::NoAnswer);
        }
    };
    let status = response.status();
    writeln!(err, "{:?} {status}", response.version())?;
    for (name, value) in response.headers() {
        writeln!(err, "{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
    }
    writeln!(err)?;

    let media = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .map(|value| value.as_bytes());
    let streamed = media.is_some_and(|media| media.starts_with(b"text/event-stream"));
    let mut stream = streamed.then(Stream::new);
    let mut ends_line = true;
    let cut = loop {
        match timeout(silence, response.chunk()).await {
            Ok(Ok(Some(piece))) => {
                out.write_all(&piece)?;
                out.flush()?;
                ends_line = piece.ends_with(b"\n");
                if let Some(stream) = &mut stream {
                    stream.push(piece);
                }
            }
            Ok(Ok(None)) => break None,
            Ok(Err(error)) => break Some(format!("the answer was cut: {}", http::causes(&error))),
            Err(_) => break Some(format!("nothing more came within {silence:?}")),
        }
    };
    if !ends_line {
        writeln!(out)?;
    }
    let wrong = cut.or_else(|| stream.and_then(Stream::complaint));
    if let Some(text) = &wrong {
        writeln!(err, "error: {text}")?;
    }
    Ok(match wrong {
        _ if !status.is_success() => Outcome::HttpError,
        Some(_) => Outcome::Cut,
        None => Outcome::Complete,
    })
}

/// What a stream says about its own end.
struct Stream {
    framer: Framer,
    readable: bool,
    complete: bool,
    error: Option<String>,
}

impl Stream {
    fn new() -> Self {
        Self {
            framer: Framer::new(MAX_EVENT),
            readable: true,
            complete: false,
            error: None,
        }
    }

    fn push(&mut self, piece: Bytes) {
        if !self.readable {
            return;
        }
        self.framer.push(piece);
        while let Some(frame) = self.framer.frame() {
            match frame {
                Ok(frame) => self.look(&frame.kind),
                Err(_) => self.readable = false,
            }
            if !self.readable {
                break;
            }
        }
    }

    fn look(&mut self, kind: &Kind) {
        match kind {
            Kind::Done => self.complete = true,
            Kind::Data { data, .. }
                if data.contains("\"error\"") || data.contains("\"response.") =>
            {
                let event: Value = serde_json::from_str(data).unwrap_or_default();
                let kind = event["type"].as_str().unwrap_or_default();
                // The end of a `/v1/responses` stream.
                self.complete |= matches!(kind, "response.completed" | "response.incomplete");
                if event["error"].is_object() || matches!(kind, "response.failed" | "error") {
                    self.error = Some(data.to_string());
                }
            }
            Kind::Data { .. } | Kind::Comment | Kind::Unreadable => {}
        }
    }

    fn complaint(mut self) -> Option<String> {
        if let Some(frame) = self.framer.finish() {
            self.look(&frame.kind);
        }
        match self.error {
            Some(error) => Some(format!("the stream reports {error}")),
            None if self.complete || !self.readable => None,
            None => Some("the stream ended without `[DONE]`".into()),
        }
    }
}
