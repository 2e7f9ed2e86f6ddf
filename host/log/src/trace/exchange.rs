//! The values of a trace. Documented, member by member, in `docs/trace.md`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Summary;

/// Grows when a reader of an older one would be wrong; new members do not count.
pub const SCHEMA: u32 = 1;

/// Seconds since the exchange began.
pub type Seconds = f64;

/// One exchange, from the client's request to the last byte that it got.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    pub schema: u32,
    pub summary: Summary,
    /// None if the beginning of the log is lost.
    pub client: Option<Client>,
    /// Deployments in the order in which they are tried.
    pub route: Vec<String>,
    pub attempts: Vec<Attempt>,
    /// Every frame of a stream that the client got.
    pub out: Vec<Out>,
    /// A whole answer, as the client got it.
    pub delivered: Option<Message>,
    pub lines: Vec<Line>,
    pub facts: Vec<Fact>,
    pub plugin_failures: Vec<PluginFailure>,
    pub warnings: Vec<Warning>,
    /// None while the exchange runs.
    pub end: Option<End>,
}

/// Text that came or went as bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// None where it was not kept.
    pub body: Option<String>,
    /// True size in bytes.
    pub size: usize,
    /// It was no UTF-8, and what was none is replaced.
    #[serde(default, skip_serializing_if = "is_false")]
    pub lossy: bool,
}

/// Name and value, secrets masked.
pub type Header = (String, String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    pub method: String,
    pub path: String,
    pub host: String,
    pub headers: Vec<Header>,
    #[serde(flatten)]
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    pub number: u32,
    pub at: Seconds,
    pub deployment: String,
    pub backend: String,
    pub url: String,
    /// The model that the backend was asked for.
    pub target: String,
    /// What plugins made of the request, one after the other.
    pub patched: Vec<Patched>,
    /// None if a plugin answered or refused, or the attempt did not get so far.
    pub sent: Option<Message>,
    pub head: Option<Head>,
    /// A whole answer, or the body of an error, as it came.
    pub received: Option<Received>,
    /// A stream as it came, frame by frame.
    pub events: Vec<Event>,
    pub committed: Option<Seconds>,
    pub failed: Option<Failed>,
    pub plugins: Vec<Plugin>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patched {
    pub at: Seconds,
    pub plugin: String,
    /// `name: value`, or `-name` of one that was removed.
    pub headers: Vec<String>,
    /// After the change.
    #[serde(flatten)]
    pub body: Body,
}

/// A request to a backend or an answer to a client; of the latter no headers are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub at: Seconds,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    #[serde(flatten)]
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub at: Seconds,
    pub status: u16,
    pub headers: Vec<Header>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Received {
    pub at: Seconds,
    #[serde(flatten)]
    pub body: Body,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub at: Seconds,
    /// From 1 in each attempt; 0 for a frame that is no event: a comment, `[DONE]`.
    pub number: u32,
    /// The frame; None where it was not kept.
    pub raw: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// In the order of the plugins, nearest the backend first.
    pub changes: Vec<Change>,
}

/// What a plugin did at an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub at: Seconds,
    pub plugin: String,
    /// Events that it holds back after this one.
    pub held: u32,
    /// Given out as they came.
    pub released: u32,
    pub dropped: u32,
    pub added: u32,
    /// What it gave out then, in order. Empty in logs of older versions.
    pub given: Vec<Given>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Given {
    /// The backend's event with this number, as it came.
    AsCame {
        event: u32,
    },
    Made {
        name: Option<String>,
        data: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    pub at: Seconds,
    pub error: String,
    /// What follows, in words.
    pub next: String,
}

/// What a plugin cost in an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    pub name: String,
    pub calls: u32,
    /// Spent in the calls.
    pub time: Seconds,
    /// The most that it held back at a time.
    pub held_events: u32,
    pub held_bytes: usize,
    pub dropped: u32,
    pub added: u32,
    /// Calls that changed the request, or dropped or added events.
    pub changed: u32,
    pub failed: bool,
}

/// A frame that went to the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Out {
    pub at: Seconds,
    pub raw: String,
    #[serde(default, skip_serializing_if = "is_false")]
    pub lossy: bool,
    /// The backend's event with which it went out.
    pub event: Option<u32>,
    /// It is that event, or another frame of the backend, as it came.
    pub same: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub at: Seconds,
    pub attempt: u32,
    pub plugin: String,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    pub at: Seconds,
    pub attempt: u32,
    pub plugin: String,
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PluginFailure {
    pub at: Seconds,
    pub attempt: u32,
    pub plugin: String,
    pub hook: String,
    pub error: String,
    /// The exchange went on without the plugin.
    pub skipped: bool,
    /// What it was called with; None where it was not kept.
    pub input: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    pub at: Seconds,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// `success`, `error` or `cancelled`.
    pub outcome: String,
    /// How the backend's answer ended: `done`, `end-of-input`, `upstream-error`, `cancelled`.
    pub reason: Option<String>,
    pub status: u16,
    pub error: Option<String>,
    /// As the backend said it.
    pub usage: Option<Value>,
    pub attempts: u32,
    pub events_in: u64,
    pub events_out: u64,
    pub bytes_out: u64,
    pub first_event: Option<Seconds>,
    pub total: Seconds,
    pub notes_dropped: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}
