//! Values between tags. These formats escape nothing, so a value may hold its own closing tag:
//! it is over only where what follows the tag can follow a value. A whole call in a value, as in a
//! file about calls, is a part of it.

use super::{End, Match, matches};

/// More white space than this after a closing tag shows that it belongs to the value.
const MAX_SPACE: usize = 256;

/// How values are written in a format.
#[derive(Debug, Clone, Copy)]
pub struct Value<'v> {
    pub close: &'v str,
    /// What can follow the closing tag, after white space; the end of the text can too.
    pub follow: &'v [&'v str],
    /// One line break at either end is no part of the value.
    pub own_lines: bool,
}

/// What was found of a value, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// So much certainly belongs to it.
    Part(usize),
    /// It is so long; the tag ends at the second place.
    Whole(usize, usize),
}

/// What stands in a value where a tag may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inside {
    Text,
    /// The text ends before it is clear.
    Begun,
    /// The value ends here, though its tag is missing.
    End,
    /// A call, so many bytes long, that the value shows.
    Example(usize),
}

impl Value<'_> {
    /// Looks for the end of a value. `inside` is asked at every `<`.
    pub fn find(&self, text: &str, end: End, inside: &dyn Fn(&str) -> Inside) -> Found {
        let line = |at: usize| match self.own_lines && text[..at].ends_with('\n') {
            true => at - 1,
            false => at,
        };
        let first = |c: char| c == '<' || self.close.starts_with(c);
        let mut from = 0;
        while let Some(found) = text[from..].find(first) {
            let at = from + found;
            from = at + text[at..].chars().next().map_or(1, char::len_utf8);
            match self.ends(&text[at..], end) {
                Match::Yes => return Found::Whole(line(at), at + self.close.len()),
                Match::Begun => return Found::Part(line(at)),
                Match::No => {}
            }
            if !text[at..].starts_with('<') {
                continue;
            }
            match inside(&text[at..]) {
                Inside::End => return Found::Whole(line(at), at),
                Inside::Begun if !end.is_here() => return Found::Part(line(at)),
                Inside::Example(length) => from = at + length,
                Inside::Text | Inside::Begun => {}
            }
        }
        Found::Part(if end.is_here() {
            text.len()
        } else {
            line(text.len())
        })
    }

    fn ends(&self, text: &str, end: End) -> Match {
        match matches(text, self.close) {
            Match::Begun if end.is_here() => Match::No,
            Match::Yes => followed(&text[self.close.len()..], &[self.follow], end),
            other => other,
        }
    }
}

/// The length of the line break that a value begins with, if it has one; none: it is not there yet.
pub fn line_break(text: &str, end: End) -> Option<usize> {
    match text.chars().next() {
        None if !end.is_here() => None,
        first => Some(usize::from(first == Some('\n'))),
    }
}

/// Whether one of the tags follows, after white space, or the end of the text.
pub fn followed(text: &str, tags: &[&[&str]], end: End) -> Match {
    let next = text.trim_start();
    if text.len() - next.len() > MAX_SPACE {
        return Match::No;
    }
    if next.is_empty() {
        return if end.is_here() {
            Match::Yes
        } else {
            Match::Begun
        };
    }
    let here = |how: Match| {
        tags.iter()
            .flat_map(|tags| tags.iter())
            .any(|tag| matches(next, tag) == how)
    };
    if here(Match::Yes) {
        Match::Yes
    } else if here(Match::Begun) && !end.is_here() {
        Match::Begun
    } else {
        Match::No
    }
}
