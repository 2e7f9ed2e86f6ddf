//! The notes. Rare ones with many fields are boxed: a stream that plugins change makes
//! hundreds of event notes, which wait in a batch, so a [`Timed`] is kept small.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytestring::ByteString;
use http::{HeaderMap, StatusCode};

use crate::chain::{EndReason, Fact, LogLine};

/// A note and its distance from the start of the exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    pub at: Duration,
    pub note: Note,
}

/// A body is empty where it was left out (`LogLevel::Metadata`, or over the size limit of an
/// exchange); where there is a `size`, it is always the true one.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    Request(Box<Request>),
    /// Deployments in the order in which they will be tried.
    Route {
        candidates: Vec<String>,
    },
    Attempt(Box<Attempt>),
    RequestPatched(Box<RequestPatched>),
    Sent(Box<Sent>),
    Head {
        status: StatusCode,
        /// Secrets already masked.
        headers: Box<HeaderMap>,
    },
    /// A whole answer as it came.
    BodyIn {
        body: Bytes,
        size: usize,
    },
    /// One SSE frame as it came, with its number in the attempt (from 1); 0 for a frame that
    /// is no event: a comment, `[DONE]`, one that cannot be read.
    EventIn {
        number: u32,
        raw: Bytes,
    },
    /// A plugin changed, held, dropped or added events.
    EventPatched(Box<EventPatched>),
    /// A plugin's own line.
    Plugin {
        plugin: Arc<str>,
        line: LogLine,
    },
    /// A plugin said what it did.
    Fact {
        plugin: Arc<str>,
        fact: Fact,
    },
    PluginFailed(Box<PluginFailed>),
    /// What a plugin cost in an attempt that is over. For each that was called.
    Spent {
        plugin: Arc<str>,
        spent: Box<Spent>,
    },
    /// From here on nothing is retried.
    Committed,
    /// Bytes that went to the client in one frame. Only when they differ from `EventIn`.
    EventOut {
        raw: Bytes,
    },
    /// A whole answer as it went to the client.
    BodyOut {
        body: Bytes,
        size: usize,
    },
    /// The attempt failed. `next` says what follows.
    AttemptFailed {
        error: String,
        next: String,
    },
    /// Something odd that did no harm (an event that is not JSON, a missing `[DONE]`).
    Warning(String),
    End(Box<End>),
}

impl Note {
    /// Bytes of a note besides its texts, in memory or in the log, roughly.
    pub(super) const WEIGHT: usize = 128;

    /// Bytes that the note takes in memory or in the log, roughly.
    pub fn weight(&self) -> usize {
        let text = match self {
            Note::Request(note) => note.body.len(),
            Note::RequestPatched(note) => note.body.len(),
            Note::Sent(note) => note.body.len(),
            Note::PluginFailed(note) => note.input.len() + note.error.len(),
            Note::BodyIn { body, .. } | Note::BodyOut { body, .. } => body.len(),
            Note::EventIn { raw, .. } | Note::EventOut { raw } => raw.len(),
            Note::EventPatched(note) => note.given.iter().map(Given::weight).sum(),
            Note::Plugin { line, .. } => line.message.len(),
            Note::Fact { fact, .. } => fact.name.len() + fact.value.len(),
            Note::AttemptFailed { error, .. } => error.len(),
            Note::Warning(text) => text.len(),
            _ => 0,
        };
        Self::WEIGHT + text
    }
}

/// What the client asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// `host:port` the client spoke to.
    pub host: String,
    /// Secrets already masked.
    pub headers: HeaderMap,
    pub body: Bytes,
    pub size: usize,
    pub streaming: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    pub deployment: String,
    pub backend: String,
    /// Secrets already masked (see [`super::mask::url`]).
    pub url: String,
    pub target_model: String,
}

/// A plugin changed the request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestPatched {
    pub plugin: Arc<str>,
    /// After the change.
    pub body: Bytes,
    pub size: usize,
    /// `name: value` or `-name`. Secrets already masked.
    pub headers: Vec<String>,
}

/// What was sent, after all plugins.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Secrets already masked.
    pub headers: HeaderMap,
    pub body: Bytes,
    pub size: usize,
}

/// A plugin died.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginFailed {
    pub plugin: Arc<str>,
    /// Such as `on-event`.
    pub hook: String,
    pub error: String,
    /// What it was called with.
    pub input: Bytes,
    /// The exchange goes on without the plugin.
    pub skipped: bool,
}

/// A plugin was called with an event and did not just pass it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPatched {
    pub plugin: Arc<str>,
    /// Of the backend's event at which this happened.
    pub number: u32,
    pub what: EventChange,
    /// What the plugin gave out then, in order.
    pub given: Vec<Given>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventChange {
    pub held: u32,
    pub released: u32,
    pub dropped: u32,
    pub added: u32,
}

/// An event that a plugin gave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// The backend's event with this number, as it came.
    AsCame(u32),
    /// One that a plugin, or the proxy, made.
    Made {
        name: Option<ByteString>,
        data: ByteString,
    },
}

impl Given {
    fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::AsCame(_) => 0,
                Self::Made { name, data } => {
                    name.as_ref().map_or(0, |name| name.len()) + data.len()
                }
            }
    }
}

/// What calls of a plugin cost and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    pub calls: u32,
    /// In the calls, waiting included.
    pub time: Duration,
    /// The most events that it held back at a time.
    pub held_events: u32,
    /// The most bytes that it held back at a time.
    pub held_bytes: usize,
    pub dropped: u32,
    pub added: u32,
    /// Calls that changed the request, or dropped or added events.
    pub changed: u32,
    /// Times that it died: once in an attempt at most.
    pub failed: u32,
}

impl Spent {
    pub fn add(&mut self, more: &Self) {
        self.calls += more.calls;
        self.time += more.time;
        self.held_events = self.held_events.max(more.held_events);
        self.held_bytes = self.held_bytes.max(more.held_bytes);
        self.dropped += more.dropped;
        self.added += more.added;
        self.changed += more.changed;
        self.failed += more.failed;
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct End {
    pub outcome: Outcome,
    /// How the backend's answer ended, if one began.
    pub reason: Option<EndReason>,
    /// Status that the client saw; 499 if it left before it saw one.
    pub status: StatusCode,
    pub error: Option<String>,
    pub deployment: Option<String>,
    pub attempts: u32,
    pub events_in: u64,
    pub events_out: u64,
    pub bytes_out: u64,
    /// The `usage` object of the answer as JSON text, if there was one.
    pub usage: Option<String>,
    pub first_event: Option<Duration>,
    pub total: Duration,
    /// Notes, or bodies of notes, left out because of the size limit.
    pub notes_dropped: u64,
    /// What plugins cost in all attempts, each once. No part of the log's text, which has
    /// the [`Note::Spent`] of each attempt.
    pub plugins: Vec<(Arc<str>, Spent)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Error,
    Cancelled,
}
