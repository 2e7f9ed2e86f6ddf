//! What came out of an exchange, on both sides, read from its notes: what the backends were
//! sent and what the client got.

use std::fmt::Write as _;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use yallmp_core::body::{RequestBody, is_object};
use yallmp_core::chain::EndReason;
use yallmp_core::dialect::{self, Dialect};
use yallmp_core::sse::{self, Framer, Kind};
use yallmp_core::tape::{self, End, EventChange, Note, Timed};

use yallmp_log::text::format;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub asked: Vec<Asked>,
    pub answer: Answer,
    /// That the client saw.
    pub status: StatusCode,
    /// Such as `success, done`.
    pub end: String,
    pub error: Option<String>,
}

/// A request as a backend got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub deployment: String,
    /// Headers that plugins set (`name: value`) or removed (`-name`).
    pub headers: Vec<String>,
    pub body: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    None,
    Whole(Bytes),
    /// All frames as they went out, `[DONE]` with them; comments of the proxy are not.
    Stream(Bytes),
}

impl Answer {
    pub fn bytes(&self) -> Bytes {
        match self {
            Self::None => Bytes::new(),
            Self::Whole(bytes) | Self::Stream(bytes) => bytes.clone(),
        }
    }
}

impl Outcome {
    /// `notes`: a whole exchange, with its end.
    pub fn of(notes: &[Timed]) -> Self {
        let mut outcome = Self {
            asked: Vec::new(),
            answer: Answer::None,
            status: StatusCode::OK,
            end: String::new(),
            error: None,
        };
        let mut deployment = "";
        let mut headers = Vec::new();
        let mut last = notes;
        for (place, timed) in notes.iter().enumerate() {
            match &timed.note {
                Note::Attempt(attempt) => {
                    deployment = &attempt.deployment;
                    headers = Vec::new();
                    last = &notes[place..];
                }
                Note::RequestPatched(note) => headers.extend(note.headers.iter().cloned()),
                Note::Sent(note) => outcome.asked.push(Asked {
                    deployment: deployment.to_owned(),
                    headers: std::mem::take(&mut headers),
                    body: note.body.clone(),
                }),
                Note::BodyOut { body, .. } => outcome.answer = Answer::Whole(body.clone()),
                Note::End(end) => {
                    outcome.status = end.status;
                    outcome.end = ended(end);
                    outcome.error.clone_from(&end.error);
                }
                _ => {}
            }
        }
        if outcome.answer == Answer::None && has_committed(last) {
            outcome.answer = Answer::Stream(Stream::read(notes, last).concat().into());
        }
        outcome
    }

    /// With LF for every line end of a stream. Where a cut falls into a CRLF decides which
    /// of the two frames has the LF, and whether the last one has.
    pub fn with_line_feeds(mut self) -> Self {
        if let Answer::Stream(bytes) = &mut self.answer {
            let text = String::from_utf8_lossy(bytes);
            *bytes = text.replace("\r\n", "\n").replace('\r', "\n").into();
        }
        self
    }

    /// In what another outcome is not like this one; empty if it is.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            ("requests to backends", self.asked != other.asked),
            ("status", self.status != other.status),
            (
                "end",
                (&self.end, &self.error) != (&other.end, &other.error),
            ),
            ("answer", self.answer != other.answer),
        ];
        let different = parts.into_iter().filter(|(_, differs)| *differs);
        different.map(|(part, _)| part).collect()
    }

    /// As lines that can be compared; JSON bodies are spread over lines.
    pub fn lines(&self) -> Vec<String> {
        let mut text = String::new();
        for (place, asked) in self.asked.iter().enumerate() {
            let _ = writeln!(text, "request {} to {}", place + 1, asked.deployment);
            for header in &asked.headers {
                let _ = writeln!(text, "header: {header}");
            }
            put_body(&mut text, &asked.body);
            text.push('\n');
        }
        let _ = writeln!(text, "answer {}, {}", self.status.as_u16(), self.end);
        if let Some(error) = &self.error {
            let _ = writeln!(text, "error: {error}");
        }
        match &self.answer {
            Answer::None => {}
            Answer::Whole(body) => put_body(&mut text, body),
            Answer::Stream(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
        }
        text.lines().map(str::to_owned).collect()
    }
}

fn put_body(text: &mut String, body: &[u8]) {
    let pretty = serde_json::from_slice::<Value>(body)
        .ok()
        // Spread out it must still be what it was.
        .filter(|value| value.to_string().as_bytes() == body)
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let body = pretty.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    text.push_str(&body);
    text.push('\n');
}

fn ended(end: &End) -> String {
    let outcome = format::outcome(end.outcome);
    match end.reason {
        Some(reason) => format!("{outcome}, {}", format::reason(reason)),
        None => outcome.to_owned(),
    }
}

fn has_committed(notes: &[Timed]) -> bool {
    notes.iter().any(|timed| timed.note == Note::Committed)
}

/// The frames of a stream that the client got, from the notes of its attempt: what came in
/// and is not said to be changed went out as it was.
struct Stream {
    dialect: Dialect,
    /// The client did not ask for the chunk of usage, so it was left out.
    hides_usage: bool,
    frames: Vec<Bytes>,
    /// An event that came in, and what the last plugin to touch it did.
    current: Option<(u32, Bytes, Option<EventChange>)>,
    /// Where the last event would stand if it went out after all.
    swallowed: Option<(usize, Bytes)>,
    /// How many of `frames` are events of the answer.
    events: u64,
}

impl Stream {
    fn read(notes: &[Timed], attempt: &[Timed]) -> Vec<Bytes> {
        let request = notes.iter().find_map(|timed| match &timed.note {
            Note::Request(request) => Some(request),
            _ => None,
        });
        let mut stream = Self {
            dialect: request.map_or(Dialect::Other, |request| Dialect::of(&request.path)),
            hides_usage: !request.is_some_and(|request| includes_usage(request)),
            frames: Vec::new(),
            current: None,
            swallowed: None,
            events: 0,
        };
        for timed in attempt {
            stream.note(&timed.note);
        }
        stream.frames
    }

    fn note(&mut self, note: &Note) {
        match note {
            Note::EventIn { number: 0, raw } => {
                self.settle();
                self.aside(raw);
            }
            Note::EventIn { number, raw } => {
                self.settle();
                self.swallowed = None;
                self.current = Some((*number, raw.clone(), None));
            }
            Note::EventPatched(note) => {
                if let Some((current, _, change)) = &mut self.current
                    && *current == note.number
                {
                    *change = Some(note.what);
                }
            }
            Note::EventOut { raw } => {
                if let Some((_, came, _)) = self.current.take() {
                    self.swallowed = Some((self.frames.len(), came));
                }
                self.frames.push(raw.clone());
                self.events += 1;
            }
            Note::Committed | Note::Warning(_) => self.settle(),
            Note::AttemptFailed { .. } => {
                self.settle();
                // The error that follows is the proxy's.
                self.events = self.events.saturating_sub(1);
            }
            Note::End(end) => self.end(end),
            _ => {}
        }
    }

    /// The event that came in goes out as it came, if nothing says otherwise.
    fn settle(&mut self) {
        let Some((_, raw, change)) = self.current.take() else {
            return;
        };
        let is_kept = change.is_some_and(|change| change.released == 0);
        if is_kept || !self.goes_out(&raw) {
            self.swallowed = Some((self.frames.len(), raw));
            return;
        }
        self.frames.push(raw);
        self.events += 1;
    }

    fn goes_out(&self, raw: &Bytes) -> bool {
        let Some(Kind::Data { data, .. }) = kind(raw) else {
            return false;
        };
        let is_hidden = self.hides_usage && dialect::is_usage_only(&data);
        is_object(&data) && self.dialect.failure(&data).is_none() && !is_hidden
    }

    /// A frame that is no event: comments go through, `[DONE]` where it means nothing.
    fn aside(&mut self, raw: &Bytes) {
        let goes_out = match kind(raw) {
            Some(Kind::Comment) => true,
            Some(Kind::Done) => self.dialect == Dialect::Other,
            _ => false,
        };
        if goes_out {
            self.frames.push(raw.clone());
        }
    }

    fn end(&mut self, end: &End) {
        self.settle();
        // What a plugin says at the very end stands in the log like something that it made of
        // the last event. The count tells whether that went out, too.
        if end.events_out == self.events + 1
            && let Some((place, raw)) = self.swallowed.take()
        {
            self.frames.insert(place, raw);
        }
        let is_whole = matches!(end.reason, Some(EndReason::Done | EndReason::EndOfInput));
        if is_whole && end.outcome == tape::Outcome::Success && self.dialect.ends_with_done() {
            self.frames.push(sse::DONE);
        }
    }
}

fn includes_usage(request: &tape::Request) -> bool {
    let body = RequestBody::parse(request.body.clone());
    body.is_ok_and(|body| {
        body.member("stream_options").is_some_and(|options| {
            RequestBody::from_text(options.into())
                .is_ok_and(|options| options.is_true("include_usage"))
        })
    })
}

fn kind(raw: &Bytes) -> Option<Kind> {
    // The second half of a CRLF, when the first one ended the frame before.
    let start = usize::from(raw.starts_with(b"\n"));
    let mut framer = Framer::new(usize::MAX);
    framer.push(raw.slice(start..));
    let frame = match framer.frame() {
        Some(frame) => frame.ok(),
        None => framer.finish(),
    };
    Some(frame?.kind)
}
