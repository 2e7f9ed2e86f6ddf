//! Calls as a programming language writes them, in a list, one a line or between tags:
//!
//! ```text
//! OPENER [NAME(KEY=VALUE, …), …] CLOSER
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::json_args::up_to;
use super::literal::{Literal, Read};
use super::{End, Go, MAX_NAME, Match, Reader, Sink, Step, first_of, run, split_name};
use crate::text::quote;

/// What formats of this kind differ in.
pub struct Style {
    /// What may stand before the first call.
    pub open: &'static [&'static str],
    /// What ends the block; it need not be there.
    pub close: &'static [&'static str],
    /// What stands right before the name of each call; may be missing unless it is all of `open`.
    pub before_name: &'static [&'static str],
    pub brackets: (char, char),
    pub assigns: char,
    /// What strings stand between, beside Python's quotes.
    pub raw: Option<&'static str>,
}

impl Style {
    pub const PYTHON: Style = Style {
        open: &[],
        close: &[],
        before_name: &["print("],
        brackets: ('(', ')'),
        assigns: '=',
        raw: None,
    };
}

/// Makes a reader of a style.
macro_rules! literals {
    ($style:expr) => {
        || $crate::formats::literals::reader(&$style)
    };
}
pub(super) use literals;

pub fn reader(style: &'static Style) -> Box<dyn Reader> {
    Box::new(Calls {
        style,
        at: At::Head,
        in_list: false,
        count: 0,
    })
}

struct Calls {
    style: &'static Style,
    at: At,
    /// The calls stand in a list that is open.
    in_list: bool,
    /// How many arguments the call has so far.
    count: usize,
}

enum At {
    Head,
    /// Before an argument, or the end of the call.
    Argument,
    Value(Literal),
    /// What cannot be read goes on as it stands.
    Broken,
    /// After a call.
    Tail,
}

/// More before the first argument than this is no head.
const MAX_HEAD: usize = 512;

/// What stands between calls.
const BETWEEN: [char; 6] = [',', ';', ' ', '\t', '\r', '\n'];

impl Reader for Calls {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end, sink),
            At::Argument => self.argument(rest, end, sink),
            At::Value(literal) => match literal.read(rest, end, sink) {
                Read::More(taken) => Go::Stop(Step::More(taken)),
                Read::Over(taken) => {
                    self.at = At::Argument;
                    Go::On(taken)
                }
                Read::Broken(taken) => {
                    self.at = At::Broken;
                    Go::On(taken)
                }
            },
            At::Broken => {
                let (safe, over) = up_to(rest, &[self.style.close], end);
                sink.args(&rest[..safe]);
                if over {
                    sink.end();
                    self.at = At::Tail;
                    return Go::On(safe);
                }
                Go::Stop(Step::More(safe))
            }
            At::Tail => self.tail(rest, end),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        self.style.close.to_vec()
    }
}

impl Calls {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let undecided = |found: Match| match found {
            Match::Begun if !end.is_here() && text.len() <= MAX_HEAD => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        };
        let mut rest = text.trim_start_matches(BETWEEN);
        if let Ok(tag) = first_of(rest, self.style.open) {
            rest = rest[tag.len()..].trim_start();
        }
        let in_list = rest.starts_with('[');
        if in_list {
            rest = rest[1..].trim_start();
        }
        match first_of(rest, self.style.before_name) {
            Ok(tag) => rest = &rest[tag.len()..],
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(_) => {}
        }
        let (name, after) = split_name(rest);
        let body = after.trim_start();
        if name.len() > MAX_NAME || name.is_empty() && !body.is_empty() {
            return Go::Stop(Step::Not);
        }
        match body.chars().next() {
            None => undecided(Match::Begun),
            Some(c) if c == self.style.brackets.0 && sink.start(name, None) => {
                self.in_list |= in_list;
                self.count = 0;
                self.at = At::Argument;
                Go::On(text.len() - body.len() + 1)
            }
            Some(_) => undecided(Match::No),
        }
    }

    fn argument(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start_matches(BETWEEN);
        let skipped = text.len() - rest.len();
        if rest.is_empty() {
            return Go::Stop(Step::More(if end.is_here() { skipped } else { 0 }));
        }
        if rest.starts_with(self.style.brackets.1) {
            sink.args(if self.count == 0 { "{}" } else { "}" });
            sink.end();
            self.at = At::Tail;
            return Go::On(skipped + 1);
        }
        let (key, after) = split_key(rest);
        let value = after.trim_start();
        let mut name = None;
        match value.chars().next() {
            None if !end.is_here() && key.len() <= MAX_NAME => return Go::Stop(Step::More(0)),
            Some(c) if c == self.style.assigns && !key.is_empty() => name = Some(key),
            _ => {}
        }
        let by_place = || sink.argument_at(self.count);
        let Some(name) = name.map(Into::into).or_else(by_place) else {
            self.at = At::Broken;
            return Go::On(skipped);
        };
        let taken = match value.strip_prefix(self.style.assigns) {
            Some(value) if !key.is_empty() => text.len() - value.len(),
            _ => skipped,
        };
        sink.args(if self.count == 0 { "{" } else { "," });
        sink.args(&quote(&name));
        sink.args(":");
        self.count += 1;
        self.at = At::Value(Literal::new(self.style.raw));
        Go::On(taken)
    }

    /// Another call, or the end of the block.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start_matches(|c| c == ')' || BETWEEN.contains(&c));
        let skipped = text.len() - rest.len();
        if self.in_list && rest.starts_with(']') {
            self.in_list = false;
            let taken = skipped + 1;
            return match self.style.close {
                [] => Go::Stop(Step::Done(taken)),
                _ => Go::On(taken),
            };
        }
        match first_of(rest, self.style.close) {
            Ok(close) => return Go::Stop(Step::Done(skipped + close.len())),
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(_) => {}
        }
        let before = self
            .style
            .before_name
            .iter()
            .any(|before| rest.starts_with(before));
        let named = self.in_list || !self.style.close.is_empty() || self.style.open.is_empty();
        if before || named && rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            self.at = At::Head;
            return Go::Stop(Step::Next(text.len() - text.trim_start_matches(')').len()));
        }
        if rest.is_empty() && self.in_list && !end.is_here() {
            return Go::Stop(Step::More(0));
        }
        Go::Stop(Step::Done(0))
    }
}

/// The name of an argument, perhaps in quotes, and what follows.
fn split_key(text: &str) -> (&str, &str) {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len()))
}
