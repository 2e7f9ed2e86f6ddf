//! An exchange on a page or two: what it was, what was said, where request and answer
//! changed on their way, and who changed them.

use std::fmt::Write as _;

use serde_json::Value;
use yallmp_log::index::conversation::{Role, messages};
use yallmp_log::trace::{Seconds, State, Trace};

use super::super::columns::columns;
use super::super::paint::{FAINT, NEW, ODD, OLD, TITLE, paint, wrap};
use super::super::stage::Stage;
use super::plugins;
use crate::plain::{plain, plain_lines};

/// Lines of a message that are shown.
const LONGEST: usize = 12;
/// Events that a plugin changed of which is told.
const EVENTS: usize = 8;

pub fn text(trace: &Trace, width: usize) -> String {
    let mut out = String::new();
    head(&mut out, trace);
    conversation(&mut out, trace, width);
    section(&mut out, "request");
    stages(&mut out, trace, [Stage::Client, Stage::Upstream], width);
    section(&mut out, "answer");
    stages(&mut out, trace, [Stage::Received, Stage::Delivered], width);
    let attempts = trace.attempts.iter();
    for attempt in attempts.filter(|attempt| plugins::has_any(trace, attempt)) {
        section(&mut out, &format!("plugins in attempt {}", attempt.number));
        plugins::put_attempt(&mut out, trace, attempt, EVENTS);
    }
    if !trace.warnings.is_empty() {
        section(&mut out, "warnings");
        for warning in &trace.warnings {
            let _ = writeln!(out, "  {}", paint(ODD, &plain(&warning.text)));
        }
    }
    out
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{}", paint(TITLE, title));
}

fn head(out: &mut String, trace: &Trace) {
    let summary = &trace.summary;
    let (state, style) = match summary.state {
        State::Running => ("running", ODD),
        State::Success => ("success", NEW),
        State::Error => ("error", OLD),
        State::Cancelled => ("cancelled", ODD),
    };
    let status = summary
        .status
        .map_or(String::new(), |status| format!(" {status}"));
    let id = paint(TITLE, &plain(&summary.id));
    let _ = writeln!(out, "{id}  {}", paint(style, &format!("{state}{status}")));
    let streamed = if summary.streaming { ", streamed" } else { "" };
    let _ = writeln!(
        out,
        "{}  {}{streamed}  model {}",
        summary.started,
        plain(&summary.path),
        plain(&summary.model)
    );
    let mut facts = vec![format!("{} in all", plugins::time(summary.total))];
    if let Some(first) = summary.first_event {
        facts.push(format!("first event after {}", plugins::time(first)));
    }
    let tokens = [
        ("in", summary.tokens.input),
        ("cached", summary.tokens.cached),
        ("out", summary.tokens.output),
        ("reasoning", summary.tokens.reasoning),
    ];
    let tokens = tokens
        .iter()
        .filter_map(|(name, count)| Some(format!("{} {name}", (*count)?)));
    let tokens: Vec<_> = tokens.collect();
    if !tokens.is_empty() {
        facts.push(format!("tokens: {}", tokens.join(", ")));
    }
    if summary.events_in > 0 {
        let (came, went) = (summary.events_in, summary.events_out);
        let came = match came {
            1 => "1 event came".to_owned(),
            came => format!("{came} events came"),
        };
        facts.push(match summary.state {
            // What went out is counted at the end.
            State::Running => format!("{came} so far"),
            _ => format!("{came}, {went} went out"),
        });
    }
    let _ = writeln!(out, "{}", facts.join("; "));
    if let Some(error) = &summary.error {
        let _ = writeln!(out, "{}", paint(OLD, &plain(error)));
    }
    if summary.notes_dropped > 0 {
        let text = format!("{} parts are missing in this log", summary.notes_dropped);
        let _ = writeln!(out, "{}", paint(ODD, &text));
    }
    for attempt in &trace.attempts {
        let (deployment, target) = (plain(&attempt.deployment), plain(&attempt.target));
        let at: Seconds = attempt.at;
        let mut line = format!(
            "attempt {} after {}: {deployment} ({target})",
            attempt.number,
            plugins::time(at)
        );
        if let Some(head) = &attempt.head {
            let _ = write!(line, ", {}", head.status);
        }
        let _ = writeln!(out, "{line}");
        if let Some(failed) = &attempt.failed {
            let text = format!(
                "  failed: {}; {}",
                plain(&failed.error),
                plain(&failed.next)
            );
            let _ = writeln!(out, "{}", paint(ODD, &text));
        }
    }
}

/// The messages of the request, then the answer as the client got it.
fn conversation(out: &mut String, trace: &Trace, width: usize) {
    section(out, "conversation");
    let request = Stage::Client.value(trace);
    let messages = request.as_ref().map(messages).unwrap_or_default();
    if messages.is_empty() {
        out.push_str("  (the log does not hold it)\n");
    }
    for message in messages {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        };
        said(out, role, &message.text, width);
    }
    let answer = Stage::Delivered.answer(trace).unwrap_or_default();
    for (who, text) in [
        ("reasoning", &answer.reasoning),
        ("answer", &answer.content),
        ("calls", &answer.calls),
    ] {
        if !text.trim().is_empty() {
            said(out, who, text, width);
        }
    }
}

fn said(out: &mut String, who: &str, text: &str, width: usize) {
    const MARGIN: usize = 11;
    let text = plain_lines(text.trim());
    let lines: Vec<&str> = text
        .lines()
        .flat_map(|line| wrap(line, width - MARGIN - 2))
        .collect();
    for (n, line) in lines.iter().take(LONGEST).enumerate() {
        let who = if n == 0 { who } else { "" };
        if line.is_empty() {
            out.push('\n');
            continue;
        }
        let _ = writeln!(out, "  {}{line}", paint(FAINT, &format!("{who:MARGIN$}")));
    }
    if lines.len() > LONGEST {
        let more = format!("({} more lines)", lines.len() - LONGEST);
        let _ = writeln!(out, "  {:MARGIN$}{}", "", paint(FAINT, &more));
    }
}

/// Two stages side by side, where they differ.
fn stages(out: &mut String, trace: &Trace, [from, to]: [Stage; 2], width: usize) {
    match (lines(trace, from), lines(trace, to)) {
        (Some(old), Some(new)) => {
            let heads = [from.name(), to.name()];
            match columns(heads, &old, &new, width) {
                text if text.is_empty() => {
                    let _ = writeln!(out, "  the same, {} and {}", from.name(), to.name());
                }
                text => out.push_str(&text),
            }
        }
        (None, None) => out.push_str("  (the log does not hold it)\n"),
        (Some(_), None) => {
            let _ = writeln!(out, "  {}, but not {}", from.name(), to.name());
        }
        (None, Some(_)) => {
            let _ = writeln!(out, "  {}, but not {}", to.name(), from.name());
        }
    }
}

/// A body spread over lines, or the text of a stream.
fn lines(trace: &Trace, stage: Stage) -> Option<Vec<String>> {
    let text = match stage.is_stream(trace) {
        false => match stage.value(trace)? {
            Value::String(text) => text,
            value => format!("{value:#}"),
        },
        true => {
            let answer = stage.answer(trace)?;
            let parts = [answer.reasoning, answer.content, answer.calls];
            let parts = parts.iter().map(|part| part.trim());
            let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
            parts.join("\n\n")
        }
    };
    let lines = plain_lines(&text);
    Some(lines.lines().map(str::to_owned).collect())
}
