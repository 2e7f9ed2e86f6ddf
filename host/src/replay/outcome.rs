//! What came out of an exchange, on both sides, read from its notes: what the backends were
//! sent and what the client got.

use std::fmt::Write as _;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use yallmp_core::tape::{End, Note, Timed};

use yallmp_log::text::words;
use yallmp_log::trace;

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
        for timed in notes {
            match &timed.note {
                Note::Attempt(attempt) => {
                    deployment = &attempt.deployment;
                    headers = Vec::new();
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
        if outcome.answer == Answer::None
            && let Some(frames) = trace::frames(notes)
        {
            let frames: Vec<_> = frames.into_iter().map(|frame| frame.raw).collect();
            outcome.answer = Answer::Stream(frames.concat().into());
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
    let outcome = words::outcome(end.outcome);
    match end.reason {
        Some(reason) => format!("{outcome}, {}", words::reason(reason)),
        None => outcome.to_owned(),
    }
}
