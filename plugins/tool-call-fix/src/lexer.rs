//! JSON read as it arrives: says where a value ends and where text stops being JSON.

use alloc::string::String;
use alloc::vec::Vec;

/// How deep arrays and objects may be nested; what is deeper counts as broken.
const MAX_DEPTH: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// JSON so far, and not over.
    Open,
    /// One whole value.
    Complete,
    /// Not JSON.
    Broken,
}

/// Reads one value, in pieces cut anywhere.
#[derive(Debug)]
pub struct Lexer {
    /// What is open; true: an object.
    stack: Vec<bool>,
    state: State,
    /// The name of the last member of the outermost object, as spelled.
    key: String,
}

/// What a lexer comes across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member<'l> {
    /// The value of the member of this name (as spelled) begins, with this byte.
    Begins { name: &'l str, first: u8 },
    /// It is over.
    Ends,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Value,
    /// After `[`.
    FirstItem,
    /// After `{`.
    FirstKey,
    /// After a comma in an object.
    Key,
    Colon,
    AfterValue,
    String {
        key: bool,
    },
    Escape {
        key: bool,
    },
    Hex {
        key: bool,
        left: u8,
    },
    Number(Number),
    Word(&'static [u8]),
    Done,
    Broken,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    fn next(self, byte: u8) -> Option<Number> {
        use Number::*;
        Some(match (self, byte) {
            (Minus, b'0') => Zero,
            (Minus, b'1'..=b'9') | (Integer, b'0'..=b'9') => Integer,
            (Zero | Integer, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Integer | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            _ => return None,
        })
    }

    fn is_whole(self) -> bool {
        use Number::*;
        matches!(self, Zero | Integer | Fraction | ExponentDigits)
    }
}

impl Default for Lexer {
    fn default() -> Self {
        Lexer {
            stack: Vec::new(),
            state: State::Value,
            key: String::new(),
        }
    }
}

impl Lexer {
    pub fn status(&self) -> Status {
        match self.state {
            State::Done => Status::Complete,
            State::Broken => Status::Broken,
            _ => Status::Open,
        }
    }

    /// Whether the last bytes may yet have to be taken back, should the text turn out to be
    /// broken: a quote that was none, a comma before a closer, an escape or a word begun.
    pub fn is_tentative(&self) -> bool {
        !matches!(
            self.state,
            State::String { .. } | State::FirstKey | State::FirstItem | State::Done
        )
    }

    /// Reads `text` until the value is over or broken; returns how many bytes belong to it.
    pub fn read(&mut self, text: &str) -> usize {
        self.read_members(text, |_, _| {})
    }

    /// As `read`; `member` hears where in `text` the values of the outermost object's members
    /// begin and end.
    pub fn read_members(&mut self, text: &str, mut member: impl FnMut(Member<'_>, usize)) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.status() == Status::Open {
            let before = self.state;
            if before == State::Value && self.stack.as_slice() == [true] && !is_blank(bytes[at]) {
                let name = &self.key;
                let first = bytes[at];
                member(Member::Begins { name, first }, at);
            }
            let was_after = self.is_after_member();
            at += self.take(&text[at..]);
            if self.is_after_member() && !was_after {
                member(Member::Ends, at);
            }
        }
        at
    }

    fn is_after_member(&self) -> bool {
        self.state == State::AfterValue && self.stack.as_slice() == [true]
    }

    /// Takes some bytes off the text, which is not empty. None if they end or break the value.
    fn take(&mut self, text: &str) -> usize {
        let bytes = text.as_bytes();
        match self.state {
            State::String { key } => {
                let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
                let run = bytes.iter().position(stop).unwrap_or(bytes.len());
                if key && self.stack.len() == 1 {
                    self.key.push_str(&text[..run]);
                }
                match bytes.get(run) {
                    None => return run,
                    Some(b'"') if key => self.state = State::Colon,
                    Some(b'"') => self.after_value(),
                    Some(b'\\') => self.state = State::Escape { key },
                    Some(_) => {
                        self.state = State::Broken;
                        return run;
                    }
                }
                run + 1
            }
            State::Number(number) => match number.next(bytes[0]) {
                Some(next) => {
                    self.state = State::Number(next);
                    1
                }
                None => {
                    if number.is_whole() {
                        self.after_value();
                    } else {
                        self.state = State::Broken;
                    }
                    0
                }
            },
            _ => usize::from(self.step(bytes[0])),
        }
    }

    fn after_value(&mut self) {
        self.state = if self.stack.is_empty() {
            State::Done
        } else {
            State::AfterValue
        };
    }

    fn open(&mut self, object: bool) {
        self.stack.push(object);
        self.state = match object {
            _ if self.stack.len() > MAX_DEPTH => State::Broken,
            true => State::FirstKey,
            false => State::FirstItem,
        };
    }

    fn close(&mut self, object: bool) {
        if self.stack.pop() == Some(object) {
            self.after_value();
        } else {
            self.state = State::Broken;
        }
    }

    /// One byte outside of strings and numbers. False: the byte is not taken.
    fn step(&mut self, byte: u8) -> bool {
        match (self.state, byte) {
            (State::Escape { key }, b'u') => self.state = State::Hex { key, left: 4 },
            (State::Escape { key }, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                if key {
                    self.key.push('\\');
                }
                self.state = State::String { key };
            }
            (State::Hex { key, left }, byte) if byte.is_ascii_hexdigit() => {
                self.state = match left {
                    1 => State::String { key },
                    _ => State::Hex {
                        key,
                        left: left - 1,
                    },
                };
            }
            (State::Word([first, rest @ ..]), byte) if *first == byte => match rest {
                [] => self.after_value(),
                _ => self.state = State::Word(rest),
            },
            (State::Escape { .. } | State::Hex { .. } | State::Word(_), _) => {
                self.state = State::Broken;
            }
            (_, byte) if is_blank(byte) => {}
            (State::FirstItem, b']') => self.close(false),
            (State::Value | State::FirstItem, byte) => match byte {
                b'{' => self.open(true),
                b'[' => self.open(false),
                b'"' => self.state = State::String { key: false },
                b't' => self.state = State::Word(b"rue"),
                b'f' => self.state = State::Word(b"alse"),
                b'n' => self.state = State::Word(b"ull"),
                b'-' => self.state = State::Number(Number::Minus),
                b'0' => self.state = State::Number(Number::Zero),
                b'1'..=b'9' => self.state = State::Number(Number::Integer),
                _ => self.state = State::Broken,
            },
            (State::FirstKey | State::Key, b'"') => {
                self.state = State::String { key: true };
                if self.stack.len() == 1 {
                    self.key.clear();
                }
            }
            (State::FirstKey, b'}') => self.close(true),
            (State::Colon, b':') => self.state = State::Value,
            (State::AfterValue, b',') => {
                self.state = match self.stack.last() {
                    Some(true) => State::Key,
                    _ => State::Value,
                };
            }
            (State::AfterValue, b'}') => self.close(true),
            (State::AfterValue, b']') => self.close(false),
            _ => self.state = State::Broken,
        }
        self.state != State::Broken
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
