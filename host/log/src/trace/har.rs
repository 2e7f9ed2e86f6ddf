//! Traces as an HTTP Archive, version 1.2, which browsers and debugging proxies open.

use serde_json::{Value, json};

use super::{Attempt, Body, Header, Message, Seconds, Trace};

/// For each exchange an entry with what the client saw, then one for each request to a
/// backend. Each entry says in its comment which one it is. `version`: of this program.
pub fn har(traces: &[Trace], version: &str) -> Value {
    let entries: Vec<Value> = traces.iter().flat_map(entries).collect();
    json!({
        "log": {
            "version": "1.2",
            "creator": {"name": "yallmp", "version": version},
            "entries": entries,
        }
    })
}

fn entries(trace: &Trace) -> Vec<Value> {
    let client = trace.client.as_ref().map(|_| client(trace));
    let attempts = trace.attempts.iter().enumerate();
    let attempts =
        attempts.filter_map(|(place, it)| Some(attempt(trace, place, it, it.sent.as_ref()?)));
    client.into_iter().chain(attempts).collect()
}

fn client(trace: &Trace) -> Value {
    let total = trace.summary.total;
    let first = trace.summary.first_event.unwrap_or(total).min(total);
    let client = trace.client.as_ref();
    let request = client.map(|it| {
        let url = format!("http://{}{}", it.host, it.path);
        request(&it.method, &url, &it.headers, &it.body)
    });
    let (text, kind) = match &trace.delivered {
        Some(answer) => (answer.body.clone(), whole_kind(trace)),
        None => (streamed(trace.out.iter().map(|it| Some(&it.raw))), EVENTS),
    };
    let status = trace.summary.status.unwrap_or_default();
    // The log has no headers of this answer. These are what a player of the archive needs.
    let id = trace.summary.id.clone();
    let headers = [("content-type", kind.to_owned()), ("x-request-id", id)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    entry(Entry {
        trace,
        at: 0.0,
        waited: first,
        received: total - first,
        request,
        response: response(status, &headers, &text, kind),
        comment: format!("{}: the client", trace.summary.id),
    })
}

/// What a whole answer is: what the backend said of it, if that sent one, too.
fn whole_kind(trace: &Trace) -> &str {
    let last = trace.attempts.last().filter(|it| it.received.is_some());
    let head = last.and_then(|it| it.head.as_ref());
    let kind = head.and_then(|head| value_of(&head.headers, "content-type"));
    kind.unwrap_or("application/json")
}

const EVENTS: &str = "text/event-stream";

/// `place`: of the attempt.
fn attempt(trace: &Trace, place: usize, attempt: &Attempt, sent: &Message) -> Value {
    let failed = attempt.failed.as_ref().map(|failed| failed.at);
    let next = trace.attempts.get(place + 1).map(|next| next.at);
    let end = failed.or(next).unwrap_or(trace.summary.total).max(sent.at);
    let head = attempt.head.as_ref();
    let headed = head.map_or(end, |head| head.at).clamp(sent.at, end);
    let (text, kind) = match &attempt.received {
        Some(answer) => (answer.body.clone(), "application/json"),
        None => (
            streamed(attempt.events.iter().map(|it| it.raw.as_ref())),
            EVENTS,
        ),
    };
    let empty = Vec::new();
    let headers = head.map_or(&empty, |head| &head.headers);
    let kind = value_of(headers, "content-type").unwrap_or(kind);
    let failed = attempt.failed.as_ref();
    let failed = failed.map_or(String::new(), |it| format!("; it failed: {}", it.error));
    entry(Entry {
        trace,
        at: sent.at,
        waited: headed - sent.at,
        received: end - headed,
        request: Some(request("POST", &attempt.url, &sent.headers, &sent.body)),
        response: response(head.map_or(0, |head| head.status), headers, &text, kind),
        comment: format!(
            "{}: attempt {} at {}{failed}",
            trace.summary.id, attempt.number, attempt.deployment
        ),
    })
}

struct Entry<'a> {
    trace: &'a Trace,
    at: Seconds,
    waited: Seconds,
    received: Seconds,
    request: Option<Value>,
    response: Value,
    comment: String,
}

fn entry(entry: Entry) -> Value {
    let started = &entry.trace.summary.started;
    let started = match started.parse::<jiff::Timestamp>() {
        Ok(time) => {
            let after = jiff::SignedDuration::from_micros((entry.at * 1e6) as i64);
            format!("{:.6}", time.checked_add(after).unwrap_or(time))
        }
        Err(_) => started.clone(),
    };
    json!({
        "startedDateTime": started,
        "time": milliseconds(entry.waited + entry.received),
        "request": entry.request,
        "response": entry.response,
        "cache": {},
        "timings": {
            "send": 0,
            "wait": milliseconds(entry.waited),
            "receive": milliseconds(entry.received),
        },
        "comment": entry.comment,
    })
}

fn request(method: &str, url: &str, headers: &[Header], body: &Body) -> Value {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<Value> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({"name": name, "value": value})
        })
        .collect();
    let kind = value_of(headers, "content-type").unwrap_or("application/json");
    json!({
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": pairs(headers),
        "queryString": query,
        "postData": {"mimeType": kind, "text": body.body.as_deref().unwrap_or_default()},
        "headersSize": -1,
        "bodySize": body.size,
    })
}

fn response(status: u16, headers: &[Header], body: &Body, kind: &str) -> Value {
    let reason = http::StatusCode::from_u16(status).ok();
    let reason = reason.and_then(|status| status.canonical_reason());
    json!({
        "status": status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": pairs(headers),
        "content": {
            "size": body.size,
            "mimeType": kind,
            "text": body.body.as_deref().unwrap_or_default(),
        },
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": body.size,
    })
}

fn pairs(headers: &[Header]) -> Vec<Value> {
    let pair = |(name, value): &Header| json!({"name": name, "value": value});
    headers.iter().map(pair).collect()
}

/// Frames one after the other.
fn streamed<'a>(frames: impl Iterator<Item = Option<&'a String>>) -> Body {
    let text: String = frames.flatten().map(String::as_str).collect();
    Body {
        size: text.len(),
        body: Some(text),
        lossy: false,
    }
}

fn value_of<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(it, _)| it == name);
    found.map(|(_, value)| value.as_str())
}

/// With three decimals, which are the microseconds of the log.
fn milliseconds(seconds: Seconds) -> f64 {
    (seconds * 1e6).round() / 1e3
}
