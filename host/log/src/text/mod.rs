//! The text of a log file, `docs/log-format.md`: [`format`] writes it, [`parse`] reads it, both with
//! the same [`words`].

mod block;
pub mod format;
mod lines;
pub mod parse;
mod splice;
pub mod words;
