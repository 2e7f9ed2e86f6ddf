//! A log file back as notes: the reverse of [`super::format`].
//!
//! Fields and records that this version does not know are passed over. The last record of a
//! log, but for its end, may be torn (the proxy was killed while it wrote); it is left out then.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use yallmp_core::chain::{Fact, LogLine};
use yallmp_core::tape::{
    Attempt, End, EventChange, EventPatched, ExchangeMeta, Given, Note, PluginFailed, Request,
    RequestPatched, Sent, Spent, Timed,
};

use super::format::{self, Bases};
use super::lines::{self, Record};
use super::words;

#[derive(Debug, PartialEq)]
pub struct Log {
    pub meta: ExchangeMeta,
    pub notes: Vec<Timed>,
}

impl Log {
    pub fn request(&self) -> Option<&Request> {
        self.notes.iter().find_map(|timed| match &timed.note {
            Note::Request(request) => Some(&**request),
            _ => None,
        })
    }

    pub fn end(&self) -> Option<&End> {
        self.notes.iter().rev().find_map(|timed| match &timed.note {
            Note::End(end) => Some(&**end),
            _ => None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    pub what: String,
}

pub fn parse(text: &[u8]) -> Result<Log, ParseError> {
    let fail = |line, what: String| Err(ParseError { line, what });
    let mut records = lines::split(text);
    let head = match records.next() {
        Some(head) if head.title == format::FIRST_LINE => head,
        Some(head) if head.title.starts_with("yallmp log ") => {
            return fail(
                1,
                format!(
                    "this is `{}`; this program reads `{}`",
                    head.title,
                    format::FIRST_LINE
                ),
            );
        }
        _ => {
            return fail(
                1,
                format!(
                    "this is no request log: `{}` is missing",
                    format::FIRST_LINE
                ),
            );
        }
    };
    let meta = meta(&head).map_err(|what| ParseError {
        line: head.line,
        what,
    })?;
    let mut notes: Vec<Timed> = Vec::new();
    let mut bases = Bases::default();
    let mut records = records.peekable();
    while let Some(record) = records.next() {
        let read = match record.title.strip_prefix("* ") {
            Some(event) => given(event, &record, notes.last_mut()).map(|()| None),
            None => note(&record, &mut bases),
        };
        match read {
            Ok(note) => notes.extend(note),
            Err(_) if records.peek().is_none_or(is_end) => {}
            Err(what) => return fail(record.line, what),
        }
    }
    Ok(Log { meta, notes })
}

/// Also the end that is put after a torn record at the next start.
fn is_end(record: &Record) -> bool {
    record.title.starts_with("=== ") && record.title.split(' ').nth(2) == Some("end")
}

fn meta(head: &Record) -> Result<ExchangeMeta, String> {
    let started = head.text("started")?;
    let started: jiff::Timestamp = started
        .parse()
        .map_err(|_| format!("`{started}` is no time"))?;
    Ok(ExchangeMeta {
        id: head.text("id")?.into(),
        started: SystemTime::from(started),
        model: head.text("model")?.into(),
        level: words::meaning(&head.text("level")?, &words::LEVELS, words::level)?,
    })
}

/// `Ok(None)`: a kind of record from a later version.
fn note(record: &Record, bases: &mut Bases) -> Result<Option<Timed>, String> {
    let title = record.title.as_str();
    let (sign, rest) = title.split_once(' ').unwrap_or((title, ""));
    let (time, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let at = seconds(
        time.strip_prefix('+')
            .ok_or("a record begins with `=== +`, `< +`, `> +` or `~ +`")?,
    )?;
    let note = match sign {
        "<" => {
            let (number, frame) = rest.split_once(' ').unwrap_or((rest, ""));
            Some(Note::EventIn {
                number: count(number)?,
                raw: raw(frame, record),
            })
        }
        ">" => Some(Note::EventOut {
            raw: raw(rest, record),
        }),
        "~" => Some(patched_event(rest)?),
        _ => {
            let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            section(kind, &Record::unescaped(rest), record, bases)?
        }
    };
    Ok(note.map(|note| Timed { at, note }))
}

fn section(
    kind: &str,
    rest: &str,
    record: &Record,
    bases: &mut Bases,
) -> Result<Option<Note>, String> {
    Ok(Some(match kind {
        "request" => {
            let (method, path) = rest.split_once(' ').ok_or("no path")?;
            let (body, size) = body("body", record, &Bytes::new())?;
            bases.request = body.clone();
            bases.outgoing = body.clone();
            Note::Request(Box::new(Request {
                method: method.to_string(),
                path: path.to_string(),
                host: record.text("host")?,
                headers: headers(record)?,
                body,
                size,
                streaming: record.flag("streaming")?,
            }))
        }
        "route" => Note::Route {
            candidates: record.texts("candidate"),
        },
        "attempt" => {
            bases.outgoing = bases.request.clone();
            Note::Attempt(Box::new(Attempt {
                number: count(rest)?,
                deployment: record.text("deployment")?,
                backend: record.text("backend")?,
                url: record.text("url")?,
                target_model: record.text("target")?,
            }))
        }
        "patched" => {
            let (body, size) = outgoing(record, bases)?;
            let headers = record.texts("header");
            Note::RequestPatched(Box::new(RequestPatched {
                plugin: rest.into(),
                body,
                size,
                headers,
            }))
        }
        "sent" => {
            let (body, size) = outgoing(record, bases)?;
            Note::Sent(Box::new(Sent {
                headers: headers(record)?,
                body,
                size,
            }))
        }
        "head" => Note::Head {
            status: status(rest)?,
            headers: Box::new(headers(record)?),
        },
        "received" => {
            let (body, size) = body("body", record, &Bytes::new())?;
            bases.answer = body.clone();
            Note::BodyIn { body, size }
        }
        "delivered" => {
            let (body, size) = body("body", record, &bases.answer)?;
            Note::BodyOut { body, size }
        }
        "log" => {
            let (name, message) = record.first_field().ok_or("no line")?;
            let level = words::meaning(&name, &words::SEVERITIES, words::severity)?;
            Note::Plugin {
                plugin: rest.into(),
                line: LogLine { level, message },
            }
        }
        "note" => {
            let (name, value) = record.first_field().ok_or("no fact")?;
            Note::Fact {
                plugin: rest.into(),
                fact: Fact { name, value },
            }
        }
        "plugin-failed" => Note::PluginFailed(Box::new(PluginFailed {
            plugin: rest.into(),
            hook: record.text("hook")?,
            error: record.text("error")?,
            input: body("input", record, &Bytes::new())?.0,
            skipped: record.flag("skipped")?,
        })),
        "spent" => Note::Spent {
            plugin: rest.into(),
            spent: Box::new(spent(record)?),
        },
        "committed" => Note::Committed,
        "failed" => Note::AttemptFailed {
            error: record.text("error")?,
            next: record.text("next")?,
        },
        "warning" => Note::Warning(record.text("text")?),
        "end" => Note::End(Box::new(end(rest, record)?)),
        _ => return Ok(None),
    }))
}

fn end(outcome: &str, record: &Record) -> Result<End, String> {
    Ok(End {
        outcome: words::meaning(outcome, &words::OUTCOMES, words::outcome)?,
        reason: record
            .optional("reason")
            .map(|text| words::meaning(&text, &words::REASONS, words::reason))
            .transpose()?,
        status: status(&record.text("status")?)?,
        error: record.optional("error"),
        deployment: record.optional("deployment"),
        attempts: count(&record.text("attempts")?)?,
        events_in: count(&record.text("events_in")?)?,
        events_out: count(&record.text("events_out")?)?,
        bytes_out: count(&record.text("bytes_out")?)?,
        usage: record.optional("usage"),
        first_event: record
            .optional("first_event")
            .map(|text| seconds(&text))
            .transpose()?,
        total: seconds(&record.text("total")?)?,
        notes_dropped: optional_count(record, "notes_dropped")?,
        plugins: Vec::new(),
    })
}

fn spent(record: &Record) -> Result<Spent, String> {
    Ok(Spent {
        calls: count(&record.text("calls")?)?,
        time: seconds(&record.text("time")?)?,
        held_events: optional_count(record, "held_events")?,
        held_bytes: optional_count(record, "held_bytes")?,
        dropped: optional_count(record, "dropped")?,
        added: optional_count(record, "added")?,
        changed: optional_count(record, "changed")?,
        failed: optional_count(record, "failed")?,
    })
}

fn outgoing(record: &Record, bases: &mut Bases) -> Result<(Bytes, usize), String> {
    let (body, size) = body("body", record, &bases.outgoing)?;
    if !body.is_empty() {
        bases.outgoing = body.clone();
    }
    Ok((body, size))
}

/// The body under this name and its size. See `body` in [`super::format`].
fn body(name: &str, record: &Record, base: &Bytes) -> Result<(Bytes, usize), String> {
    let text = record.text(name)?;
    let (size, how) = text.split_once(", ").unwrap_or((&text, ""));
    let size = count(size)?;
    if how == "as before" {
        return Ok((base.clone(), size));
    }
    let Some(at) = how.strip_prefix("changed at ") else {
        return Ok((Bytes::from(record.block.clone()), size));
    };
    let at: usize = count(at)?;
    let range = at..at.saturating_add(record.removed.len());
    if base.get(range.clone()) != Some(&record.removed) {
        return Err(format!(
            "the body before does not hold at byte {at} what the `-` lines show"
        ));
    }
    let parts = [&base[..range.start], &record.inserted, &base[range.end..]];
    Ok((Bytes::from(parts.concat()), size))
}

fn raw(frame: &str, record: &Record) -> Bytes {
    match frame {
        "" => Bytes::from(record.block.clone()),
        text => Bytes::from(format!("{text}\n\n")),
    }
}

/// `17 held 1 added 2 by tool-call-fix`
fn patched_event(text: &str) -> Result<Note, String> {
    let (counts, plugin) = text.split_once(" by ").ok_or("no ` by ` and plugin")?;
    let mut words = counts.split(' ');
    let number = count(words.next().unwrap_or_default())?;
    let mut what = EventChange::default();
    while let (Some(word), Some(value)) = (words.next(), words.next()) {
        match word {
            "held" => what.held = count(value)?,
            "released" => what.released = count(value)?,
            "dropped" => what.dropped = count(value)?,
            "added" => what.added = count(value)?,
            _ => {}
        }
    }
    Ok(Note::EventPatched(Box::new(EventPatched {
        plugin: Record::unescaped(plugin).into(),
        number,
        what,
        given: Vec::new(),
    })))
}

/// `17`, `data: {}` or `new` and a block: what the plugin gave out whose change is `last`.
fn given(event: &str, record: &Record, last: Option<&mut Timed>) -> Result<(), String> {
    let Some(Timed {
        note: Note::EventPatched(patched),
        ..
    }) = last
    else {
        return Err("`* ` stands where no plugin changed an event".into());
    };
    patched
        .given
        .push(if let Some(data) = event.strip_prefix("data: ") {
            Given::Made {
                name: None,
                data: data.into(),
            }
        } else if event == "new" {
            Given::Made {
                name: record.optional("event").map(Into::into),
                data: String::from_utf8_lossy(&record.block).into_owned().into(),
            }
        } else {
            Given::AsCame(count(event)?)
        });
    Ok(())
}

fn headers(record: &Record) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &record.headers {
        let name = HeaderName::try_from(name).map_err(|_| format!("`{name}` is no header name"))?;
        let value = HeaderValue::from_bytes(value)
            .map_err(|_| format!("header `{name}` has no valid value"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// `200` or `200 OK`
fn status(text: &str) -> Result<StatusCode, String> {
    let code = text.split(' ').next().unwrap_or_default();
    code.parse().map_err(|_| format!("`{code}` is no status"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let (whole, micros) = text
        .split_once('.')
        .ok_or_else(|| format!("`{text}` is no time"))?;
    match micros.len() {
        6 => Ok(Duration::from_secs(count(whole)?) + Duration::from_micros(count(micros)?)),
        _ => Err(format!("`{text}` has not six decimals")),
    }
}

/// Zero where the field is missing.
fn optional_count<T: std::str::FromStr + Default>(
    record: &Record,
    name: &str,
) -> Result<T, String> {
    record
        .optional(name)
        .map_or(Ok(T::default()), |text| count(&text))
}

fn count<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}
