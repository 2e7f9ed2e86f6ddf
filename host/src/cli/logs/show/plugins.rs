//! What plugins did in each attempt.

use std::fmt::Write as _;

use serde_json::Value;
use yallmp_log::trace::{Attempt, Body, Change, Given, Plugin, Seconds, Trace, differences};

use super::super::changes;
use super::super::paint::{FAINT, ODD, TITLE, paint};
use super::essence::essence;
use crate::plain::plain;

pub fn text(trace: &Trace) -> String {
    let mut out = String::new();
    for attempt in &trace.attempts {
        let title = format!(
            "attempt {} at {}",
            attempt.number,
            plain(&attempt.deployment)
        );
        let _ = writeln!(out, "{}", paint(TITLE, &title));
        if !has_any(trace, attempt) {
            out.push_str("  (no plugin was called, as far as the log tells)\n");
        }
        put_attempt(&mut out, trace, attempt, usize::MAX);
    }
    if out.is_empty() {
        out.push_str("(no backend was asked)\n");
    }
    out
}

/// Each plugin with its cost, what it changed, said and how it died. `most`: events of each
/// of which is told.
pub fn put_attempt(out: &mut String, trace: &Trace, attempt: &Attempt, most: usize) {
    for name in names(trace, attempt) {
        let cost = attempt.plugins.iter().find(|it| it.name == name);
        let cost = cost.map_or(String::new(), |it| format!("  {}", cost_of(it)));
        let _ = writeln!(out, "  {}{}", plain(name), paint(FAINT, &cost));
        put_request(out, trace, attempt, name);
        put_events(out, attempt, name, most);
        let is_here = |number: u32, plugin: &str| number == attempt.number && plugin == name;
        for it in trace
            .facts
            .iter()
            .filter(|it| is_here(it.attempt, &it.plugin))
        {
            let _ = writeln!(out, "    {}: {}", plain(&it.name), plain(&it.value));
        }
        for it in trace
            .lines
            .iter()
            .filter(|it| is_here(it.attempt, &it.plugin))
        {
            let _ = writeln!(out, "    {}: {}", it.level, plain(&it.message));
        }
        let failures = trace.plugin_failures.iter();
        for it in failures.filter(|it| is_here(it.attempt, &it.plugin)) {
            let end = if it.skipped {
                "; it was left out from there on"
            } else {
                ""
            };
            let text = format!("died in {}: {}{end}", plain(&it.hook), plain(&it.error));
            let _ = writeln!(out, "    {}", paint(ODD, &text));
        }
    }
}

/// In the order in which they were first heard of.
fn names<'a>(trace: &'a Trace, attempt: &'a Attempt) -> Vec<&'a str> {
    let is_here = |number: u32| number == attempt.number;
    let patched = attempt.patched.iter().map(|it| &it.plugin);
    let spent = attempt.plugins.iter().map(|it| &it.name);
    let changes = changes_of(attempt).map(|(_, change)| &change.plugin);
    let failures = trace
        .plugin_failures
        .iter()
        .filter(|it| is_here(it.attempt));
    let failures = failures.map(|it| &it.plugin);
    let mut names: Vec<&str> = Vec::new();
    for name in patched.chain(spent).chain(changes).chain(failures) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// What it made of the request.
fn put_request(out: &mut String, trace: &Trace, attempt: &Attempt, name: &str) {
    let mut before = trace.client.as_ref().map(|client| &client.body);
    for patched in &attempt.patched {
        if patched.plugin == name {
            for header in &patched.headers {
                let _ = writeln!(out, "    header {}", plain(header));
            }
            match before.and_then(json).zip(json(&patched.body)) {
                Some((old, new)) => {
                    for difference in differences(&old, &new) {
                        let _ = writeln!(out, "    {}", changes::line(&difference));
                    }
                }
                None => {
                    let _ = writeln!(out, "    the request: {} bytes now", patched.body.size);
                }
            }
        }
        before = Some(&patched.body);
    }
}

fn json(body: &Body) -> Option<Value> {
    serde_json::from_str(body.body.as_ref()?).ok()
}

fn put_events(out: &mut String, attempt: &Attempt, name: &str, most: usize) {
    let changes: Vec<_> = changes_of(attempt)
        .filter(|(_, it)| it.plugin == name)
        // That something was held is told with what became of it.
        .filter(|(_, it)| most == usize::MAX || it.dropped + it.added > 0)
        .collect();
    for (number, change) in changes.iter().take(most) {
        let _ = writeln!(out, "    event {number}: {}", did(change));
        for given in &change.given {
            let _ = writeln!(out, "      {}", paint(FAINT, &self::given(given)));
        }
    }
    if changes.len() > most {
        let more = changes.len() - most;
        let text = format!("({more} more events, see --stage plugins)");
        let _ = writeln!(out, "    {}", paint(FAINT, &text));
    }
}

/// Whether a plugin did or said anything in it.
pub fn has_any(trace: &Trace, attempt: &Attempt) -> bool {
    !names(trace, attempt).is_empty()
}

/// With the number of the event; that of a whole answer is 1.
fn changes_of(attempt: &Attempt) -> impl Iterator<Item = (u32, &Change)> {
    let whole = attempt.received.iter().flat_map(|it| &it.changes);
    let events = attempt.events.iter();
    let events = events.flat_map(|it| it.changes.iter().map(|change| (it.number, change)));
    whole.map(|change| (1, change)).chain(events)
}

/// `held 1, added 2`
pub fn did(change: &Change) -> String {
    let counts = [
        ("held", change.held),
        ("released", change.released),
        ("dropped", change.dropped),
        ("added", change.added),
    ];
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    counts.join(", ")
}

pub fn given(given: &Given) -> String {
    match given {
        Given::AsCame { event } => format!("event {event} as it came"),
        Given::Made { name: None, data } => essence(data),
        Given::Made {
            name: Some(name),
            data,
        } => format!("{}: {}", plain(name), essence(data)),
    }
}

fn cost_of(plugin: &Plugin) -> String {
    let mut text = match plugin.calls {
        1 => format!("1 call, {}", time(plugin.time)),
        calls => format!("{calls} calls, {}", time(plugin.time)),
    };
    if plugin.held_events > 0 {
        let _ = write!(
            text,
            ", held {} ({} bytes) at most",
            plugin.held_events, plugin.held_bytes
        );
    }
    for (word, count) in [
        ("changed", plugin.changed),
        ("dropped", plugin.dropped),
        ("added", plugin.added),
    ] {
        if count > 0 {
            let _ = write!(text, ", {word} {count}");
        }
    }
    text
}

/// In the unit that makes it readable.
pub fn time(seconds: Seconds) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}
