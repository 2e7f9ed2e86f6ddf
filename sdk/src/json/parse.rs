//! Text to trees, strictly as RFC 8259 has it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Array, Json, Number, Object, Text};

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: u8 = 128;

/// The text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    /// Byte offset of the place.
    pub at: usize,
    pub expected: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not JSON at byte {}: expected {}",
            self.at, self.expected
        )
    }
}

impl core::error::Error for ParseError {}

pub(super) fn parse(text: &str) -> Result<Json<'_>, ParseError> {
    let mut parser = Parser { text, at: 0 };
    let json = parser.value(MAX_DEPTH)?;
    match parser.peek() {
        None => Ok(json),
        Some(_) => parser.expected("the end"),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    fn expected<T>(&self, expected: &'static str) -> Result<T, ParseError> {
        Err(ParseError {
            at: self.at,
            expected,
        })
    }

    fn value(&mut self, depth: u8) -> Result<Json<'a>, ParseError> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::String),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Json::Null),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            _ => self.expected("a value"),
        }
    }

    fn word(&mut self, word: &'static str, json: Json<'a>) -> Result<Json<'a>, ParseError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.expected("a value");
        }
        self.at += word.len();
        Ok(json)
    }

    fn array(&mut self, depth: u8) -> Result<Json<'a>, ParseError> {
        let Some(depth) = depth.checked_sub(1) else {
            return self.expected("less depth");
        };
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(Array::spelled(
                items,
                &self.text[start..self.at],
            )));
        }
        loop {
            items.push(self.value(depth)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(Array::spelled(
                        items,
                        &self.text[start..self.at],
                    )));
                }
                _ => return self.expected("`,` or `]`"),
            }
        }
    }

    fn object(&mut self, depth: u8) -> Result<Json<'a>, ParseError> {
        let Some(depth) = depth.checked_sub(1) else {
            return self.expected("less depth");
        };
        let start = self.at;
        self.at += 1;
        let mut members = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(Object::spelled(
                members,
                &self.text[start..self.at],
            )));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.expected("a member's name");
            }
            let name = self.string()?;
            if self.peek() != Some(b':') {
                return self.expected("`:`");
            }
            self.at += 1;
            members.push((name, self.value(depth)?));
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(Object::spelled(
                        members,
                        &self.text[start..self.at],
                    )));
                }
                _ => return self.expected("`,` or `}`"),
            }
        }
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.byte() {
            self.at += 1;
        }
        if self.at == start {
            return self.expected("a digit");
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Json<'a>, ParseError> {
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(Number::spelled(&self.text[start..self.at])))
    }

    /// At a quote.
    fn string(&mut self) -> Result<Text<'a>, ParseError> {
        self.at += 1;
        let start = self.at;
        self.plain_run();
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Text::verbatim(&self.text[start..self.at - 1]));
        }
        let mut plain = String::new();
        let mut run = start;
        loop {
            self.plain_run();
            plain.push_str(&self.text[run..self.at]);
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => plain.push(self.escape()?),
                Some(_) => return self.expected("no control character in a string"),
                None => return self.expected("the end of the string"),
            }
            run = self.at;
        }
        self.at += 1;
        Ok(Text::escaped(&self.text[start..self.at - 1], plain))
    }

    /// Goes on to the next quote, backslash or control character.
    fn plain_run(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let stop = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
        self.at += rest.iter().position(stop).unwrap_or(rest.len());
    }

    /// At a backslash.
    fn escape(&mut self) -> Result<char, ParseError> {
        self.at += 1;
        let plain = match self.byte() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(same @ (b'"' | b'\\' | b'/')) => same.into(),
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return self.expected("an escape"),
        };
        self.at += 1;
        Ok(plain)
    }

    /// After `\u`. Half of a surrogate pair has no character: it is read as U+FFFD, and
    /// written as it was spelled.
    fn code_point(&mut self) -> Result<char, ParseError> {
        let first = self.hex4()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let after_first = self.at;
        self.at += 2;
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            self.at = after_first;
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let both = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        Ok(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(digit) = self.byte().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.expected("four hexadecimal digits");
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}
