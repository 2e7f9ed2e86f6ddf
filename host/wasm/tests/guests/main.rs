//! The host with real guests: what they may do, what they may not, and that nobody else
//! notices.

mod deployment;
mod hooks;
mod hostile;
mod loading;
mod support;
mod wasi;
