//! Calls whose name and values stand between tags, in a wrapper or without:
//!
//! ```text
//! <WRAPPER> <CALL NAME> <ARGUMENT KEY> VALUE </ARGUMENT> … </CALL> … </WRAPPER>
//! ```
//!
//! Nothing in a value is escaped. Closing tags are sometimes missing. Instead of arguments an
//! object of JSON may stand there.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::fields::{Fields, Meaning};
use super::json_args::{JsonArgs, Read};
use super::tagged::{Inside, Value, followed};
use super::{End, Go, MAX_NAME, Match, Reader, Sink, Step, first_of, matches, run};

/// What formats of this kind differ in.
pub struct Markup {
    /// What may stand before the first call; all that do are skipped.
    pub open: &'static [&'static str],
    /// The tag that opens a call: its name, and what follows the tag.
    pub call: fn(text: &str) -> Tag<'_>,
    /// How that tag begins. None: a block has one call.
    pub again: Option<&'static str>,
    /// What ends a call; what follows that too.
    pub close: &'static [&'static str],
    /// What ends the block.
    pub end: &'static [&'static str],
    /// The tag that opens a value: its key, and what follows the tag.
    pub argument: fn(text: &str) -> Key<'_>,
    /// How that tag begins.
    pub argument_open: &'static str,
    pub value: Value<'static>,
}

/// A name, and what follows its tag.
pub type Tag<'t> = Result<(&'t str, &'t str), Match>;

/// As [`Tag`], for an argument.
pub type Key<'t> = Result<(Argument<'t>, &'t str), Match>;

pub struct Argument<'t> {
    pub name: &'t str,
    pub meaning: Meaning,
    /// If the value ends in another way than those of the format do.
    pub close: Option<&'static str>,
}

impl<'t> Argument<'t> {
    pub fn named(name: &'t str) -> Self {
        Argument {
            name,
            meaning: Meaning::OfSchema,
            close: None,
        }
    }
}

/// Makes a reader of markup.
macro_rules! markup {
    ($markup:expr) => {
        || $crate::formats::markup::reader(&$markup)
    };
}
pub(super) use markup;

pub fn reader(markup: &'static Markup) -> Box<dyn Reader> {
    Box::new(Call {
        markup,
        at: At::Head,
        fields: Fields::default(),
        close: markup.value.close,
    })
}

struct Call {
    markup: &'static Markup,
    at: At,
    fields: Fields,
    /// What ends the value that is read.
    close: &'static str,
}

enum At {
    /// At the opener or, in a further call, at its tag.
    Head,
    /// Between arguments.
    Body,
    Value,
    Json(JsonArgs),
    /// After the call.
    Tail,
}

/// More before the first argument than this is no head.
const MAX_HEAD: usize = 512;

impl Reader for Call {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end, sink),
            At::Body => self.body(rest, end, sink),
            At::Value => self.value(rest, end, sink),
            At::Json(args) => {
                match args.read(rest, &[self.markup.close, self.markup.end], end, sink) {
                    Read::More(taken) => Go::Stop(Step::More(taken)),
                    Read::Over(taken) => self.over(taken, sink),
                }
            }
            At::Tail => self.tail(rest, end),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        [self.markup.close, self.markup.end].concat()
    }
}

/// Longer calls in a value are not told from its end.
const MAX_EXAMPLE: usize = 8 * 1024;

/// Nor are those that hold more calls in each other: openers in a row would be searched again and again.
const MAX_DEPTH: usize = 8;

impl Markup {
    /// Whether a whole call stands here, inside of a value. If nothing follows it, then what looks like its end
    /// was that of the value.
    fn example(&self, text: &str, end: End) -> Inside {
        let unclear = match end {
            End::No => Inside::Begun,
            _ => Inside::Text,
        };
        match self.opens(text) {
            Match::Yes => {}
            Match::Begun => return unclear,
            Match::No => return Inside::Text,
        }
        let mut depth = 0usize;
        for (at, _) in text.match_indices('<') {
            if at > MAX_EXAMPLE || depth > MAX_DEPTH {
                return Inside::Text;
            }
            let rest = &text[at..];
            match self.opens(rest) {
                Match::Yes => {
                    depth += 1;
                    continue;
                }
                Match::Begun => return unclear,
                Match::No => {}
            }
            match first_of(rest, self.close) {
                Ok(_) if depth > 1 => depth -= 1,
                Ok(tag) => return self.example_ends(text, at + tag.len(), end),
                Err(Match::Begun) => return unclear,
                Err(_) => {}
            }
        }
        match text.len() > MAX_EXAMPLE {
            true => Inside::Text,
            false => unclear,
        }
    }

    /// A call of the example ends at `at`.
    fn example_ends(&self, text: &str, at: usize, end: End) -> Inside {
        let after = text[at..].trim_start();
        let next = match first_of(after, self.end) {
            Ok(tag) => &after[tag.len()..],
            Err(Match::Begun) if !end.is_here() => return Inside::Begun,
            Err(_) => after,
        };
        let follows = next.trim_start();
        match (follows.is_empty(), end) {
            (false, _) => Inside::Example(text.len() - next.len()),
            (true, End::No) => Inside::Begun,
            (true, _) => Inside::Text,
        }
    }

    /// Whether a call begins here, and an argument or its end follows.
    fn opens(&self, text: &str) -> Match {
        match (self.call)(text) {
            Ok((_, after)) => followed(after, &[&[self.argument_open], self.close], End::No),
            Err(found) => found,
        }
    }
}

impl Call {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let more = |found: Match| match found {
            Match::Begun if !end.is_here() && text.len() <= MAX_HEAD => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        };
        let mut rest = text.trim_start();
        while let Ok(tag) = first_of(rest, self.markup.open) {
            rest = rest[tag.len()..].trim_start();
        }
        let (name, after) = match (self.markup.call)(rest) {
            Ok(found) => found,
            Err(Match::No) => {
                return more(first_of(rest, self.markup.open).err().unwrap_or(Match::No));
            }
            Err(found) => return more(found),
        };
        let body = after.trim_start();
        let follows = [
            &[self.markup.argument_open, "{"],
            self.markup.close,
            self.markup.end,
        ];
        match followed(after, &follows, End::No) {
            Match::Yes if sink.start(name.trim(), None) => {}
            Match::Yes => return Go::Stop(Step::Not),
            other => return more(other),
        }
        self.fields = Fields::default();
        self.at = if body.starts_with('{') {
            At::Json(JsonArgs::default())
        } else {
            At::Body
        };
        Go::On(text.len() - body.len())
    }

    /// Between arguments.
    fn body(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        match (self.markup.argument)(rest) {
            Ok((argument, value)) => {
                self.fields.begin(argument.name, argument.meaning, sink);
                self.close = argument.close.unwrap_or(self.markup.value.close);
                self.at = At::Value;
                return Go::On(text.len() - value.len());
            }
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(Match::Begun) if !rest.is_empty() => return Go::Stop(Step::More(text.len())),
            Err(_) => {}
        }
        let mut taken = space;
        match (first_of(rest, self.markup.close), end) {
            (Ok(tag), _) => taken += tag.len(),
            (Err(Match::Begun), End::No) => return Go::Stop(Step::More(0)),
            // Cut between arguments: others may be missing.
            (Err(Match::Begun), End::Cut) => return Go::Stop(Step::More(text.len())),
            // The closing tag is missing.
            (Err(_), _) => taken = if self.ends_otherwise(rest) { space } else { 0 },
        }
        self.fields.close(sink);
        self.over(taken, sink)
    }

    /// Whether something of the format follows, though the call's closing tag does not.
    fn ends_otherwise(&self, rest: &str) -> bool {
        let again = self
            .markup
            .again
            .is_some_and(|again| rest.starts_with(again));
        again || first_of(rest, self.markup.end).is_ok()
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let markup = self.markup;
        let look = |fields: &Fields, sink: &Sink, text: &str| {
            let closed = match first_of(text, markup.close) {
                _ if markup.end.is_empty() => Match::No,
                Ok(tag) => followed(&text[tag.len()..], &[markup.end], End::No),
                Err(found) => found,
            };
            let ends = match closed {
                Match::No => match (markup.argument)(text) {
                    Ok((argument, _)) if fields.expects(argument.name, sink) => Match::Yes,
                    Ok(_) => Match::No,
                    Err(other) => other,
                },
                other => other,
            };
            match ends {
                Match::Yes => Inside::End,
                Match::Begun => Inside::Begun,
                Match::No => markup.example(text, end),
            }
        };
        let value = Value {
            close: self.close,
            ..markup.value
        };
        let go = self.fields.read(value, &look, text, end, sink);
        if let Go::On(_) = go {
            self.at = At::Body;
        }
        go
    }

    /// The arguments are over.
    fn over(&mut self, taken: usize, sink: &mut Sink) -> Go {
        sink.end();
        self.at = At::Tail;
        Go::On(taken)
    }

    /// Closing tags, or another call in the same wrapper.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        let mut begun = false;
        let mut is = |tags: &[&'static str]| {
            let found = first_of(rest, tags);
            begun |= found == Err(Match::Begun);
            found.ok()
        };
        let again = self.markup.again.as_slice();
        if let Some(tag) = is(self.markup.end) {
            return Go::Stop(Step::Done(space + tag.len()));
        }
        let goes_on = !again.is_empty() || !self.markup.end.is_empty();
        if let Some(tag) = is(self.markup.close).filter(|_| goes_on) {
            return Go::On(space + tag.len());
        }
        if is(again).is_some() {
            self.at = At::Head;
            return Go::Stop(Step::Next(0));
        }
        match begun && goes_on && !end.is_here() {
            true => Go::Stop(Step::More(0)),
            false => Go::Stop(Step::Done(0)),
        }
    }
}

/// What stands in `OPEN…CLOSE`, which must be a line of text without tags, and what follows.
pub fn tag<'t>(text: &'t str, open: &str, close: &str) -> Tag<'t> {
    let rest = match matches(text, open) {
        Match::Yes => &text[open.len()..],
        other => return Err(other),
    };
    let first = |c: char| matches!(c, '<' | '\n') || close.starts_with(c);
    match rest.find(first) {
        Some(at) if (1..=MAX_NAME).contains(&at) => match matches(&rest[at..], close) {
            Match::Yes => Ok((&rest[..at], &rest[at + close.len()..])),
            other => Err(other),
        },
        None if rest.len() <= MAX_NAME => Err(Match::Begun),
        _ => Err(Match::No),
    }
}

/// The value of an attribute in what [`tag`] found.
pub fn attribute<'t>(inside: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = inside;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => after[1..].split_once(quote)?,
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if key.trim() == name {
            return Some(value.trim());
        }
        rest = next;
    }
}

/// [`tag`] for tags that give a name as the attribute `name`.
pub fn named_tag<'t>(text: &'t str, open: &str) -> Tag<'t> {
    let (inside, rest) = tag(text, open, ">")?;
    let name = attribute(inside, "name").filter(|name| !name.is_empty());
    Ok((name.ok_or(Match::No)?, rest))
}
