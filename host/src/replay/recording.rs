//! What a log holds of an exchange: the client's request, and each backend's answer as a
//! scene that can be played.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{HeaderMap, header};
use yallmp_core::chain::EndReason;
use yallmp_core::config::LogLevel;
use yallmp_core::dialect::Dialect;
use yallmp_core::sse;
use yallmp_core::tape::{Attempt, End, Note, Outcome, Request, Timed, mask};
use yallmp_core::upstream::UpstreamError;

use crate::upstream::scene::{Act, Scene};
use yallmp_log::text::parse::{self, Log};

/// One exchange, complete.
#[derive(Debug)]
pub struct Recording {
    pub id: String,
    /// As the client named it.
    pub model: String,
    pub request: Request,
    /// Ids of deployments in the order in which they were asked, then those that would have
    /// been asked next.
    pub deployments: Vec<String>,
    /// In order.
    pub tries: Vec<Try>,
    pub end: End,
    pub notes: Vec<Timed>,
}

/// One attempt.
#[derive(Debug)]
pub struct Try {
    pub attempt: Attempt,
    /// The request as the last plugin left it.
    pub patched: Bytes,
    /// The request as it was sent. None: a plugin answered or refused it.
    pub sent: Option<Bytes>,
    /// What the backend did then.
    pub scene: Scene,
    /// Why it failed, if it did.
    pub failed: Option<String>,
}

/// What a replay needs and the log does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    #[error(
        "it was written at level `metadata`, so bodies and events are missing; set `request_log: {{level: full}}` and record it again"
    )]
    Metadata,
    #[error("the client's request is missing: the beginning of the log is lost")]
    NoRequest,
    #[error("{0} was not kept; raise `request_log.max_exchange_kb` and record it again")]
    NotKept(String),
    #[error("its end is missing: the exchange was still running when the log was read")]
    Running,
    #[error("its end is missing: the proxy stopped before the exchange ended")]
    Interrupted,
}

impl Recording {
    /// Of the text of a log. `path`: for errors.
    ///
    /// # Errors
    /// It is no log, or lacks something.
    pub fn read(path: &Path, text: &[u8]) -> anyhow::Result<Self> {
        let cannot = || format!("cannot replay `{}`", path.display());
        let log = parse::parse(text).with_context(cannot)?;
        Self::new(log).with_context(cannot)
    }

    /// # Errors
    /// Says what is missing.
    pub fn new(log: Log) -> Result<Self, Incomplete> {
        if log.meta.level != LogLevel::Full {
            return Err(Incomplete::Metadata);
        }
        let request = log.request().ok_or(Incomplete::NoRequest)?.clone();
        let end = log.end().ok_or(Incomplete::Running)?.clone();
        if end.error.as_deref().is_some_and(is_interruption) {
            return Err(Incomplete::Interrupted);
        }
        kept("the client's request", &request.body, request.size)?;
        if end.notes_dropped > 0 {
            let what = format!("a part of it ({} events or bodies)", end.notes_dropped);
            return Err(Incomplete::NotKept(what));
        }
        let mut deployments = Vec::new();
        let mut tries: Vec<Try> = Vec::new();
        for (place, timed) in log.notes.iter().enumerate() {
            if let Note::Attempt(attempt) = &timed.note {
                let rest = &log.notes[place + 1..];
                let is_attempt = |timed: &Timed| matches!(timed.note, Note::Attempt(_));
                let until = rest.iter().position(is_attempt).unwrap_or(rest.len());
                tries.push(Try::read(attempt, &rest[..until], &request, &end)?);
            }
        }
        let asked = tries.iter().map(|tried| &tried.attempt.deployment);
        let planned = log.notes.iter().filter_map(|timed| match &timed.note {
            Note::Route { candidates } => Some(candidates),
            _ => None,
        });
        for id in asked.chain(planned.flatten()) {
            if !deployments.contains(id) {
                deployments.push(id.clone());
            }
        }
        Ok(Self {
            id: log.meta.id.to_string(),
            model: log.meta.model.to_string(),
            request,
            deployments,
            tries,
            end,
            notes: log.notes,
        })
    }

    /// The client did not wait for the end.
    pub fn client_left(&self) -> bool {
        self.end.outcome == Outcome::Cancelled
    }

    /// The client's headers, less those that the log masks.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = self.request.headers.clone();
        for name in self.request.headers.keys() {
            if mask::is_secret(name.as_str()) {
                headers.remove(name);
            }
        }
        headers
    }
}

impl Try {
    /// `notes`: those of this attempt.
    fn read(
        attempt: &Attempt,
        notes: &[Timed],
        request: &Request,
        end: &End,
    ) -> Result<Self, Incomplete> {
        let mut tried = Self {
            attempt: attempt.clone(),
            patched: request.body.clone(),
            sent: None,
            scene: Scene::default(),
            failed: None,
        };
        let mut acts = Acts::default();
        let mut ended = false;
        for Timed { at, note } in notes {
            match note {
                Note::RequestPatched(note) => {
                    kept("a patched request", &note.body, note.size)?;
                    tried.patched = note.body.clone();
                }
                Note::Sent(note) => {
                    kept("the request that was sent", &note.body, note.size)?;
                    tried.sent = Some(note.body.clone());
                    acts.heard = *at;
                }
                Note::Head { status, headers } => {
                    let mut headers = (**headers).clone();
                    // The log holds what the body was when it was decoded.
                    for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
                        headers.remove(name);
                    }
                    acts.push(*at, Act::Head(*status, headers));
                }
                Note::BodyIn { body, size } => {
                    kept("an answer", body, *size)?;
                    acts.is_whole = true;
                    acts.push(*at, Act::Send(body.clone()));
                }
                // Of a whole answer the proxy itself makes events.
                Note::EventIn { raw, .. } if !acts.is_whole => {
                    acts.ends = raw == &sse::DONE || is_done(raw);
                    acts.push(*at, Act::Send(raw.clone()));
                }
                Note::AttemptFailed { error, .. } => {
                    tried.failed = Some(error.clone());
                    if let Some(act) = broken(error) {
                        acts.push(*at, act);
                    }
                }
                Note::End(_) => ended = true,
                _ => {}
            }
        }
        // Older logs do not hold `[DONE]`, but say in the end that it came.
        let is_done = end.reason == Some(EndReason::Done)
            && Dialect::of(&request.path).ends_with_done()
            && request.streaming;
        if ended && is_done && tried.failed.is_none() && !acts.is_whole && !acts.ends {
            acts.push(acts.heard, Act::Send(sse::DONE));
        }
        tried.scene = Scene(acts.acts.into());
        Ok(tried)
    }
}

#[derive(Default)]
struct Acts {
    acts: Vec<Act>,
    heard: Duration,
    is_whole: bool,
    /// The last thing that came is `[DONE]`.
    ends: bool,
}

impl Acts {
    fn push(&mut self, at: Duration, act: Act) {
        let wait = at.saturating_sub(self.heard);
        if !wait.is_zero() {
            self.acts.push(Act::Wait(wait));
        }
        self.heard = at;
        self.acts.push(act);
    }
}

fn is_done(raw: &[u8]) -> bool {
    let line = raw.trim_ascii();
    line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) == Some(b"[DONE]")
}

fn is_interruption(error: &str) -> bool {
    error.starts_with("interrupted: ")
}

fn kept(what: &str, body: &Bytes, size: usize) -> Result<(), Incomplete> {
    match body.is_empty() && size > 0 {
        true => Err(Incomplete::NotKept(format!("{what} ({size} bytes)"))),
        false => Ok(()),
    }
}

/// What the backend did, by the words of the failure in the log. None: it did nothing more,
/// what came before was the failure.
fn broken(error: &str) -> Option<Act> {
    if error.starts_with("time limit: ") {
        return Some(Act::Stall);
    }
    // The proxy's own words for a stream that the backend closed in order.
    if error.starts_with("connection broke: the stream ended ") {
        return None;
    }
    let after = |prefix| error.strip_prefix(prefix).map(str::to_owned);
    let error = if let Some(what) = after("cannot connect: ") {
        UpstreamError::Connect(what)
    } else if let Some(limit) = after("no connection within ") {
        UpstreamError::ConnectTimeout(seconds(&limit)?)
    } else if let Some(what) = after("connection broke: ") {
        UpstreamError::Broken(what)
    } else if let Some(what) = after("unreadable answer: ") {
        UpstreamError::Unreadable(what)
    } else {
        UpstreamError::Unsendable(after("cannot send: ")?)
    };
    Some(Act::Break(error))
}

/// `5s`, `1.5s`, `250ms`: a duration as [`UpstreamError`] prints it.
fn seconds(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (text.strip_suffix('s')?, 1.0),
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number / unit).ok()
}
