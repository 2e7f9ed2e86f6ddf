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
        self.read_members(text, |_, _| true)
    }

    /// As `read`; `member` is asked at the start of the value of each member of the
    /// outermost object, with the name as spelled and the value's first byte. The text counts
    /// as broken from where it says no.
    pub fn read_members(&mut self, text: &str, mut member: impl FnMut(&str, u8) -> bool) -> usize {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.status() == Status::Open {
            let byte = bytes[at];
            match self.state {
                State::String { key } => {
                    let stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
                    let run = bytes[at..].iter().position(stop);
                    let end = run.map_or(bytes.len(), |run| at + run);
                    if key && self.stack.len() == 1 {
                        self.key.push_str(&text[at..end]);
                    }
                    at = end;
                    match bytes.get(at) {
                        None => break,
                        Some(b'"') if key => self.state = State::Colon,
                        Some(b'"') => self.after_value(),
                        Some(b'\\') => self.state = State::Escape { key },
                        Some(_) => {
                            self.state = State::Broken;
                            break;
                        }
                    }
                    at += 1;
                }
                State::Number(number) => match number.next(byte) {
                    Some(next) => {
                        self.state = State::Number(next);
                        at += 1;
                    }
                    None if number.is_whole() => self.after_value(),
                    None => self.state = State::Broken,
                },
                _ => {
                    let starts_value = !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
                        && self.state == State::Value
                        && self.stack.as_slice() == [true];
                    if starts_value && !member(&self.key, byte) {
                        self.state = State::Broken;
                    } else if self.step(byte) {
                        at += 1;
                    }
                }
            }
        }
        at
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
            (_, b' ' | b'\t' | b'\n' | b'\r') => {}
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

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
