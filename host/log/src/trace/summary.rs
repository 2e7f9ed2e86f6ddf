//! An exchange in one line: what lists show. Gathered note by note, so that it can be asked
//! for while the exchange runs.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use yallmp_core::config::LogLevel;
use yallmp_core::tape::{End, ExchangeMeta, Note, Outcome, Timed};

/// Characters of a title.
const TITLE: usize = 120;

/// Times in seconds since the start of the exchange.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub id: String,
    /// Name in the folder of the logs; None while there is no whole one.
    pub file: Option<String>,
    /// RFC 3339 in UTC, with microseconds.
    pub started: String,
    pub model: String,
    pub path: String,
    pub streaming: bool,
    pub state: State,
    /// That the client saw.
    pub status: Option<u16>,
    pub error: Option<String>,
    /// That answered, or was tried last.
    pub deployment: Option<String>,
    /// The model that it was asked for.
    pub target: Option<String>,
    pub attempts: u32,
    /// Another model than the first in the plan was asked.
    pub fell_back: bool,
    pub tokens: Tokens,
    pub first_event: Option<f64>,
    /// Up to now, while it runs.
    pub total: f64,
    pub events_in: u64,
    pub events_out: u64,
    pub bytes_out: u64,
    pub changed_by: Vec<String>,
    pub failed_plugins: Vec<String>,
    /// `full` or `metadata`.
    pub level: String,
    pub notes_dropped: u64,
    /// How the last message of the user begins.
    pub title: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Running,
    Success,
    Error,
    Cancelled,
}

/// As the backend counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
}

/// What the notes up to now say.
#[derive(Debug, Clone)]
pub struct Gathering {
    id: Arc<str>,
    started: SystemTime,
    model: Arc<str>,
    level: LogLevel,
    path: String,
    streaming: bool,
    body: Bytes,
    /// Read from the body when somebody asks for it; clones share it.
    title: Arc<OnceLock<Option<String>>>,
    first_deployment: Option<String>,
    deployment: Option<String>,
    target: Option<String>,
    attempts: u32,
    status: Option<u16>,
    events_in: u64,
    first_event: Option<Duration>,
    changed_by: Vec<Arc<str>>,
    failed_plugins: Vec<Arc<str>>,
    last: Duration,
    end: Option<Box<End>>,
}

impl Gathering {
    pub fn new(meta: &ExchangeMeta) -> Self {
        Self {
            id: meta.id.clone(),
            started: meta.started,
            model: meta.model.clone(),
            level: meta.level,
            path: String::new(),
            streaming: false,
            body: Bytes::new(),
            title: Arc::default(),
            first_deployment: None,
            deployment: None,
            target: None,
            attempts: 0,
            status: None,
            events_in: 0,
            first_event: None,
            changed_by: Vec::new(),
            failed_plugins: Vec::new(),
            last: Duration::ZERO,
            end: None,
        }
    }

    pub fn add(&mut self, timed: &Timed) {
        self.last = timed.at;
        match &timed.note {
            Note::Request(request) => {
                self.path.clone_from(&request.path);
                self.streaming = request.streaming;
                self.body = request.body.clone();
            }
            Note::Route { candidates } => self.first_deployment = candidates.first().cloned(),
            Note::Attempt(attempt) => {
                self.attempts = attempt.number;
                self.deployment = Some(attempt.deployment.clone());
                self.target = Some(attempt.target_model.clone());
            }
            Note::Head { status, .. } => self.status = Some(status.as_u16()),
            Note::EventIn { number, .. } if *number > 0 => {
                self.events_in += 1;
                self.first_event.get_or_insert(timed.at);
            }
            Note::RequestPatched(patched) => add(&mut self.changed_by, &patched.plugin),
            // To hold an event back and give it out as it was is no change.
            Note::EventPatched(patched) if patched.what.dropped > 0 || patched.what.added > 0 => {
                add(&mut self.changed_by, &patched.plugin);
            }
            // At level `metadata` it is all there is.
            Note::Spent { plugin, spent } if spent.changed > 0 => {
                add(&mut self.changed_by, plugin);
            }
            Note::PluginFailed(failed) => add(&mut self.failed_plugins, &failed.plugin),
            Note::End(end) => self.end = Some(end.clone()),
            _ => {}
        }
    }

    /// Many events at once.
    pub fn add_events(&mut self, count: u64, first: Option<Duration>, last: Duration) {
        self.events_in += count;
        self.first_event = self.first_event.or(first);
        self.last = last;
    }

    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Of the request, for the title.
    pub fn held_bytes(&self) -> usize {
        self.body.len()
    }

    /// Let go of the buffer of which a small request is a part: that may be far larger.
    pub fn compact(&mut self) {
        const SMALL: usize = 16 << 10;
        if self.body.len() <= SMALL {
            self.body = Bytes::copy_from_slice(&self.body);
        }
    }

    /// The summary has no title from now on, unless it had one already.
    pub fn forget_request(&mut self) {
        self.body = Bytes::new();
    }

    pub fn summary(&self) -> Summary {
        let end = self.end.as_deref();
        let deployment = end.and_then(|end| end.deployment.clone());
        let deployment = deployment.or_else(|| self.deployment.clone());
        let names = |plugins: &[Arc<str>]| plugins.iter().map(|name| name.to_string()).collect();
        Summary {
            id: self.id.to_string(),
            file: None,
            started: rfc3339(self.started),
            model: self.model.to_string(),
            path: self.path.clone(),
            streaming: self.streaming,
            state: end.map_or(State::Running, |end| match end.outcome {
                Outcome::Success => State::Success,
                Outcome::Error => State::Error,
                Outcome::Cancelled => State::Cancelled,
            }),
            status: end.map(|end| end.status.as_u16()).or(self.status),
            error: end.and_then(|end| end.error.clone()),
            fell_back: model_of(&deployment) != model_of(&self.first_deployment)
                && deployment.is_some(),
            deployment,
            target: self.target.clone(),
            attempts: end.map_or(self.attempts, |end| end.attempts),
            tokens: end
                .and_then(|end| end.usage.as_deref())
                .map(Tokens::of)
                .unwrap_or_default(),
            first_event: end
                .map_or(self.first_event, |end| end.first_event)
                .map(|at| at.as_secs_f64()),
            total: end.map_or(self.last, |end| end.total).as_secs_f64(),
            events_in: end.map_or(self.events_in, |end| end.events_in),
            events_out: end.map_or(0, |end| end.events_out),
            bytes_out: end.map_or(0, |end| end.bytes_out),
            changed_by: names(&self.changed_by),
            failed_plugins: names(&self.failed_plugins),
            level: crate::text::words::level(self.level).to_owned(),
            notes_dropped: end.map_or(0, |end| end.notes_dropped),
            title: match self.body.is_empty() {
                true => self.title.get().cloned().flatten(),
                false => self.title.get_or_init(|| title(&self.body)).clone(),
            },
        }
    }
}

impl Tokens {
    /// Of a `usage` object, of Chat Completions or of the Responses API.
    pub fn of(usage: &str) -> Self {
        let usage: Value = serde_json::from_str(usage).unwrap_or_default();
        let number = |paths: [&str; 2]| {
            let mut found = paths.iter().filter_map(|path| usage.pointer(path));
            found.find_map(Value::as_u64)
        };
        Self {
            input: number(["/prompt_tokens", "/input_tokens"]),
            output: number(["/completion_tokens", "/output_tokens"]),
            cached: number([
                "/prompt_tokens_details/cached_tokens",
                "/input_tokens_details/cached_tokens",
            ]),
            reasoning: number([
                "/completion_tokens_details/reasoning_tokens",
                "/output_tokens_details/reasoning_tokens",
            ]),
        }
    }
}

/// The model of a deployment's id, `model#1`.
fn model_of(deployment: &Option<String>) -> Option<&str> {
    let id = deployment.as_deref()?;
    Some(id.rsplit_once('#').map_or(id, |(model, _)| model))
}

fn add(names: &mut Vec<Arc<str>>, name: &Arc<str>) {
    if !names.contains(name) {
        names.push(name.clone());
    }
}

fn rfc3339(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    format!("{time:.6}")
}

fn title(body: &[u8]) -> Option<String> {
    use crate::index::conversation::{Role, messages};
    let body: Value = serde_json::from_slice(body).ok()?;
    let messages = messages(&body);
    let last = messages.iter().rev().find(|m| m.role == Role::User)?;
    let title: String = last.text.trim_start().chars().take(TITLE).collect();
    (!title.is_empty()).then_some(title)
}
