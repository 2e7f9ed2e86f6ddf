//! Values as Python writes them (and Gemma, which has quotes of its own), turned into JSON as
//! they arrive: strings character by character, other values when they are over.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use super::{End, Match, Sink, first_of, matches, quoted};
use crate::text::quote;

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

/// A word, number or expression that is longer than this is none.
const MAX_WORD: usize = 4096;

const PYTHON_QUOTES: [&str; 4] = ["'''", "\"\"\"", "'", "\""];

/// Reads one value, in pieces cut anywhere.
#[derive(Debug)]
pub struct Literal {
    /// What strings stand between beside Python's quotes, without escapes.
    raw: Option<&'static str>,
    /// What is open; true: a dictionary.
    stack: Vec<bool>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Before an item of a list, or the value of a member, or the only value.
    Value,
    /// In a list, before an item or the end. `first`: no item was read.
    Item {
        first: bool,
    },
    /// In a dictionary, before a key or the end.
    Key {
        first: bool,
    },
    Colon,
    /// In a string that ends so. `plain`: nothing in it is escaped.
    Text {
        quote: &'static str,
        plain: bool,
        key: bool,
    },
    AfterValue,
    Over,
    Broken,
}

/// How far a value was read, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    More(usize),
    Over(usize),
    /// What follows is no value.
    Broken(usize),
}

impl Literal {
    pub fn new(raw: Option<&'static str>) -> Self {
        Literal {
            raw,
            stack: Vec::new(),
            state: State::Value,
        }
    }

    /// Reads on, and hands the JSON on.
    pub fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Read {
        let mut at = 0;
        loop {
            match self.state {
                State::Over => return Read::Over(at),
                State::Broken => return Read::Broken(at),
                _ => {}
            }
            match self.step(&text[at..], end, sink) {
                Some(taken) => at += taken,
                None => return Read::More(at),
            }
        }
    }

    /// Takes some bytes. None: more text is needed.
    fn step(&mut self, text: &str, end: End, sink: &mut Sink) -> Option<usize> {
        if let State::Text { quote, plain, key } = self.state {
            let (taken, closed) = quoted::read(text, quote, plain, end, sink);
            if closed {
                sink.args("\"");
                self.state = State::Colon;
                if !key {
                    self.after_value();
                }
            }
            return (closed || taken > 0).then_some(taken);
        }
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        let first = rest.chars().next()?;
        let taken = match (self.state, first) {
            (State::AfterValue, ',') => {
                self.state = match self.stack.last() {
                    Some(true) => State::Key { first: false },
                    _ => State::Item { first: false },
                };
                1
            }
            (State::AfterValue | State::Item { .. } | State::Key { .. }, ')' | ']' | '}') => {
                self.close(sink);
                1
            }
            (State::Colon, ':') => {
                sink.args(":");
                self.state = State::Value;
                1
            }
            (State::AfterValue | State::Colon, _) => {
                self.state = State::Broken;
                0
            }
            (State::Key { first }, _) => {
                return self.key(rest, first, end, sink).map(|n| n + space);
            }
            (State::Item { first: false }, _) => {
                sink.args(",");
                self.state = State::Value;
                0
            }
            _ => return self.value(rest, end, sink).map(|n| n + space),
        };
        Some(space + taken)
    }

    fn after_value(&mut self) {
        self.state = match self.stack.is_empty() {
            true => State::Over,
            false => State::AfterValue,
        };
    }

    fn open(&mut self, dictionary: bool, sink: &mut Sink) {
        sink.args(if dictionary { "{" } else { "[" });
        self.stack.push(dictionary);
        self.state = match dictionary {
            _ if self.stack.len() > MAX_DEPTH => State::Broken,
            true => State::Key { first: true },
            false => State::Item { first: true },
        };
    }

    fn close(&mut self, sink: &mut Sink) {
        sink.args(match self.stack.pop() {
            Some(true) => "}",
            _ => "]",
        });
        self.after_value();
    }

    fn key(&mut self, rest: &str, first: bool, end: End, sink: &mut Sink) -> Option<usize> {
        let (quote, length) = self.opening(rest, end)?;
        let comma = if first { "" } else { "," };
        if let Some((quote, plain)) = quote {
            sink.args(comma);
            sink.args("\"");
            self.state = State::Text {
                quote,
                plain,
                key: true,
            };
            return Some(length);
        }
        let Some(word) = word(rest, &[':', ',', '}'], end) else {
            return self.wait(rest, end);
        };
        sink.args(comma);
        sink.args(&self::quote(word.trim()));
        self.state = State::Colon;
        Some(word.len())
    }

    fn value(&mut self, rest: &str, end: End, sink: &mut Sink) -> Option<usize> {
        let (quote, length) = self.opening(rest, end)?;
        if let Some((quote, plain)) = quote {
            sink.args("\"");
            self.state = State::Text {
                quote,
                plain,
                key: false,
            };
            return Some(length);
        }
        let dictionary = rest.starts_with('{');
        if dictionary || rest.starts_with(['[', '(']) {
            self.open(dictionary, sink);
            return Some(1);
        }
        let Some(word) = word(rest, &[',', ')', ']', '}'], end) else {
            return self.wait(rest, end);
        };
        sink.args(&json(word.trim()));
        self.after_value();
        Some(word.len())
    }

    /// The end of a word is not there. None: it may come yet.
    fn wait(&mut self, rest: &str, end: End) -> Option<usize> {
        if rest.len() > MAX_WORD || end.is_here() {
            self.state = State::Broken;
            return Some(0);
        }
        None
    }

    /// The quote that a string begins with here, whether it is plain, and the length of the
    /// beginning. None: more text is needed.
    fn opening(&self, rest: &str, end: End) -> Option<(Option<(&'static str, bool)>, usize)> {
        let begun = |found| found == Match::Begun && !end.is_here();
        if let Some(raw) = self.raw {
            match matches(rest, raw) {
                Match::Yes => return Some((Some((raw, true)), raw.len())),
                found if begun(found) => return None,
                _ => {}
            }
        }
        let prefix =
            rest.find(|c: char| !matches!(c, 'r' | 'R' | 'b' | 'B' | 'f' | 'F' | 'u' | 'U'));
        let prefix = match prefix {
            Some(length) if length <= 2 => length,
            None if rest.len() <= 2 && !end.is_here() => return None,
            _ => 0,
        };
        let is_plain = rest[..prefix].contains(['r', 'R']);
        let rest = &rest[prefix..];
        // Two quotes may be an empty string or the beginning of three.
        let shorter = matches!(rest, "'" | "''" | "\"" | "\"\"");
        if shorter && !end.is_here() {
            return None;
        }
        match first_of(rest, &PYTHON_QUOTES) {
            Ok(quote) => Some((Some((quote, is_plain)), prefix + quote.len())),
            Err(_) => Some((None, 0)),
        }
    }
}

/// The text up to one of the characters outside of brackets. None: none of them is there.
fn word<'t>(text: &'t str, until: &[char], end: End) -> Option<&'t str> {
    let mut depth = 0u32;
    for (at, c) in text.char_indices().take_while(|(at, _)| *at <= MAX_WORD) {
        match c {
            c if depth == 0 && until.contains(&c) => return Some(&text[..at]),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (end == End::Clean && text.len() <= MAX_WORD).then_some(text)
}

/// The JSON of a word: what it names, a number, else a string.
fn json(word: &str) -> String {
    match word {
        "True" | "true" => "true".into(),
        "False" | "false" => "false".into(),
        "None" | "null" | "" => "null".into(),
        _ => {
            let digits = word.strip_prefix('+').unwrap_or(word).replace('_', "");
            match Json::parse(&digits) {
                Ok(Json::Number(_)) => digits,
                _ => quote(word),
            }
        }
    }
}
