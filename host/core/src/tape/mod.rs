//! What the log hears of an exchange. Making a note costs reference counts, never a copy
//! of a body; writing happens elsewhere and is never waited for.
//!
//! [`Note`] says what can be heard, [`Tape`] gathers the notes of one exchange and packs
//! [`Frames`], a [`Sink`] takes them away, [`mask`] hides secrets before they become a note.

mod frames;
pub mod mask;
mod note;
mod recorder;

pub use frames::{Entry, Frames, Like, each_frame};
pub use note::*;
pub use recorder::Tape;

use std::sync::Arc;
use std::time::SystemTime;

use crate::config::LogLevel;

/// Where notes go. `append` must not block; a sink that cannot keep up drops and counts.
pub trait Sink: Send + Sync {
    /// Notes of one exchange, in order. The first batch begins with `Note::Request`; the
    /// last one ends with `Note::End`. Returned are notes that are done with, perhaps of
    /// another exchange: their memory serves for the next ones.
    fn append(&self, exchange: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>>;

    /// Whether somebody looks on while exchanges run. Notes then come before each wait for a
    /// backend, and not in large batches. Asked often, so it must be cheap.
    fn is_watched(&self) -> bool {
        false
    }
}

/// A sink that keeps nothing, for when the log is switched off.
pub struct Discard;

impl Sink for Discard {
    fn append(&self, _exchange: &Arc<ExchangeMeta>, _entries: Vec<Entry>) -> Option<Vec<Entry>> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeMeta {
    pub id: Arc<str>,
    pub started: SystemTime,
    /// As the client asked for it; used in the file name after cleaning.
    pub model: Arc<str>,
    pub level: LogLevel,
}
