//! The end of a log whose exchange cannot write one any more.

use http::StatusCode;
use memchr::memrchr;
use yallmp_core::tape::{End, Note, Outcome, Timed};

use crate::text::format::{self, Bases};
use crate::text::parse;

/// A torn log up to its last whole line.
pub fn whole_lines(text: &[u8]) -> &[u8] {
    memrchr(b'\n', text).map_or(&[], |end| &text[..=end])
}

/// The text of an end that says what the log itself still tells.
pub fn end(text: &[u8]) -> Vec<u8> {
    let notes = parse::parse(text).map(|log| log.notes).unwrap_or_default();
    let at = notes.last().map(|timed| timed.at).unwrap_or_default();
    let mut end = End {
        outcome: Outcome::Error,
        reason: None,
        status: StatusCode::from_u16(499).expect("499 is a status"),
        error: Some("interrupted: the proxy stopped before the exchange ended".into()),
        deployment: None,
        attempts: 0,
        events_in: 0,
        events_out: 0,
        bytes_out: 0,
        usage: None,
        first_event: None,
        total: at,
        notes_dropped: 0,
        plugins: Vec::new(),
    };
    let mut status = end.status;
    for timed in &notes {
        match &timed.note {
            Note::Attempt(attempt) => {
                end.attempts = attempt.number;
                end.deployment = Some(attempt.deployment.clone());
            }
            Note::Head { status: seen, .. } => status = *seen,
            Note::Committed => end.status = status,
            Note::EventIn { number, .. } if *number > 0 => end.events_in += 1,
            _ => {}
        }
    }
    let mut out = Vec::new();
    let note = Note::End(Box::new(end));
    format::put_note(&mut out, &mut Bases::default(), &Timed { at, note });
    out
}
