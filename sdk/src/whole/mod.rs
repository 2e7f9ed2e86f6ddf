//! A whole chat completion as the chunks in which it would have been streamed, and back. So a
//! plugin has one logic for both.

mod apart;
mod merge;
mod together;

#[cfg(test)]
mod tests;

pub(crate) use apart::apart;
pub(crate) use together::together;

const CHUNK: &str = "chat.completion.chunk";
