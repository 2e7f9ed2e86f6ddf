//! How blocks begin, and which of all the ways that are looked for a text begins in.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{End, FORMATS, Format, MAX_NAME, Make, Match, matches, split_name};
use crate::offer::Offer;

/// More white space than this between an opener and what must follow refutes it.
const MAX_SPACE: usize = 64;

/// How a block begins: exactly `text`, then white space, then a character of `next`.
pub struct Opener {
    pub text: &'static str,
    next: fn(char) -> bool,
    pub place: Place,
    /// Between `text` and the white space stands the name of an offered tool.
    pub names_tool: bool,
    pub reader: Make,
}

/// Where a block may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Anywhere,
    /// Where the message starts, after thoughts at most: for openers that prove little.
    Start,
    /// The same, and nothing may follow: for openers that also begin examples.
    Alone,
}

impl Opener {
    pub const fn new(text: &'static str, next: fn(char) -> bool, reader: Make) -> Self {
        Opener {
            text,
            next,
            place: Place::Anywhere,
            names_tool: false,
            reader,
        }
    }

    /// Counts only in this place.
    pub const fn only(self, place: Place) -> Self {
        Opener { place, ..self }
    }

    /// The name of an offered tool follows the text.
    pub const fn before_tool(self) -> Self {
        Opener {
            names_tool: true,
            ..self
        }
    }

    fn begins(&self, text: &str, offer: &Offer) -> Match {
        match matches(text, self.text) {
            Match::Yes => {}
            other => return other,
        }
        let rest = &text[self.text.len()..];
        if !self.names_tool {
            return self.goes_on(rest);
        }
        let (name, after) = split_name(rest);
        if name.len() > MAX_NAME {
            return Match::No;
        }
        if after.is_empty() {
            return match offer.has_name_starting(name) {
                true => Match::Begun,
                false => Match::No,
            };
        }
        if name.is_empty() || !starts(after, self.next) {
            return Match::No;
        }
        // The tools are asked last: to read them costs more than all the rest.
        match self.goes_on(after) {
            Match::No => Match::No,
            _ if offer.tools().get(name).is_none() => Match::No,
            found => found,
        }
    }

    /// Whether white space and a character of `next` follow.
    fn goes_on(&self, rest: &str) -> Match {
        let next = rest.trim_start();
        match next.chars().next() {
            _ if rest.len() - next.len() > MAX_SPACE => Match::No,
            Some(c) if (self.next)(c) => Match::Yes,
            Some(_) => Match::No,
            None => Match::Begun,
        }
    }
}

/// Whether white space, or what may follow it, stands here.
fn starts(text: &str, next: fn(char) -> bool) -> bool {
    text.starts_with(|c: char| c.is_whitespace() || next(c))
}

/// The openers of several formats, the most telling first.
pub struct Openers {
    all: Vec<(&'static Format, &'static Opener)>,
    /// Whether an opener that may stand anywhere starts with the byte.
    firsts: [bool; 256],
    at_start: bool,
}

/// What a place in a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Nothing,
    /// The text ends before it is clear.
    Begun,
    /// The opener of this number.
    Opener(usize),
}

impl Openers {
    pub fn of(formats: &[&'static Format]) -> Rc<Self> {
        let each = |format: &&'static Format| {
            let format = *format;
            format.openers.iter().map(move |opener| (format, opener))
        };
        let all: Vec<_> = formats.iter().flat_map(each).collect();
        let mut firsts = [false; 256];
        for (_, opener) in &all {
            if opener.place == Place::Anywhere {
                firsts[usize::from(opener.text.as_bytes()[0])] = true;
            }
        }
        let at_start = all
            .iter()
            .any(|(_, opener)| opener.place != Place::Anywhere);
        Rc::new(Openers {
            all,
            firsts,
            at_start,
        })
    }

    pub fn get(&self, number: usize) -> (&'static Format, &'static Opener) {
        self.all[number]
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static Opener> + '_ {
        self.all.iter().map(|(_, opener)| *opener)
    }

    /// Whether no format is left out. Also where none is looked for any more.
    pub fn are_all(&self) -> bool {
        let each = FORMATS.iter().map(|format| format.openers.len());
        self.all.is_empty() || self.all.len() == each.sum()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether some count only where the message starts.
    pub fn look_at_start(&self) -> bool {
        self.at_start
    }

    /// The first byte from `at` on that an opener may begin with, or `other`.
    pub fn candidate(&self, text: &str, at: usize, other: u8) -> Option<usize> {
        let rest = &text.as_bytes()[at..];
        let may = |byte: &u8| *byte == other || self.firsts[usize::from(*byte)];
        rest.iter().position(may).map(|found| at + found)
    }

    /// The opener that stands where `text` begins, of those from number `from` on. What is
    /// not clear yet keeps those behind it waiting, so that the answer hangs on the text alone.
    pub fn find(&self, text: &str, from: usize, start: bool, offer: &Offer, end: End) -> Found {
        let openers = self.all.iter().enumerate().skip(from);
        for (number, (_, opener)) in openers {
            if opener.place != Place::Anywhere && !start {
                continue;
            }
            match opener.begins(text, offer) {
                Match::Yes => return Found::Opener(number),
                Match::Begun if !end.is_here() => return Found::Begun,
                _ => {}
            }
        }
        Found::Nothing
    }
}
