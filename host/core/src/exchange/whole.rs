//! An answer that is not a stream.

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, timeout_at};

use super::pump::failure;
use crate::body::RequestBody;
use crate::chain::{EndReason, Event, EventKind, Run};
use crate::dialect::{Dialect, Together};
use crate::route::{Failure, Phase};
use crate::sse::{self, Framer, Kind};
use crate::tape::{Note, Outcome, Tape};
use crate::upstream::{ByteStream, UpstreamError};

/// The longest whole answer, in bytes.
pub(super) const MAX_BODY: usize = 64 << 20;

/// Read a body up to a limit and a moment. What was read is given back also on failure.
pub(super) async fn read(
    mut body: ByteStream,
    max: usize,
    until: Instant,
) -> (Bytes, Option<Failure>) {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let mut failed = None;
    loop {
        let piece = match timeout_at(until, body.next()).await {
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(error))) => {
                failed = Some(Failure::Upstream(error));
                break;
            }
            Ok(None) => break,
            Err(_) => {
                failed = Some(Failure::Timeout(Phase::Whole));
                break;
            }
        };
        if first.len() + joined.len() + piece.len() > max {
            let what = format!("an answer longer than {max} bytes");
            failed = Some(Failure::Upstream(UpstreamError::Unreadable(what)));
            break;
        }
        if first.is_empty() && joined.is_empty() {
            first = piece;
            continue;
        }
        joined.extend_from_slice(&std::mem::take(&mut first));
        joined.extend_from_slice(&piece);
    }
    let body = if joined.is_empty() {
        first
    } else {
        joined.freeze()
    };
    (body, failed)
}

/// A whole answer that is one.
pub(super) enum Whole {
    Json(RequestBody),
    /// Not understood, passed on: audio, lists, text of other endpoints.
    Opaque(Bytes),
}

impl Whole {
    /// Refuse what is no answer: nothing, HTML, an error, JSON without its main part.
    pub(super) fn read(
        dialect: Dialect,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Self, Failure> {
        let no_answer = |what: String| Err(Failure::NoAnswer(what));
        if body.trim_ascii().is_empty() {
            return no_answer("an empty body".into());
        }
        let body = without_mark(body);
        let parsed = RequestBody::parse(body.clone());
        let json = match parsed {
            Ok(json) => json,
            Err(_) if dialect == Dialect::Other && !is_html(headers, &body) => {
                return Ok(Self::Opaque(body));
            }
            Err(_) if is_html(headers, &body) => return no_answer("an HTML page".into()),
            Err(error) => return no_answer(error.to_string()),
        };
        if let Some(body) = dialect.failure(None, &json.text().into()) {
            return Err(Failure::ErrorAnswer {
                headers: headers.clone(),
                body,
            });
        }
        let says_why = |json: &RequestBody| {
            let names = ["base_resp", "message", "msg", "detail"];
            names.iter().any(|name| json.member(name).is_some())
        };
        match dialect.lacks(&json) {
            Some(_) if says_why(&json) => Err(Failure::ErrorAnswer {
                headers: headers.clone(),
                body,
            }),
            Some(what) => no_answer(what.into()),
            None => Ok(Self::Json(json)),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Json(json) => json.text(),
            Self::Opaque(_) => "",
        }
    }

    pub(super) fn usage(&self) -> Option<String> {
        match self {
            Self::Json(json) => json
                .member("usage")
                .filter(|usage| *usage != "null")
                .map(str::to_owned),
            Self::Opaque(_) => None,
        }
    }

    /// Send it up the chain.
    pub(super) async fn through(
        self,
        run: &mut Run,
        dialect: Dialect,
        tape: &mut Tape,
    ) -> Result<Bytes, Failure> {
        let json = match self {
            Self::Json(json) if dialect.patches_answers() => json,
            Self::Json(json) => return Ok(json.bytes().clone()),
            Self::Opaque(body) => return Ok(body),
        };
        let data = ByteString::from(json.text());
        let event = Event {
            kind: EventKind::Whole,
            name: None,
            raw: Some(json.bytes().clone()),
            number: 1,
            data,
        };
        let mut events = Vec::with_capacity(1);
        run.event(event, 1, &mut events, tape)
            .await
            .map_err(failure)?;
        if run.is_live() {
            run.end(EndReason::Done, 1, &mut events, tape)
                .await
                .map_err(failure)?;
        }
        tape.end().reason = Some(EndReason::Done);
        let count = events.len();
        match events.pop() {
            Some(event) if count == 1 => Ok(event.raw.unwrap_or(event.data.into_bytes())),
            _ => Err(Failure::NoAnswer(format!(
                "plugins made {count} answers out of one"
            ))),
        }
    }
}

/// The whole answer of a stream that the client did not ask for.
pub(super) fn of_stream(dialect: Dialect, stream: Bytes) -> Result<Bytes, Failure> {
    let mut framer = Framer::new(MAX_BODY);
    framer.push(stream);
    let frames = std::iter::from_fn(|| match framer.frame() {
        Some(frame) => frame.ok(),
        None => framer.finish(),
    });
    let mut chat = (dialect == Dialect::Chat).then(Together::default);
    let mut done = false;
    for frame in frames {
        let (name, event) = match frame.kind {
            Kind::Data { name, data } => (name, data),
            // What follows is ignored.
            Kind::Done if dialect.ends_with_done() => {
                done = true;
                break;
            }
            _ => continue,
        };
        if let Some(chat) = &mut chat {
            chat.add(&event);
        }
        if let Some(body) = dialect.failure(name.as_deref(), &event) {
            let headers = HeaderMap::new();
            return Err(Failure::ErrorAnswer { headers, body });
        }
        if let Some(whole) = dialect.whole(&event) {
            return Ok(whole);
        }
    }
    if let Some(whole) = chat.and_then(|chat| chat.finish(done)) {
        return Ok(whole.into());
    }
    let what = "an event stream without a whole answer in it, where that was asked for";
    Err(Failure::NoAnswer(what.into()))
}

/// JSON begins without a byte order mark, but some servers put one there.
fn without_mark(body: Bytes) -> Bytes {
    match body.strip_prefix(sse::BOM) {
        Some(rest) => body.slice_ref(rest),
        None => body,
    }
}

fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let says = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("html"));
    says || body.trim_ascii_start().starts_with(b"<")
}

/// The end of an exchange with a whole answer.
pub(super) fn log(mut tape: Tape, status: StatusCode, body: &Bytes) {
    if tape.is_on() {
        tape.note(Note::BodyOut {
            size: body.len(),
            body: body.clone(),
        });
    }
    let end = tape.end();
    end.status = status;
    end.bytes_out = body.len() as u64;
    let outcome = if status.is_success() {
        Outcome::Success
    } else {
        Outcome::Error
    };
    tape.finish(outcome);
}
