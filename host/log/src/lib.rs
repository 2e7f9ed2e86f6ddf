//! What happened, on disk: the request log. Knows files, knows no socket and no plugin.
//!
//! [`text`] is the form of a log, [`record`] writes logs while exchanges run.

pub mod record;
pub mod text;

#[cfg(test)]
mod tests;
