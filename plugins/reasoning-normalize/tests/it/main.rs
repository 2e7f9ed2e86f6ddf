//! The plugin as the proxy runs it, natively.

mod calls;
mod fixtures;
mod interest;
mod last_message;
mod properties;
mod request;
mod support;
mod targets;
