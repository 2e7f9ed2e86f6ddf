//! What the log hears of an exchange. Making a note costs reference counts, never a copy
//! of a body; writing happens elsewhere and is never waited for.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::chain::{EndReason, LogLine};
use crate::config::LogLevel;

/// Where notes go. `append` must not block; a sink that cannot keep up drops and counts.
pub trait Sink: Send + Sync {
    /// Notes of one exchange, in order. The first batch begins with `Note::Request`; the
    /// last one ends with `Note::End`.
    fn append(&self, exchange: &Arc<ExchangeMeta>, notes: Vec<Timed>);
}

#[derive(Debug)]
pub struct ExchangeMeta {
    pub id: Arc<str>,
    pub started: SystemTime,
    /// As the client asked for it; used in the file name after cleaning.
    pub model: Arc<str>,
    pub level: LogLevel,
}

/// A note and its distance from the start of the exchange.
#[derive(Debug, Clone)]
pub struct Timed {
    pub at: Duration,
    pub note: Note,
}

/// Bodies are left out (empty) at `LogLevel::Metadata`; their sizes are always there.
#[derive(Debug, Clone)]
pub enum Note {
    Request {
        method: String,
        path: String,
        /// `host:port` the client spoke to.
        host: String,
        /// Secrets already masked.
        headers: HeaderMap,
        body: Bytes,
        size: usize,
        streaming: bool,
    },
    /// Deployments in the order in which they will be tried.
    Route {
        candidates: Vec<String>,
    },
    Attempt {
        /// 1 for the first.
        number: u32,
        deployment: String,
        backend: String,
        url: String,
        target_model: String,
    },
    /// A plugin changed the request. `body` is the body after it.
    RequestPatched {
        plugin: String,
        body: Bytes,
        /// `name: value` or `-name`.
        headers: Vec<String>,
    },
    /// What was sent, after all plugins; secrets masked.
    Sent {
        headers: HeaderMap,
        body: Bytes,
        size: usize,
    },
    Head {
        status: StatusCode,
        headers: HeaderMap,
    },
    /// A whole answer as it came.
    BodyIn {
        body: Bytes,
        size: usize,
    },
    /// One SSE frame as it came, with its number in the attempt (from 1).
    EventIn {
        number: u32,
        raw: Bytes,
    },
    /// A plugin changed, held, dropped or added events.
    EventPatched {
        plugin: String,
        number: u32,
        what: EventChange,
    },
    /// A plugin's own line.
    Plugin {
        plugin: String,
        line: LogLine,
    },
    /// A plugin died. `input` is what it was called with.
    PluginFailed {
        plugin: String,
        hook: &'static str,
        error: String,
        input: Bytes,
        skipped: bool,
    },
    /// From here on nothing is retried.
    Committed,
    /// Bytes that went to the client in one frame. Only when they differ from `EventIn`.
    EventOut {
        raw: Bytes,
    },
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
    End(End),
}

#[derive(Debug, Clone)]
pub struct EventChange {
    pub held: u32,
    pub released: u32,
    pub dropped: u32,
    pub added: u32,
}

#[derive(Debug, Clone)]
pub struct End {
    pub outcome: Outcome,
    /// How the backend's answer ended, if one began.
    pub reason: Option<EndReason>,
    /// Status that the client saw.
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
    /// Notes left out because of the size limit.
    pub notes_dropped: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Error,
    Cancelled,
}
