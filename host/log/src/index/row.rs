//! A log as a row of the index.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use yallmp_core::config::LogLevel;
use yallmp_core::tape::{Note, Spent, Timed};

use super::answer::Answer;
use super::conversation::{self, Turn};
use super::overview::percentile;
use crate::text::parse::{self, Log, ParseError};
use crate::trace::{Gathering, State, Summary};

/// Text of one exchange that can be searched, in bytes: half of it of the request, half of
/// the answer.
const MOST_TEXT: usize = 64 << 10;

pub struct Row {
    pub file: String,
    pub summary: Summary,
    /// The summary as JSON.
    pub json: String,
    /// Microseconds since 1970.
    pub started: i64,
    pub outcome: &'static str,
    /// Seconds between two events of the answer: the median and the 95th percentile.
    pub gaps: Option<(f64, f64)>,
    /// Seconds from the client's request until the first one to a backend.
    pub overhead: Option<f64>,
    pub plugins: Vec<PluginRow>,
    pub turn: Turn,
    /// What can be searched.
    pub text: String,
}

/// What a plugin did in all attempts.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginRow {
    pub name: Arc<str>,
    pub spent: Spent,
}

impl Row {
    /// `file`: its name in the folder.
    ///
    /// # Errors
    /// It is no log.
    pub fn read(file: &str, text: &[u8]) -> Result<Self, ParseError> {
        Ok(Self::of(file, &parse::parse(text)?))
    }

    fn of(file: &str, log: &Log) -> Self {
        let mut gathering = Gathering::new(&log.meta);
        log.notes.iter().for_each(|timed| gathering.add(timed));
        let mut summary = gathering.summary();
        summary.file = Some(file.to_owned());
        let since = log.meta.started.duration_since(UNIX_EPOCH);
        let body = conversation::body(log);
        let messages = conversation::messages(&body);
        Self {
            file: file.to_owned(),
            json: serde_json::to_string(&summary).expect("a summary is JSON"),
            started: since.map_or(0, |since| since.as_micros() as i64),
            // A log without an end is none that was finished.
            outcome: match summary.state {
                State::Success => "success",
                State::Cancelled => "cancelled",
                State::Error | State::Running => "error",
            },
            gaps: gaps(&log.notes),
            overhead: overhead(&log.notes),
            plugins: plugins(&log.notes),
            turn: Turn::new(&body, &messages, log),
            text: match log.meta.level {
                LogLevel::Full => text(&messages, log, &summary),
                _ => String::new(),
            },
            summary,
        }
    }
}

/// Of the last attempt.
fn gaps(notes: &[Timed]) -> Option<(f64, f64)> {
    let mut gaps = Vec::new();
    let mut last = None;
    for Timed { at, note } in notes {
        match note {
            Note::Attempt(_) => {
                gaps.clear();
                last = None;
            }
            Note::EventIn { number, .. } if *number > 0 => {
                let gap = last.map(|last| at.saturating_sub(last).as_secs_f64());
                gaps.extend(gap);
                last = Some(*at);
            }
            _ => {}
        }
    }
    Some((percentile(&mut gaps, 0.5)?, percentile(&mut gaps, 0.95)?))
}

fn overhead(notes: &[Timed]) -> Option<f64> {
    let is_sent = |timed: &&Timed| matches!(timed.note, Note::Sent(_));
    let sent = notes.iter().find(is_sent)?;
    Some(sent.at.as_secs_f64())
}

/// What plugins did, by the sums of the attempts; logs of older versions have only the
/// changes themselves.
fn plugins(notes: &[Timed]) -> Vec<PluginRow> {
    let mut spent: Vec<PluginRow> = Vec::new();
    let mut seen: Vec<PluginRow> = Vec::new();
    for timed in notes {
        match &timed.note {
            Note::Spent {
                plugin,
                spent: more,
            } => row(&mut spent, plugin).spent.add(more),
            Note::RequestPatched(note) => row(&mut seen, &note.plugin).spent.changed += 1,
            Note::PluginFailed(note) => row(&mut seen, &note.plugin).spent.failed += 1,
            Note::EventPatched(note) => {
                let row = &mut row(&mut seen, &note.plugin).spent;
                row.dropped = row.dropped.saturating_add(note.what.dropped);
                row.added = row.added.saturating_add(note.what.added);
                row.changed += u32::from(note.what.dropped > 0 || note.what.added > 0);
            }
            _ => {}
        }
    }
    seen.retain(|row| spent.iter().all(|known| known.name != row.name));
    spent.extend(seen);
    spent
}

fn row<'a>(rows: &'a mut Vec<PluginRow>, name: &Arc<str>) -> &'a mut PluginRow {
    let place = rows.iter().position(|row| row.name == *name);
    let place = place.unwrap_or_else(|| {
        rows.push(PluginRow {
            name: name.clone(),
            spent: Spent::default(),
        });
        rows.len() - 1
    });
    &mut rows[place]
}

/// The new part of the conversation: what the client said since the last answer, what the
/// model wrote, and what went wrong.
fn text(messages: &[conversation::Message], log: &Log, summary: &Summary) -> String {
    let mut text = String::new();
    for news in conversation::news(messages) {
        put(&mut text, news, MOST_TEXT / 2);
    }
    let answer = Answer::of(&log.notes);
    let errors = log.notes.iter().filter_map(|timed| match &timed.note {
        Note::AttemptFailed { error, .. } => Some(error.as_str()),
        Note::PluginFailed(failed) => Some(failed.error.as_str()),
        Note::Warning(warning) => Some(warning.as_str()),
        _ => None,
    });
    let said = [&answer.content, &answer.calls, &answer.reasoning];
    let said = said.into_iter().map(String::as_str);
    for said in errors
        .into_iter()
        .chain(summary.error.as_deref())
        .chain(said)
    {
        put(&mut text, said, MOST_TEXT);
    }
    text
}

/// As much as fits.
fn put(text: &mut String, more: &str, limit: usize) {
    if more.is_empty() || text.len() >= limit {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let end = more.floor_char_boundary(limit.saturating_sub(text.len()));
    text.push_str(&more[..end]);
}
