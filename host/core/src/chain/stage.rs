//! What the chain knows of a plugin: plain values in, plain values out. `yallmp-wasm`
//! implements these traits with components, tests implement them natively. The meaning of
//! every call and value is defined in `wit/patch.wit`; names here are the same.

use std::sync::Arc;

use async_trait::async_trait;
use bytestring::ByteString;

use crate::body::RequestBody;
use crate::config::{Deployment, OnError};

/// Which calls of a hook a stage wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Interest {
    #[default]
    None,
    All,
    /// The text holds at least one of these byte strings.
    AnyOf(Vec<String>),
    /// The backend's name of the model is not the client's.
    Renamed,
}

/// A plugin in the chain of one deployment. Shared by all attempts at it.
pub trait Plugin: Send + Sync {
    /// The name under which the configuration knows it.
    fn name(&self) -> &str;
    fn on_error(&self) -> OnError;
    /// Interest in the request, compared with the whole body.
    fn request(&self) -> &Interest;
    /// Interest in events, compared with the event's JSON text.
    fn response(&self) -> &Interest;
    /// Interest in errors of the backend, compared with their JSON text.
    fn errors(&self) -> &Interest;
    /// Bytes of held events that the host will keep copies of; over it the stage is dead.
    fn max_held_bytes(&self) -> usize;
    /// A stage for one attempt. Called at its first wanted hook. `request` is the body as it
    /// came to this stage on its way to the backend.
    fn start(&self, attempt: Arc<AttemptFacts>, request: RequestBody) -> Box<dyn Stage>;
}

/// One plugin in one attempt.
#[async_trait]
pub trait Stage: Send {
    async fn on_request(&mut self) -> Result<RequestOutcome, StageError>;
    async fn on_event(&mut self, event: EventRef<'_>) -> Result<Outcome, StageError>;
    /// `on_event` at once. None if that may have to wait; then nothing happened.
    fn on_event_now(&mut self, _event: EventRef<'_>) -> Option<Result<Outcome, StageError>> {
        None
    }
    async fn on_end(&mut self, reason: EndReason) -> Result<Vec<Item>, StageError>;
    /// The interest in events that replaces the declared one, if the stage asked for a new
    /// one during the last call (`listen`).
    fn take_listen(&mut self) -> Option<Interest>;
    /// Lines that the stage logged since the last call, for the exchange's log.
    fn take_logs(&mut self) -> Vec<LogLine>;
    /// What the stage noted since the last call, for the exchange's log and the client.
    fn take_facts(&mut self) -> Vec<Fact>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// `host.note` of the WIT: one thing that a plugin did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Letters, digits, `-`, `_` and `.`; the first is a letter or digit.
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    pub level: Level,
    pub message: String,
}

/// `types.exchange` of the WIT, and the client's headers.
#[derive(Debug)]
pub struct AttemptFacts {
    pub id: Arc<str>,
    pub path: Arc<str>,
    pub client_model: Arc<str>,
    pub target_model: Arc<str>,
    pub streaming: bool,
    /// 1 for the first attempt of the exchange.
    pub attempt: u32,
    /// Opaque; never the key itself.
    pub tenant: Arc<str>,
    pub deployment: Arc<Deployment>,
    /// All of the client's headers; plugins read them with [`AttemptFacts::header`].
    pub headers: Arc<http::HeaderMap>,
}

impl AttemptFacts {
    /// The first value of a header, unless it holds a credential.
    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name)?;
        value
            .to_str()
            .ok()
            .filter(|_| !crate::tape::mask::is_secret(name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    Chunk,
    Whole,
    /// The backend's error, before anything else came.
    Error,
}

#[derive(Debug, Clone, Copy)]
pub struct EventRef<'a> {
    pub kind: EventKind,
    /// Of the backend's event, from 1; those that never came to this plugin are not counted.
    pub number: u32,
    pub name: Option<&'a str>,
    pub data: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOutcome {
    Unchanged,
    Edit(RequestEdit),
    Answer { status: u16, body: ByteString },
    Reject(Rejection),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestEdit {
    pub body: BodyEdit,
    pub set_headers: Vec<(String, String)>,
    pub remove_headers: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BodyEdit {
    #[default]
    Keep,
    /// Top-level members to set (JSON text) or remove.
    Members(Vec<(String, Option<String>)>),
    Replace(ByteString),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// 400 to 599.
    pub status: u16,
    pub message: String,
    pub kind: String,
    pub param: Option<String>,
    pub code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything held and this event go on as they came.
    Unchanged,
    Emit(Emission),
    Retry(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emission {
    pub items: Vec<Item>,
    /// How many of the newest events the stage holds back.
    pub keep: u32,
    /// What stands for the kept events if the stage dies.
    pub stand_in: Option<ByteString>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Index into the held events, the event of this call last.
    Held(u32),
    New {
        name: Option<ByteString>,
        data: ByteString,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    Done,
    EndOfInput,
    UpstreamError,
    Cancelled,
}

/// Why a stage died. It is not called again in this attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct StageError {
    pub kind: StageErrorKind,
    /// What happened, for the log; for `Refused` the plugin's own code and words.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StageErrorKind {
    /// The plugin returned a `plugin-error`.
    #[error("error")]
    Refused,
    #[error("trap")]
    Trap,
    #[error("time limit")]
    Time,
    #[error("memory limit")]
    Memory,
    #[error("output limit")]
    Output,
    #[error("held-bytes limit")]
    Held,
    #[error("invalid result")]
    Invalid,
    /// No instance could be made.
    #[error("no instance")]
    Start,
}

impl StageErrorKind {
    /// Stable, for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "error",
            Self::Trap => "trap",
            Self::Time => "time_limit",
            Self::Memory => "memory_limit",
            Self::Output => "output_limit",
            Self::Held => "held_limit",
            Self::Invalid => "invalid_result",
            Self::Start => "no_instance",
        }
    }
}
