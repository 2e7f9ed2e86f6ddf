//! Frames to bytes.

use bytes::Bytes;

/// The frame that ends a stream.
pub const DONE: Bytes = Bytes::from_static(b"data: [DONE]\n\n");

/// An event with one line of data for each line of `data`.
pub fn encode(name: Option<&str>, data: &str) -> Bytes {
    let mut out = Vec::with_capacity(data.len() + name.map_or(0, str::len) + 24);
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend(name.bytes().filter(|b| !matches!(b, b'\r' | b'\n')));
        out.push(b'\n');
    }
    for line in data.split(['\n', '\r']) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
    out.into()
}

/// The bytes of a frame whose blank line, or last line end, was forgotten, with it.
pub fn with_end(raw: &[u8]) -> Bytes {
    let end: &[u8] = match raw.last() {
        Some(b'\n') => b"\n",
        // Behind a CR the first LF is a part of its line end.
        _ => b"\n\n",
    };
    [raw, end].concat().into()
}

/// A comment, which clients ignore.
pub fn encode_comment(text: &str) -> Bytes {
    Bytes::from(format!(": {}\n\n", text.replace(['\r', '\n'], " ")))
}
