//! The words that stand for values in a log, in both directions: [`super::format`] writes them,
//! [`super::parse`] reads them.

use yallmp_core::chain::{EndReason, Level};
use yallmp_core::config::LogLevel;
use yallmp_core::tape::Outcome;

pub const LEVELS: [LogLevel; 3] = [LogLevel::Off, LogLevel::Metadata, LogLevel::Full];

pub const OUTCOMES: [Outcome; 3] = [Outcome::Success, Outcome::Error, Outcome::Cancelled];

pub const REASONS: [EndReason; 4] = [
    EndReason::Done,
    EndReason::EndOfInput,
    EndReason::UpstreamError,
    EndReason::Cancelled,
];

pub const SEVERITIES: [Level; 4] = [Level::Debug, Level::Info, Level::Warn, Level::Error];

pub fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Off => "off",
        LogLevel::Metadata => "metadata",
        LogLevel::Full => "full",
    }
}

pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Error => "error",
        Outcome::Cancelled => "cancelled",
    }
}

pub fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Done => "done",
        EndReason::EndOfInput => "end-of-input",
        EndReason::UpstreamError => "upstream-error",
        EndReason::Cancelled => "cancelled",
    }
}

pub fn severity(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

/// The one of `all` values that this word stands for.
pub fn meaning<T: Copy>(
    word: &str,
    all: &[T],
    word_of: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.iter().find(|value| word_of(**value) == word);
    found
        .copied()
        .ok_or_else(|| format!("`{word}` is not known here"))
}
