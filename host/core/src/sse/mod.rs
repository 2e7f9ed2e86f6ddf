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

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;

pub use encode::{DONE, encode, encode_comment, with_end};
pub use framer::{Framer, TooLong};

/// The byte order mark, which says nothing in UTF-8.
pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether bytes can be the beginning of an event stream and of nothing else that answers
/// this API; `None` while there are too few of them.
pub fn looks_like_events(bytes: &[u8]) -> Option<bool> {
    const STARTS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
    let text = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start();
    if STARTS.iter().any(|start| text.starts_with(start)) {
        return Some(true);
    }
    let is_short = STARTS.iter().any(|start| start.starts_with(text)) || BOM.starts_with(bytes);
    (!is_short).then_some(false)
}

/// The data of the event that is this frame.
pub fn data(raw: Bytes) -> Option<ByteString> {
    let mut framer = Framer::new(raw.len());
    framer.push(raw);
    match framer.frame()?.ok()?.kind {
        Kind::Data { data, .. } => Some(data),
        _ => None,
    }
}

/// A block of lines up to and including the blank line that ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// As it came, with all comments, unknown fields and line ends.
    pub raw: Bytes,
    pub kind: Kind,
}

impl Frame {
    /// Where the data stands in `raw`, if it stands there as it is: in one line.
    pub fn place(&self) -> Option<Range<usize>> {
        let Kind::Data { data, .. } = &self.kind else {
            return None;
        };
        let begin = data.as_ptr().addr().checked_sub(self.raw.as_ptr().addr())?;
        let end = begin.checked_add(data.len())?;
        (end <= self.raw.len()).then_some(begin..end)
    }
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
