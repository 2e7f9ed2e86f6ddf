//! Server-sent events: bytes to frames, frames to bytes.
//!
//! A [`Frame`] keeps the bytes it came in, so that what nobody changed leaves as it came.
//! The rules are those of the WHATWG specification ("Server-sent events", section 9.2.6):
//! LF, CRLF or CR end a line, `data:` lines are joined by line feeds, one leading space of
//! a value is dropped, a byte order mark at the very beginning is ignored.

mod encode;
mod framer;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use bytestring::ByteString;

pub use encode::{DONE, encode, encode_comment};
pub use framer::{Framer, TooLong};

/// A block of lines up to and including the blank line that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// As it came, with all comments, unknown fields and line ends.
    pub raw: Bytes,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An event with a `data:` field.
    Data {
        name: Option<ByteString>,
        data: ByteString,
    },
    /// `data: [DONE]`.
    Done,
    /// Comments only, or fields without data (`id:`, `retry:`, `event:` alone).
    Comment,
    /// Data that is not UTF-8.
    Unreadable,
}
