//! What happened, on disk: the request log. Knows files, knows no socket and no plugin.
//!
//! [`text`] is the form of a log, [`record`] writes logs while exchanges run, [`live`] shows them
//! meanwhile, [`index`] finds them again, [`trace`] makes values of them.

pub mod index;
pub mod live;
pub mod record;
pub mod text;
pub mod trace;

#[cfg(test)]
mod tests;
