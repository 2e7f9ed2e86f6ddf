//! A trace out of the notes of a log.

use http::HeaderMap;
use yallmp_core::tape::{self, ExchangeMeta, Note, Timed};

use super::*;
use crate::text::parse::Log;
use crate::text::words;

impl Trace {
    pub fn of(log: &Log) -> Self {
        Self::of_notes(&log.meta, &log.notes)
    }

    /// Of an exchange that may still be running. `notes`: from its beginning.
    pub fn of_notes(meta: &ExchangeMeta, notes: &[Timed]) -> Self {
        let mut gathering = Gathering::new(meta);
        let mut trace = Self {
            schema: SCHEMA,
            summary: gathering.summary(),
            client: None,
            route: Vec::new(),
            attempts: Vec::new(),
            out: Vec::new(),
            delivered: None,
            lines: Vec::new(),
            facts: Vec::new(),
            plugin_failures: Vec::new(),
            warnings: Vec::new(),
            end: None,
        };
        for timed in notes {
            gathering.add(timed);
            trace.note(timed);
        }
        trace.summary = gathering.summary();
        trace.out = frames(notes).unwrap_or_default().iter().map(out).collect();
        trace
    }

    fn note(&mut self, Timed { at, note }: &Timed) {
        let at = at.as_secs_f64();
        let number = self.attempts.last().map_or(0, |attempt| attempt.number);
        match note {
            Note::Request(note) => {
                self.client = Some(Client {
                    method: note.method.clone(),
                    path: note.path.clone(),
                    host: note.host.clone(),
                    headers: headers(&note.headers),
                    body: body(&note.body, note.size),
                });
            }
            Note::Route { candidates } => self.route.clone_from(candidates),
            Note::Attempt(note) => self.attempts.push(attempt(at, note)),
            Note::BodyOut { body: bytes, size } => {
                self.delivered = Some(Message {
                    at,
                    headers: Vec::new(),
                    body: body(bytes, *size),
                });
            }
            Note::Plugin { plugin, line } => self.lines.push(Line {
                at,
                attempt: number,
                plugin: plugin.to_string(),
                level: words::severity(line.level).into(),
                message: line.message.clone(),
            }),
            Note::Fact { plugin, fact } => self.facts.push(Fact {
                at,
                attempt: number,
                plugin: plugin.to_string(),
                name: fact.name.clone(),
                value: fact.value.clone(),
            }),
            Note::PluginFailed(note) => self.plugin_failures.push(PluginFailure {
                at,
                attempt: number,
                plugin: note.plugin.to_string(),
                hook: note.hook.clone(),
                error: note.error.clone(),
                skipped: note.skipped,
                input: (!note.input.is_empty())
                    .then(|| String::from_utf8_lossy(&note.input).into_owned()),
            }),
            Note::Warning(text) => self.warnings.push(Warning {
                at,
                text: text.clone(),
            }),
            Note::End(note) => self.end = Some(end(note)),
            _ => {
                if let Some(attempt) = self.attempts.last_mut() {
                    attempt.note(at, note);
                }
            }
        }
    }
}

impl Attempt {
    fn note(&mut self, at: Seconds, note: &Note) {
        match note {
            Note::RequestPatched(note) => self.patched.push(Patched {
                at,
                plugin: note.plugin.to_string(),
                headers: note.headers.clone(),
                body: body(&note.body, note.size),
            }),
            Note::Sent(note) => {
                self.sent = Some(Message {
                    at,
                    headers: headers(&note.headers),
                    body: body(&note.body, note.size),
                });
            }
            Note::Head {
                status,
                headers: fields,
            } => {
                self.head = Some(Head {
                    at,
                    status: status.as_u16(),
                    headers: headers(fields),
                });
            }
            Note::BodyIn { body: bytes, size } => {
                self.received = Some(Received {
                    at,
                    body: body(bytes, *size),
                    changes: Vec::new(),
                });
            }
            Note::EventIn { number, raw } => {
                let (raw, lossy) = text(raw);
                self.events.push(Event {
                    at,
                    number: *number,
                    raw: Some(raw),
                    lossy,
                    changes: Vec::new(),
                });
            }
            Note::EventPatched(note) => self.changed(at, note),
            Note::Committed => self.committed = Some(at),
            Note::AttemptFailed { error, next } => {
                self.failed = Some(Failed {
                    at,
                    error: error.clone(),
                    next: next.clone(),
                });
            }
            Note::Spent { plugin, spent } => self.plugins.push(Plugin {
                name: plugin.to_string(),
                calls: spent.calls,
                time: spent.time.as_secs_f64(),
                held_events: spent.held_events,
                held_bytes: spent.held_bytes,
                dropped: spent.dropped,
                added: spent.added,
                changed: spent.changed,
                failed: spent.failed > 0,
            }),
            _ => {}
        }
    }

    fn changed(&mut self, at: Seconds, note: &tape::EventPatched) {
        let change = Change {
            at,
            plugin: note.plugin.to_string(),
            held: note.what.held,
            released: note.what.released,
            dropped: note.what.dropped,
            added: note.what.added,
            given: note.given.iter().map(given).collect(),
        };
        let mut events = self.events.iter_mut().rev();
        if let Some(event) = events.find(|event| event.number == note.number) {
            event.changes.push(change);
        } else if let Some(received) = &mut self.received
            && self.events.is_empty()
        {
            received.changes.push(change);
        } else {
            self.events.push(Event {
                at,
                number: note.number,
                raw: None,
                lossy: false,
                changes: vec![change],
            });
        }
    }
}

fn attempt(at: Seconds, note: &tape::Attempt) -> Attempt {
    Attempt {
        number: note.number,
        at,
        deployment: note.deployment.clone(),
        backend: note.backend.clone(),
        url: note.url.clone(),
        target: note.target_model.clone(),
        patched: Vec::new(),
        sent: None,
        head: None,
        received: None,
        events: Vec::new(),
        committed: None,
        failed: None,
        plugins: Vec::new(),
    }
}

fn given(given: &tape::Given) -> Given {
    match given {
        tape::Given::AsCame(event) => Given::AsCame { event: *event },
        tape::Given::Made { name, data } => Given::Made {
            name: name.as_ref().map(ToString::to_string),
            data: data.to_string(),
        },
    }
}

fn out(frame: &Frame) -> Out {
    let (raw, lossy) = text(&frame.raw);
    Out {
        at: frame.at.as_secs_f64(),
        raw,
        lossy,
        event: frame.event,
        same: frame.same,
    }
}

fn end(end: &tape::End) -> End {
    End {
        outcome: words::outcome(end.outcome).into(),
        reason: end.reason.map(|reason| words::reason(reason).into()),
        status: end.status.as_u16(),
        error: end.error.clone(),
        usage: end
            .usage
            .as_deref()
            .and_then(|usage| serde_json::from_str(usage).ok()),
        attempts: end.attempts,
        events_in: end.events_in,
        events_out: end.events_out,
        bytes_out: end.bytes_out,
        first_event: end.first_event.map(|at| at.as_secs_f64()),
        total: end.total.as_secs_f64(),
        notes_dropped: end.notes_dropped,
    }
}

fn body(bytes: &[u8], size: usize) -> Body {
    if bytes.is_empty() && size > 0 {
        return Body {
            size,
            ..Body::default()
        };
    }
    let (text, lossy) = text(bytes);
    Body {
        body: Some(text),
        size,
        lossy,
    }
}

/// And whether it is not exact.
fn text(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), true),
    }
}

fn headers(headers: &HeaderMap) -> Vec<Header> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect()
}
