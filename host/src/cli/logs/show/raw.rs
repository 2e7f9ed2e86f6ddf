//! One stage in full. JSON is spread over lines, everything else is as it was, but for
//! control characters.

use std::fmt::Write as _;

use serde_json::Value;
use yallmp_log::trace::{Attempt, Body, Header, Trace};

use super::super::paint::{FAINT, TITLE, paint};
use crate::plain::{plain, plain_lines};

const LOST: &str = "(the beginning of this log is lost)\n";

pub fn client(trace: &Trace) -> String {
    let Some(client) = &trace.client else {
        return LOST.into();
    };
    let mut out = String::new();
    title(&mut out, &format!("{} {}", client.method, client.path));
    headers(&mut out, &client.headers);
    body(&mut out, &client.body);
    out
}

pub fn upstream(trace: &Trace) -> String {
    each(trace, |out, attempt| match &attempt.sent {
        Some(sent) => {
            let _ = writeln!(out, "{}", plain(&attempt.url));
            headers(out, &sent.headers);
            body(out, &sent.body);
        }
        None => out.push_str("(nothing was sent)\n"),
    })
}

pub fn received(trace: &Trace) -> String {
    each(trace, |out, attempt| {
        if let Some(head) = &attempt.head {
            let _ = writeln!(out, "{}", head.status);
            headers(out, &head.headers);
        }
        match &attempt.received {
            Some(received) => body(out, &received.body),
            None => {
                let frames = attempt.events.iter().filter_map(|it| it.raw.as_deref());
                frames.for_each(|frame| out.push_str(&plain_lines(frame)));
            }
        }
        if let Some(failed) = &attempt.failed {
            let text = format!("failed: {}", plain(&failed.error));
            let _ = writeln!(out, "{}", paint(TITLE, &text));
        }
    })
}

pub fn delivered(trace: &Trace) -> String {
    let mut out = String::new();
    match &trace.delivered {
        Some(delivered) => body(&mut out, &delivered.body),
        None => {
            for frame in &trace.out {
                out.push_str(&plain_lines(&frame.raw));
            }
        }
    }
    out
}

fn each(trace: &Trace, put: impl Fn(&mut String, &Attempt)) -> String {
    let mut out = String::new();
    for attempt in &trace.attempts {
        if !out.is_empty() {
            out.push('\n');
        }
        let name = format!("attempt {} at {}", attempt.number, attempt.deployment);
        title(&mut out, &name);
        put(&mut out, attempt);
    }
    out
}

fn title(out: &mut String, text: &str) {
    let _ = writeln!(out, "{}", paint(TITLE, &plain(text)));
}

fn headers(out: &mut String, headers: &[Header]) {
    for (name, value) in headers {
        let line = format!("{name}: {}", plain(value));
        let _ = writeln!(out, "{}", paint(FAINT, &line));
    }
    out.push('\n');
}

fn body(out: &mut String, body: &Body) {
    for line in lines(body) {
        out.push_str(&line);
        out.push('\n');
    }
}

/// Lines of a body for a person.
pub fn lines(body: &Body) -> Vec<String> {
    let Some(text) = &body.body else {
        return vec![format!("({} bytes, not kept)", body.size)];
    };
    let pretty = serde_json::from_str::<Value>(text)
        .ok()
        .map(|value| format!("{value:#}"));
    let text = plain_lines(pretty.as_deref().unwrap_or(text));
    text.lines().map(str::to_owned).collect()
}
