//! The text of a log file, `docs/log-format.md`: [`format`] writes it, [`parse`] reads it.

mod block;
pub mod format;
mod lines;
pub mod parse;
mod splice;
