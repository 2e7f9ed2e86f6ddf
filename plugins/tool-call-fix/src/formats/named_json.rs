//! Calls that are a name and then the arguments as JSON, with tags before, between and after:
//!
//! ```text
//! OPENER NAME SEPARATOR {…} CLOSER
//! ```

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::json_args::{JsonArgs, Read};
use super::{End, Go, MAX_NAME, Match, Reader, Sink, Step, first_of, run, split_name};

/// What formats of this kind differ in.
pub struct Naming {
    /// What stands before the arguments; `text` starts where a call starts.
    pub head: fn(text: &str, sink: &Sink) -> Head,
    /// What may follow the arguments of a call.
    pub close: &'static [&'static str],
    /// What begins another call of the block.
    pub again: &'static [&'static str],
    /// What ends the block; it need not be there.
    pub end: &'static [&'static str],
}

/// What stands before the arguments.
pub enum Head {
    Call(Call),
    /// The text ends before it is clear.
    Begun,
    Not,
}

pub struct Call {
    pub name: String,
    /// If it must be kept.
    pub id: Option<String>,
    /// Where the arguments begin.
    pub arguments: usize,
}

impl From<Match> for Head {
    /// For a tag that is missing.
    fn from(found: Match) -> Self {
        match found {
            Match::Begun => Head::Begun,
            _ => Head::Not,
        }
    }
}

/// Makes a reader of such calls.
macro_rules! named_json {
    ($naming:expr) => {
        || $crate::formats::named_json::reader(&$naming)
    };
}
pub(super) use named_json;

pub fn reader(naming: &'static Naming) -> Box<dyn Reader> {
    Box::new(Named {
        naming,
        at: At::Head,
    })
}

struct Named {
    naming: &'static Naming,
    at: At,
}

enum At {
    Head,
    Json(JsonArgs),
    /// After the arguments.
    Tail,
}

/// More before the arguments than this is no head.
const MAX_HEAD: usize = 512;

impl Reader for Named {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end, sink),
            At::Json(args) => {
                match args.read(
                    rest,
                    &[self.naming.close, self.naming.again, self.naming.end],
                    end,
                    sink,
                ) {
                    Read::More(taken) => Go::Stop(Step::More(taken)),
                    Read::Over(taken) => {
                        sink.end();
                        self.at = At::Tail;
                        Go::On(taken)
                    }
                }
            }
            At::Tail => self.tail(rest, end, sink),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        [self.naming.close, self.naming.end].concat()
    }
}

impl Named {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        match (self.naming.head)(rest, sink) {
            Head::Call(call) if sink.start(&call.name, call.id.as_deref()) => {
                self.at = At::Json(JsonArgs::default());
                Go::On(space + call.arguments)
            }
            Head::Begun if !end.is_here() && text.len() <= MAX_HEAD => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        }
    }

    /// The end of the call, then another one or the end of the block.
    fn tail(&mut self, text: &str, end: End, sink: &Sink) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        let mut begun = false;
        let mut is = |tags: &[&'static str]| {
            let found = first_of(rest, tags);
            begun |= found == Err(Match::Begun);
            found.ok()
        };
        if let Some(tag) = is(self.naming.close) {
            return Go::On(space + tag.len());
        }
        if let Some(tag) = is(self.naming.end) {
            return Go::Stop(Step::Done(space + tag.len()));
        }
        if is(self.naming.again).is_some() {
            self.at = At::Head;
            return Go::Stop(Step::Next(0));
        }
        if begun && !end.is_here() {
            return Go::Stop(Step::More(0));
        }
        // Without tags: another call is one if it reads as such.
        if self.naming.again.is_empty() {
            let may_come = !end.is_here() && text.len() <= MAX_HEAD;
            match (self.naming.head)(rest, sink) {
                Head::Call(_) => {
                    self.at = At::Head;
                    return Go::Stop(Step::Next(space));
                }
                Head::Begun if may_come => return Go::Stop(Step::More(0)),
                // Nothing yet: its name, where openers are not looked for any more.
                _ if rest.is_empty() && may_come => return Go::Stop(Step::More(0)),
                _ => {}
            }
        }
        Go::Stop(Step::Done(0))
    }
}

/// The name of an offered tool, right before its arguments: what is left of several formats
/// where a server swallows special tokens.
pub fn bare_head(text: &str, sink: &Sink) -> Head {
    let (name, rest) = split_name(text);
    let body = rest.trim_start();
    if name.is_empty() || name.len() > MAX_NAME {
        return Head::Not;
    }
    // Code begins so too: a member, or the end, must follow the brace.
    let inside = body.strip_prefix('{').map(str::trim_start);
    match inside.map(|inside| inside.chars().next()) {
        Some(Some('"' | '}')) if sink.tool(name).is_some() => Head::Call(Call {
            name: name.into(),
            id: None,
            arguments: text.len() - body.len(),
        }),
        None if body.is_empty() => Head::Begun,
        Some(None) => Head::Begun,
        _ => Head::Not,
    }
}
