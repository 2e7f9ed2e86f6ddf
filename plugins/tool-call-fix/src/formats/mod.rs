//! The text formats in which models write tool calls.
//!
//! To add one: write its file in `families` (a [`Format`] whose openers name a [`Reader`]), give
//! it a line in [`FORMATS`], and a folder of fixtures under `tests/fixtures/`. Most formats
//! differ from others only in their tags and share a reader: [`json_calls`] (objects that hold
//! name and arguments), [`named_json`] (a name, then its arguments as JSON), [`markup`] (names
//! and values between tags), [`literals`] (calls as in Python).
//!
//! Text comes in pieces cut anywhere; a reader decides by the text alone, never by where a piece
//! ends, so that a whole answer is simply one large piece.

mod discarded;
mod end_tokens;
mod families;
mod fields;
mod json_args;
mod json_calls;
mod left;
mod literal;
mod literals;
mod markup;
mod named_json;
mod opener;
mod quoted;
mod quoting;
mod rules;
mod scanner;
mod sink;
mod tagged;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub use families::FORMATS;
pub use opener::{Opener, Openers, Place};
pub use rules::{InThoughts, Rules};
pub use scanner::Scanner;
pub use sink::{Event, Sink, Unknown};

/// What is known of a format before any text is read.
pub struct Format {
    /// As vLLM names its parser.
    pub name: &'static str,
    /// Other names, and those of other servers.
    pub aliases: &'static [&'static str],
    pub openers: &'static [Opener],
    /// The format cannot be mistaken for anything else (it is made of special tokens): a call
    /// counts even if its name is not among the tools.
    pub unmistakable: bool,
}

/// Makes the reader of a block.
pub type Make = fn() -> Box<dyn Reader>;

/// Reads one block.
pub trait Reader {
    /// Reads on. `text` is all that was not taken yet; it starts with the opener in the first
    /// call. `end` says whether more can come.
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step;

    /// The tags that end a block. None: what is no call cannot be told from the text behind it.
    fn ends(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Whether the text goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    No,
    /// The model had finished.
    Clean,
    /// The answer was cut: out of tokens, filtered, broken off.
    Cut,
}

impl End {
    pub fn is_here(self) -> bool {
        self != End::No
    }
}

/// What a reader made of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Took this many bytes and wants more text. At the end: the block is cut off here.
    More(usize),
    /// Took this many bytes: a call is over, another may follow in the same block.
    Next(usize),
    /// Took this many bytes: the block is over.
    Done(usize),
    /// What came since the block began, or since `Next`, is no call.
    Not,
}

/// The formats of these names (or aliases), in the order of the table.
///
/// # Errors
/// The name that no format has.
pub fn named<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<&'static Format>, &'n str> {
    let place = |name: &'n str| {
        let is = |format: &&Format| format.name == name || format.aliases.contains(&name);
        FORMATS.iter().position(is).ok_or(name)
    };
    let mut places: Vec<usize> = names.into_iter().map(place).collect::<Result<_, _>>()?;
    places.sort_unstable();
    places.dedup();
    Ok(places.into_iter().map(|place| FORMATS[place]).collect())
}

/// Where `text` begins to match `tag`, for readers that look for a tag at their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Yes,
    No,
    /// All of `text` is a beginning of the tag.
    Begun,
}

fn matches(text: &str, tag: &str) -> Match {
    let (text, tag) = (text.as_bytes(), tag.as_bytes());
    let both = text.len().min(tag.len());
    // Most tags begin with the same byte: the second tells them apart at once.
    let differs = both > 1 && text[1] != tag[1];
    if differs || text[..both] != tag[..both] {
        Match::No
    } else if both == tag.len() {
        Match::Yes
    } else {
        Match::Begun
    }
}

/// The first of the tags that `text` starts with; else whether it may yet start with one.
fn first_of<'t>(text: &str, tags: &[&'t str]) -> Result<&'t str, Match> {
    let mut begun = Match::No;
    for tag in tags {
        match matches(text, tag) {
            Match::Yes => return Ok(tag),
            Match::Begun => begun = Match::Begun,
            Match::No => {}
        }
    }
    Err(begun)
}

/// What a state of a reader made of the rest of the text.
enum Go {
    /// Took this many bytes; the next state reads on.
    On(usize),
    Stop(Step),
}

/// Lets the states of a reader follow each other over the text.
fn run(text: &str, mut state: impl FnMut(&str) -> Go) -> Step {
    let mut at = 0;
    loop {
        match state(&text[at..]) {
            Go::On(taken) => at += taken,
            Go::Stop(Step::More(taken)) => return Step::More(at + taken),
            Go::Stop(Step::Next(taken)) => return Step::Next(at + taken),
            Go::Stop(Step::Done(taken)) => return Step::Done(at + taken),
            Go::Stop(Step::Not) => return Step::Not,
        }
    }
}

/// Letters that names of tools are made of.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/')
}

/// The letters of a name at the start of the text, and what follows.
fn split_name(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !is_name(c)).unwrap_or(text.len()))
}

/// Longer names are none.
const MAX_NAME: usize = 128;

#[cfg(test)]
mod tests;
