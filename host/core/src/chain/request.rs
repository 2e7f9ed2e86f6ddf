//! A request on its way down the chain.

use bytes::Bytes;
use bytestring::ByteString;
use http::header::{self, HeaderName, HeaderValue};

use super::hear::{Meter, Said};
use super::slot::State;
use super::{
    BodyEdit, ChainFailure, Level, Link, LogLine, Rejection, RequestEdit, RequestOutcome, Run,
    StageError, StageErrorKind,
};
use crate::body::RequestBody;
use crate::config::OnError;
use crate::connection;
use crate::tape::{Note, PluginFailed, RequestPatched, Spent, Tape, mask};

/// What the chain made of a request.
#[derive(Debug)]
pub enum RequestResult {
    Send(Sending),
    Answer { status: u16, body: ByteString },
    Reject(Rejection),
}

#[derive(Debug)]
pub struct Sending {
    pub body: RequestBody,
    /// Applied in order to the headers for the backend: a value to set, or none to remove.
    pub headers: Vec<(HeaderName, Option<HeaderValue>)>,
}

/// Headers that belong to the proxy; plugins may not touch them, nor those of the connection.
const OWNED: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::AUTHORIZATION];

impl Run {
    /// Send the request through all plugins that want it. Called once, first.
    pub async fn request(&mut self, tape: &mut Tape) -> Result<RequestResult, ChainFailure> {
        let chain = self.chain.clone();
        let mut body = self.body.clone();
        let mut headers = Vec::new();
        for (index, link) in chain.links.iter().enumerate() {
            let slot = &mut self.slots[index];
            slot.body = Some(body.clone());
            if !link.request.wants(body.text(), &self.facts) {
                continue;
            }
            let meter = Meter::start();
            let Some(stage) = slot.stage(&link.plugin, &self.facts, &body) else {
                continue;
            };
            let outcome = stage.on_request().await;
            meter.stop(link, tape);
            let said = Said::take(&mut **stage);
            slot.hear(link, said, &mut self.told, tape);
            if !matches!(outcome, Ok(RequestOutcome::Unchanged) | Err(_)) {
                let cost = Spent {
                    changed: 1,
                    ..Spent::default()
                };
                tape.spend(&link.name, &cost);
            }
            let applied = match outcome {
                Ok(RequestOutcome::Unchanged) => continue,
                Ok(RequestOutcome::Answer { status, body }) => {
                    // It goes up from here.
                    for slot in &mut self.slots[index..] {
                        slot.state = State::Dead;
                    }
                    return Ok(RequestResult::Answer { status, body });
                }
                Ok(RequestOutcome::Reject(rejection)) => {
                    return Ok(RequestResult::Reject(rejection));
                }
                Ok(RequestOutcome::Edit(edit)) => apply(&body, edit),
                Err(error) => Err(error),
            };
            match applied {
                Ok(edited) => {
                    for name in &edited.refused {
                        let message = format!("may not touch the header `{name}`");
                        let line = LogLine {
                            level: Level::Warn,
                            message,
                        };
                        tape.note(Note::Plugin {
                            plugin: link.name.clone(),
                            line,
                        });
                    }
                    tape.note(Note::RequestPatched(Box::new(RequestPatched {
                        plugin: link.name.clone(),
                        body: edited.body.bytes().clone(),
                        size: edited.body.bytes().len(),
                        headers: edited.headers.iter().map(describe).collect(),
                    })));
                    body = edited.body;
                    headers.extend(edited.headers);
                }
                Err(error) => {
                    slot.state = State::Dead;
                    failed(link, "on-request", &error, body.bytes().clone(), tape)?;
                }
            }
        }
        Ok(RequestResult::Send(Sending { body, headers }))
    }
}

/// Note a death, and let it end the attempt if the policy says so.
pub(super) fn failed(
    link: &Link,
    hook: &'static str,
    error: &StageError,
    input: Bytes,
    tape: &mut Tape,
) -> Result<(), ChainFailure> {
    let policy = link.plugin.on_error();
    let cost = Spent {
        failed: 1,
        ..Spent::default()
    };
    tape.spend(&link.name, &cost);
    tape.account().deaths.push((link.name.clone(), error.kind));
    tape.note(Note::PluginFailed(Box::new(PluginFailed {
        plugin: link.name.clone(),
        hook: hook.into(),
        error: error.to_string(),
        input,
        skipped: policy == OnError::Skip,
    })));
    match policy {
        OnError::Skip => Ok(()),
        OnError::Fail => Err(ChainFailure::Plugin {
            plugin: link.name.to_string(),
            error: format!("{hook}: {error}"),
        }),
    }
}

struct Edited {
    body: RequestBody,
    headers: Vec<(HeaderName, Option<HeaderValue>)>,
    refused: Vec<String>,
}

fn apply(body: &RequestBody, edit: RequestEdit) -> Result<Edited, StageError> {
    let invalid = |message: String| StageError {
        kind: StageErrorKind::Invalid,
        message,
    };
    let body = match edit.body {
        BodyEdit::Keep => body.clone(),
        BodyEdit::Members(members) => body
            .edit(&members)
            .map_err(|error| invalid(error.to_string()))?,
        BodyEdit::Replace(text) => {
            RequestBody::from_text(text).map_err(|error| invalid(error.to_string()))?
        }
    };
    let mut headers = Vec::new();
    let mut refused = Vec::new();
    let removed = edit.remove_headers.into_iter().map(|name| (name, None));
    let set = edit
        .set_headers
        .into_iter()
        .map(|(name, value)| (name, Some(value)));
    for (name, value) in removed.chain(set) {
        let header = HeaderName::try_from(name.as_str())
            .map_err(|_| invalid(format!("`{name}` is no header name")))?;
        let value = value
            .map(|value| {
                HeaderValue::try_from(value)
                    .map_err(|_| invalid(format!("no value for the header `{name}`")))
            })
            .transpose()?;
        if OWNED.contains(&header) || connection::owns(&header) {
            refused.push(name);
        } else {
            headers.push((header, value));
        }
    }
    Ok(Edited {
        body,
        headers,
        refused,
    })
}

fn describe((name, value): &(HeaderName, Option<HeaderValue>)) -> String {
    match value {
        Some(value) => mask::header_line(name, value),
        None => format!("-{name}"),
    }
}
