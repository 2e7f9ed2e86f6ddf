//! The plugin as the proxy runs it, natively.

mod auto;
mod fixtures;
mod left;
mod properties;
mod settings;
mod speed;
mod spellings;
mod support;
