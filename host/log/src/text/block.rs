//! Bytes as lines of text, exactly. A block line is a mark, a space and text:
//!
//! - `| text` stands for the text and a newline,
//! - `. text` stands for the text alone; the next line goes on where it ends,
//! - `\|` and `\.` are the same with escapes in the text (`\\`, `\n`, `\r`, `\t`, `\xNN`), used
//!   where there are control characters or bytes that are not UTF-8.

use memchr::{memchr, memmem};

/// Append `bytes` as block lines. `sign` goes before each mark.
pub fn put(out: &mut Vec<u8>, sign: &str, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        match memchr(b'\n', rest) {
            Some(end) => {
                put_line(out, sign, b'|', &rest[..end]);
                rest = &rest[end + 1..];
            }
            None => {
                put_pieces(out, sign, rest);
                rest = &[];
            }
        }
    }
}

/// Append what a block line stands for to `into`; false if the line is none.
pub fn take(line: &[u8], into: &mut Vec<u8>) -> bool {
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(line) => (true, line),
        None => (false, line),
    };
    let (newline, text) = match line {
        [b'|', b' ', text @ ..] => (true, text),
        [b'.', b' ', text @ ..] => (false, text),
        // An editor may have taken the space at the end of the line.
        [b'|'] => (true, &[][..]),
        _ => return false,
    };
    match escaped {
        true => into.extend(unescape(text)),
        false => into.extend_from_slice(text),
    }
    if newline {
        into.push(b'\n');
    }
    true
}

/// Whether the bytes can stand in a line as they are.
pub fn is_clean(bytes: &[u8]) -> bool {
    // Without a branch per byte, so that the compiler can vectorise it. Mostly all is ASCII.
    let (mut control, mut beyond) = (false, false);
    for &b in bytes {
        control |= (b < 0x20 && b != b'\t') | (b == 0x7f);
        beyond |= b >= 0x80;
    }
    !control && (!beyond || std::str::from_utf8(bytes).is_ok())
}

/// Append a value that ends with its line. Text without backslashes and control characters
/// stays as it is.
pub fn escape(out: &mut Vec<u8>, bytes: &[u8]) {
    if is_clean(bytes) && memchr(b'\\', bytes).is_none() && memchr(b'\t', bytes).is_none() {
        return out.extend_from_slice(bytes);
    }
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                '\0'..'\x20' | '\x7f' => put_hex(out, c as u8),
                _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for &byte in chunk.invalid() {
            put_hex(out, byte);
        }
    }
}

/// The reverse of [`escape`]. An escape that it would not write stays as it is.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let (byte, used) = match rest {
            [b'\\', ..] => (b'\\', 1),
            [b'n', ..] => (b'\n', 1),
            [b'r', ..] => (b'\r', 1),
            [b't', ..] => (b'\t', 1),
            [b'x', high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (b'\\', 0),
            },
            _ => (b'\\', 0),
        };
        out.push(byte);
        rest = &rest[used..];
    }
    out.extend_from_slice(rest);
    out
}

/// A last line without a newline. JSON mostly is one; it is broken before each message, tool
/// and content part, so that a person can read it.
fn put_pieces(out: &mut Vec<u8>, sign: &str, text: &[u8]) {
    /// Shorter pieces are not worth a line.
    const SHORTEST: usize = 40;
    let mut from = 0;
    for at in memmem::find_iter(text, b"{\"") {
        let word = &text[at + 2..];
        let in_array = matches!(text[..at].trim_ascii_end().last(), Some(b'[' | b','));
        let begins = word.starts_with(b"role\"") || word.starts_with(b"type\"");
        if begins && in_array && at - from >= SHORTEST {
            put_line(out, sign, b'.', &text[from..at]);
            from = at;
        }
    }
    put_line(out, sign, b'.', &text[from..]);
}

fn put_line(out: &mut Vec<u8>, sign: &str, mark: u8, text: &[u8]) {
    out.extend_from_slice(sign.as_bytes());
    if is_clean(text) {
        out.extend_from_slice(&[mark, b' ']);
        out.extend_from_slice(text);
    } else {
        out.extend_from_slice(&[b'\\', mark, b' ']);
        escape(out, text);
    }
    out.push(b'\n');
}

fn put_hex(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend_from_slice(&[
        b'\\',
        b'x',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]);
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|d| d as u8)
}
