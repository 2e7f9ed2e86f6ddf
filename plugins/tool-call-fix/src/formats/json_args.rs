//! Arguments that stand as JSON in the text.

use super::{End, Match, Sink, matches};
use crate::lexer::{Lexer, Status};

/// Hands arguments on as they come, up to the end of the value; if they are broken, up to the
/// first of some tags, for the repair to make sense of.
#[derive(Debug, Default)]
pub struct JsonArgs {
    begun: bool,
    lexer: Lexer,
    broken: bool,
}

/// How far arguments were read, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    More(usize),
    Over(usize),
}

impl JsonArgs {
    pub fn read(&mut self, text: &str, enders: &[&[&str]], end: End, sink: &mut Sink) -> Read {
        let mut at = 0;
        if !self.begun {
            at = text.len() - text.trim_start().len();
            self.begun = at < text.len();
        }
        if !self.broken {
            let read = self.lexer.read(&text[at..]);
            sink.args(&text[at..at + read]);
            at += read;
            match self.lexer.status() {
                Status::Complete => return Read::Over(at),
                Status::Open => return Read::More(at),
                Status::Broken => self.broken = true,
            }
        }
        let (safe, over) = up_to(&text[at..], enders, end);
        sink.args(&text[at..at + safe]);
        if over {
            Read::Over(at + safe)
        } else {
            Read::More(at + safe)
        }
    }
}

/// How many bytes stand certainly before any of the tags, and whether one follows there.
pub fn up_to(text: &str, tags: &[&[&str]], end: End) -> (usize, bool) {
    let tags = || tags.iter().flat_map(|tags| tags.iter());
    for (at, _) in text.match_indices(|c: char| tags().any(|tag| tag.starts_with(c))) {
        let here = |tag: &&str| matches(&text[at..], tag);
        if tags().any(|tag| here(tag) == Match::Yes) {
            return (at, true);
        }
        if !end.is_here() && tags().any(|tag| here(tag) == Match::Begun) {
            return (at, false);
        }
    }
    (text.len(), false)
}
