//! The host with real guests: what they may do, what they may not, and that nobody else
//! notices.

mod answer;
mod examples;
mod frozen;
mod hooks;
mod hostile;
mod loading;
mod policy;
mod support;
mod turns;
mod wasi;

/// Every call on a fiber. `tests/direct.rs` has the other way.
const DIRECT: bool = false;
