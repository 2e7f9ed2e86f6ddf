//! What came and went, in the order of time.

use std::fmt::Write as _;

use yallmp_log::trace::{Attempt, Event, Seconds, Trace};

use super::super::paint::{FAINT, NEW, ODD, TITLE, cut, paint};
use super::essence::essence;
use super::plugins;
use crate::plain::plain;

/// Before the text of a frame.
const MARGIN: usize = 19;

/// A line and its time; lines of the same time stay as they are.
struct Line(Seconds, String);

/// `<` came from the backend, `=` went on to the client as it came, `~` is what a plugin did,
/// `>` went to the client.
pub fn text(trace: &Trace, width: usize) -> String {
    let mut lines = Vec::new();
    for attempt in &trace.attempts {
        let title = format!(
            "attempt {} at {}",
            attempt.number,
            plain(&attempt.deployment)
        );
        lines.push(Line(attempt.at, paint(TITLE, &title)));
        for event in &attempt.events {
            put_event(&mut lines, trace, attempt, event, width);
        }
        if let Some(at) = attempt.committed {
            lines.push(mark(at, "", "", &paint(FAINT, "committed")));
        }
        if let Some(failed) = &attempt.failed {
            let text = cut(&plain(&failed.error), width - MARGIN);
            lines.push(mark(failed.at, "!", "", &paint(ODD, &text)));
        }
    }
    for frame in trace.out.iter().filter(|frame| !frame.same) {
        let number = frame.event.map_or(String::new(), |event| event.to_string());
        let text = cut(&data(&frame.raw), width - MARGIN);
        lines.push(mark(frame.at, ">", &number, &paint(NEW, &text)));
    }
    // Stable, so that attempts and what belongs together stay in order.
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = String::from("  < came, = came and went on as it was, ~ a plugin, > went out\n");
    for Line(_, text) in lines {
        out.push_str(&text);
        out.push('\n');
    }
    out
}

fn put_event(lines: &mut Vec<Line>, trace: &Trace, attempt: &Attempt, event: &Event, width: usize) {
    let is_last = trace
        .attempts
        .last()
        .is_some_and(|last| last.number == attempt.number);
    let went_on = |event: &Event| {
        let mut same = trace.out.iter().filter(|frame| frame.same);
        same.any(|frame| match event.number {
            0 => frame.event.is_none() && Some(&frame.raw) == event.raw.as_ref(),
            number => frame.event == Some(number),
        })
    };
    let sign = if is_last && went_on(event) { "=" } else { "<" };
    let raw = event.raw.as_deref().unwrap_or("(not kept)");
    let text = cut(&data(raw), width - MARGIN);
    let number = match event.number {
        0 => String::new(),
        number => number.to_string(),
    };
    lines.push(mark(event.at, sign, &number, &text));
    for change in &event.changes {
        let mut text = format!("{}: {}", plain(&change.plugin), plugins::did(change));
        for given in &change.given {
            let line = cut(&plugins::given(given), width - MARGIN - 4);
            let _ = write!(text, "\n{:MARGIN$}* {line}", "");
        }
        lines.push(mark(change.at, "~", &number, &paint(FAINT, &text)));
    }
}

fn mark(at: Seconds, sign: &str, number: &str, text: &str) -> Line {
    Line(at, format!("{at:>11.6} {sign:1} {number:>4} {text}"))
}

/// What matters in a usual frame, any other frame as it is.
fn data(raw: &str) -> String {
    let text = raw.trim_end_matches(['\n', '\r']);
    match text.strip_prefix("data: ") {
        Some(data) => essence(data),
        None => plain(text),
    }
}
