//! The pass over a request body that finds its top-level members.

mod blocks;

use memchr::memchr2;

use self::blocks::{BLOCK, Blocks};
use super::{BodyError, Member};

/// Deepest nesting that is accepted, the limit that serde_json has as well.
pub const MAX_DEPTH: usize = 128;

/// Call `found` with each member of the object that `text` is.
pub(super) fn members(text: &[u8], mut found: impl FnMut(Member)) -> Result<(), BodyError> {
    let mut scan = Scan { text, at: 0 };
    scan.skip_space();
    if scan.peek() != Some(b'{') {
        return match serde_json::from_slice::<serde::de::IgnoredAny>(text) {
            Ok(_) => Err(BodyError::NotAnObject),
            Err(_) => Err(scan.error("expected `{`")),
        };
    }
    scan.at += 1;
    scan.skip_space();
    if scan.peek() == Some(b'}') {
        scan.at += 1;
    } else {
        loop {
            found(scan.member()?);
            scan.skip_space();
            match scan.peek() {
                Some(b',') => scan.at += 1,
                Some(b'}') => {
                    scan.at += 1;
                    break;
                }
                Some(_) => return Err(scan.error("expected `,` or `}`")),
                None => return Err(scan.error("unexpected end")),
            }
            scan.skip_space();
        }
    }
    scan.skip_space();
    match scan.peek() {
        None => Ok(()),
        Some(_) => Err(scan.error("text after the object")),
    }
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn error(&self, what: &'static str) -> BodyError {
        BodyError::NotJson { what, at: self.at }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn member(&mut self) -> Result<Member, BodyError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in quotes"));
        }
        let start = self.at + 1;
        self.string()?;
        let key = start..self.at - 1;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        self.skip_space();
        let start = self.at;
        self.value()?;
        Ok(Member {
            key,
            value: start..self.at,
        })
    }

    fn value(&mut self) -> Result<(), BodyError> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.nested(),
            Some(_) => self.scalar(),
            None => Err(self.error("unexpected end")),
        }
    }

    /// From the opening quote to behind the closing one.
    fn string(&mut self) -> Result<(), BodyError> {
        let mut at = self.at + 1;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                Some(n) if rest[n] == b'"' => {
                    self.at = at + n + 1;
                    return Ok(());
                }
                Some(n) => at += n + 2,
                None => return Err(self.error("a string that does not end")),
            }
        }
    }

    /// From an opening bracket to behind the one that closes it.
    fn nested(&mut self) -> Result<(), BodyError> {
        let text = self.text;
        let mut open = [0_u8; MAX_DEPTH];
        let mut depth = 0;
        let mut blocks = Blocks::default();
        let mut last_quote = self.at;
        while self.at < text.len() {
            let start = self.at;
            let rest = &text[start..];
            let mut padded = [b' '; BLOCK];
            let block = rest.first_chunk().unwrap_or_else(|| {
                padded[..rest.len()].copy_from_slice(rest);
                &padded
            });
            let mut masks = blocks.next(block);
            if masks.stray != 0 {
                self.at = start + masks.stray.trailing_zeros() as usize;
                return Err(self.error("a backslash outside of a string"));
            }
            if masks.quotes != 0 {
                last_quote = start + masks.quotes.ilog2() as usize;
            }
            while masks.brackets != 0 {
                let byte = masks.brackets.trailing_zeros() as usize;
                masks.brackets &= masks.brackets - 1;
                self.at = start + byte;
                match block[byte] {
                    opener @ (b'{' | b'[') => {
                        if depth == MAX_DEPTH {
                            return Err(self.error("nesting too deep"));
                        }
                        // `}` and `]` stand two places behind their openers.
                        open[depth] = opener + 2;
                        depth += 1;
                    }
                    closer => {
                        if open[depth - 1] != closer {
                            return Err(self.error("brackets that do not match"));
                        }
                        depth -= 1;
                        if depth == 0 {
                            self.at += 1;
                            return Ok(());
                        }
                    }
                }
            }
            self.at = start + BLOCK;
        }
        if blocks.in_string() {
            self.at = last_quote;
            return Err(self.error("a string that does not end"));
        }
        self.at = text.len();
        Err(self.error("unexpected end"))
    }

    /// A number or a literal.
    fn scalar(&mut self) -> Result<(), BodyError> {
        let start = self.at;
        while let Some(byte) = self.peek() {
            if matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                break;
            }
            self.at += 1;
        }
        if is_scalar(&self.text[start..self.at]) {
            return Ok(());
        }
        self.at = start;
        Err(self.error("expected a value"))
    }
}

fn is_scalar(text: &[u8]) -> bool {
    match text {
        b"true" | b"false" | b"null" => true,
        // Most numbers.
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => true,
        _ => serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok(),
    }
}
