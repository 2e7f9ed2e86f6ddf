//! Notes as text. `docs/log-format.md` is the description; [`super::parse`] is the reverse.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use yallmp_core::tape::{End, EventChange, ExchangeMeta, Given, Note, Spent, Timed};

use super::{block, splice, words};

/// The first line of every log. The number grows when an old reader would misread the file;
/// new fields and new kinds of records do not count, readers pass over them.
pub const FIRST_LINE: &str = "yallmp log 1";

/// Bodies to which a later body of the exchange is compared.
#[derive(Debug, Default)]
pub struct Bases {
    /// As the client sent it.
    pub request: Bytes,
    /// As the plugins of this attempt left it so far.
    pub outgoing: Bytes,
    pub answer: Bytes,
}

/// Append the head of a log.
pub fn put_head(out: &mut Vec<u8>, meta: &ExchangeMeta) {
    out.extend_from_slice(FIRST_LINE.as_bytes());
    out.push(b'\n');
    field(out, "id", meta.id.as_bytes());
    let started = Timestamp::try_from(meta.started).unwrap_or_default();
    field(out, "started", started.to_string());
    field(out, "model", meta.model.as_bytes());
    field(out, "level", words::level(meta.level));
}

/// Append one note. `bases` must be the same for all notes of an exchange.
pub fn put_note(out: &mut Vec<u8>, bases: &mut Bases, Timed { at, note }: &Timed) {
    match note {
        Note::EventIn { number, raw } => put_event(out, *at, *number, raw),
        Note::EventOut { raw } => {
            mark(out, b'>', *at);
            frame(out, raw);
        }
        Note::EventPatched(note) => {
            line(out, b'~', *at, note.number);
            change(out, note.what);
            out.extend_from_slice(b" by ");
            block::escape(out, note.plugin.as_bytes());
            out.push(b'\n');
            for event in &note.given {
                self::given(out, event);
            }
        }
        _ => record(out, bases, *at, note),
    }
}

/// Append a `Note::EventIn`.
pub fn put_event(out: &mut Vec<u8>, at: Duration, number: u32, raw: &[u8]) {
    line(out, b'<', at, number);
    frame(out, raw);
}

fn record(out: &mut Vec<u8>, bases: &mut Bases, at: Duration, note: &Note) {
    let title = |out: &mut Vec<u8>, kind: &str, rest: &str| {
        out.extend_from_slice(b"\n=== +");
        seconds(out, at);
        out.push(b' ');
        out.extend_from_slice(kind.as_bytes());
        if !rest.is_empty() {
            out.push(b' ');
            block::escape(out, rest.as_bytes());
        }
        out.push(b'\n');
    };
    match note {
        Note::Request(note) => {
            title(out, "request", &format!("{} {}", note.method, note.path));
            field(out, "host", &note.host);
            field(out, "streaming", yes(note.streaming));
            headers(out, &note.headers);
            body(out, "body", b"", &note.body, note.size);
            bases.request = note.body.clone();
            bases.outgoing = note.body.clone();
        }
        Note::Route { candidates } => {
            title(out, "route", "");
            for candidate in candidates {
                field(out, "candidate", candidate);
            }
        }
        Note::Attempt(note) => {
            title(out, "attempt", &note.number.to_string());
            field(out, "deployment", &note.deployment);
            field(out, "backend", &note.backend);
            field(out, "url", &note.url);
            field(out, "target", &note.target_model);
            bases.outgoing = bases.request.clone();
        }
        Note::RequestPatched(note) => {
            title(out, "patched", &note.plugin);
            for header in &note.headers {
                field(out, "header", header);
            }
            body(out, "body", &bases.outgoing, &note.body, note.size);
            rebase(&mut bases.outgoing, &note.body);
        }
        Note::Sent(note) => {
            title(out, "sent", "");
            headers(out, &note.headers);
            body(out, "body", &bases.outgoing, &note.body, note.size);
            rebase(&mut bases.outgoing, &note.body);
        }
        Note::Head {
            status,
            headers: fields,
        } => {
            title(out, "head", &status.to_string());
            headers(out, fields);
        }
        Note::BodyIn { body: bytes, size } => {
            title(out, "received", "");
            body(out, "body", b"", bytes, *size);
            bases.answer = bytes.clone();
        }
        Note::BodyOut { body: bytes, size } => {
            title(out, "delivered", "");
            body(out, "body", &bases.answer, bytes, *size);
        }
        Note::Plugin { plugin, line } => {
            title(out, "log", plugin);
            field(out, words::severity(line.level), &line.message);
        }
        Note::Fact { plugin, fact } => {
            title(out, "note", plugin);
            field(out, &fact.name, &fact.value);
        }
        Note::PluginFailed(note) => {
            title(out, "plugin-failed", &note.plugin);
            field(out, "hook", &note.hook);
            field(out, "error", &note.error);
            field(out, "skipped", yes(note.skipped));
            body(out, "input", b"", &note.input, note.input.len());
        }
        Note::Spent { plugin, spent } => {
            title(out, "spent", plugin);
            self::spent(out, spent);
        }
        Note::Committed => {
            title(out, "committed", "");
            // No attempt follows: an open stream shall not keep its request in memory.
            *bases = Bases {
                answer: std::mem::take(&mut bases.answer),
                ..Bases::default()
            };
        }
        Note::AttemptFailed { error, next } => {
            title(out, "failed", "");
            field(out, "error", error);
            field(out, "next", next);
        }
        Note::Warning(text) => {
            title(out, "warning", "");
            field(out, "text", text);
        }
        Note::End(note) => {
            title(out, "end", words::outcome(note.outcome));
            end(out, note);
        }
        Note::EventIn { .. } | Note::EventOut { .. } | Note::EventPatched(_) => {
            unreachable!("events are lines")
        }
    }
}

fn end(out: &mut Vec<u8>, end: &End) {
    field(out, "status", end.status.as_str());
    if let Some(reason) = end.reason {
        field(out, "reason", words::reason(reason));
    }
    for (name, text) in [
        ("error", &end.error),
        ("deployment", &end.deployment),
        ("usage", &end.usage),
    ] {
        if let Some(text) = text {
            field(out, name, text);
        }
    }
    for (name, count) in [
        ("attempts", u64::from(end.attempts)),
        ("events_in", end.events_in),
        ("events_out", end.events_out),
        ("bytes_out", end.bytes_out),
    ] {
        number_field(out, name, count);
    }
    if let Some(first) = end.first_event {
        time_field(out, "first_event", first);
    }
    time_field(out, "total", end.total);
    if end.notes_dropped > 0 {
        number_field(out, "notes_dropped", end.notes_dropped);
    }
}

/// `name: 142` and the bytes as block lines; or, against a body that the reader knows
/// already, only what is different.
fn body(out: &mut Vec<u8>, name: &str, base: &[u8], bytes: &[u8], size: usize) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    number(out, size as u64);
    if bytes.is_empty() {
        out.extend_from_slice(if size > 0 { b", not kept\n" } else { b"\n" });
    } else if base == bytes {
        out.extend_from_slice(b", as before\n");
    } else if let Some(splice) = splice::between(base, bytes) {
        out.extend_from_slice(b", changed at ");
        number(out, splice.at as u64);
        out.push(b'\n');
        block::put(out, "-", splice.removed);
        block::put(out, "+", splice.inserted);
    } else {
        out.push(b'\n');
        block::put(out, "", bytes);
    }
}

fn rebase(base: &mut Bytes, body: &Bytes) {
    if !body.is_empty() {
        *base = body.clone();
    }
}

fn headers(out: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        out.extend_from_slice(b"    ");
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        block::escape(out, value.as_bytes());
        out.push(b'\n');
    }
}

/// The usual frame, one line of data, stays on the line; any other follows as a block.
fn frame(out: &mut Vec<u8>, raw: &[u8]) {
    let usual = raw
        .strip_suffix(b"\n\n")
        .filter(|text| text.starts_with(b"data: ") && block::is_clean(text));
    match usual {
        Some(text) => {
            out.push(b' ');
            out.extend_from_slice(text);
            out.push(b'\n');
        }
        None => {
            out.push(b'\n');
            block::put(out, "", raw);
        }
    }
}

fn change(out: &mut Vec<u8>, what: EventChange) {
    for (word, count) in [
        ("held", what.held),
        ("released", what.released),
        ("dropped", what.dropped),
        ("added", what.added),
    ] {
        if count > 0 {
            out.push(b' ');
            out.extend_from_slice(word.as_bytes());
            out.push(b' ');
            number(out, count.into());
        }
    }
}

/// `* 17` or `* data: {}`; a new event that is not one line follows as a block.
fn given(out: &mut Vec<u8>, event: &Given) {
    match event {
        Given::AsCame(event) => {
            out.extend_from_slice(b"* ");
            number(out, (*event).into());
            out.push(b'\n');
        }
        Given::Made { name: None, data } if block::is_clean(data.as_bytes()) => {
            out.extend_from_slice(b"* data: ");
            out.extend_from_slice(data.as_bytes());
            out.push(b'\n');
        }
        Given::Made { name, data } => {
            out.extend_from_slice(b"* new\n");
            if let Some(name) = name {
                field(out, "event", name);
            }
            block::put(out, "", data.as_bytes());
        }
    }
}

fn spent(out: &mut Vec<u8>, spent: &Spent) {
    number_field(out, "calls", spent.calls.into());
    time_field(out, "time", spent.time);
    for (name, count) in [
        ("held_events", u64::from(spent.held_events)),
        ("held_bytes", spent.held_bytes as u64),
        ("dropped", spent.dropped.into()),
        ("added", spent.added.into()),
        ("changed", spent.changed.into()),
        ("failed", spent.failed.into()),
    ] {
        if count > 0 {
            number_field(out, name, count);
        }
    }
}

/// `< +0.000123 17`
fn line(out: &mut Vec<u8>, sign: u8, at: Duration, count: u32) {
    mark(out, sign, at);
    out.push(b' ');
    number(out, count.into());
}

fn mark(out: &mut Vec<u8>, sign: u8, at: Duration) {
    out.extend_from_slice(&[sign, b' ', b'+']);
    seconds(out, at);
}

fn field(out: &mut Vec<u8>, name: &str, value: impl AsRef<[u8]>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    block::escape(out, value.as_ref());
    out.push(b'\n');
}

fn number_field(out: &mut Vec<u8>, name: &str, value: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    number(out, value);
    out.push(b'\n');
}

fn time_field(out: &mut Vec<u8>, name: &str, value: Duration) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    seconds(out, value);
    out.push(b'\n');
}

/// Seconds with six decimals, as `write!` would, at a fifth of its cost.
fn seconds(out: &mut Vec<u8>, time: Duration) {
    number(out, time.as_secs());
    let mut digits = *b".000000";
    let mut rest = time.subsec_micros();
    for digit in digits[1..].iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits);
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut from = digits.len();
    loop {
        from -= 1;
        digits[from] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return out.extend_from_slice(&digits[from..]);
        }
    }
}

fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
