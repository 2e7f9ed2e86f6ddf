//! Calls that are JSON objects, alone, in a row or in an array, usually between tags:
//!
//! ```text
//! OPENER [{"name": NAME, "arguments": {…}}, …] CLOSER
//! ```
//!
//! Seen too: `parameters` or `args` for `arguments`, `tool_name` for `name`, the two inside of
//! `function`, the arguments before the name or as a string, several objects in one wrapper,
//! and JSON with all kinds of mistakes.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use yallmp_sdk::Json;

use super::json_args::{JsonArgs, Read, up_to};
use super::{End, Go, Match, Reader, Sink, Step, first_of, run};
use crate::lexer::{Lexer, Status};
use crate::repair::rewrite::{Leniency, rewrite};

/// What formats of this kind differ in.
pub struct Wrapper {
    /// What may stand before the first bracket; the first that does is skipped.
    pub open: &'static [&'static str],
    /// What ends the call, and if there is no `end` the block; none of them need be there.
    pub close: &'static [&'static str],
    /// What may follow that, and ends the block.
    pub end: &'static [&'static str],
    pub object: Kind,
}

/// How an object says which call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{"name": NAME, "arguments": {…}}`
    Named,
    /// The same, without tags that would prove it: the arguments must be there.
    Bare,
    /// `{NAME: {…}}`
    Keyed,
}

/// Makes a reader of a wrapper.
macro_rules! json_calls {
    ($wrapper:expr) => {
        || $crate::formats::json_calls::reader(&$wrapper)
    };
}
pub(super) use json_calls;

pub fn reader(wrapper: &'static Wrapper) -> Box<dyn Reader> {
    Box::new(Call::new(wrapper))
}

/// Opens an object or an array.
pub fn json(c: char) -> bool {
    matches!(c, '{' | '[')
}

struct Call {
    wrapper: &'static Wrapper,
    at: At,
    /// Bytes that were looked at and not taken. Until the name is known nothing is taken, so
    /// that the object can still be read as a whole.
    seen: usize,
    /// The name, while it does not prove the call yet.
    name: Option<Range<usize>>,
    /// Arguments that came before the name.
    early: Option<Range<usize>>,
    /// In the object of `function`.
    nested: bool,
    started: bool,
    has_arguments: bool,
    /// The objects stand in an array that is open.
    in_array: bool,
}

#[derive(Default)]
enum At {
    /// At the opener or, in a further call, at its object.
    #[default]
    Head,
    /// Before a member, or the end of the object.
    Member,
    /// In the value of a member, which began at `from`.
    Value {
        member: Member,
        from: usize,
        lexer: Lexer,
    },
    Arguments(JsonArgs),
    /// Broken before the name was known: waits for the end, to read all of it leniently.
    Broken,
    /// After the object.
    Tail,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Member {
    Name,
    /// The name, or an object with name and arguments.
    Function,
    Arguments,
    Other,
}

impl Member {
    fn named(key: &str) -> Self {
        match key {
            "\"name\"" | "\"tool_name\"" => Member::Name,
            "\"function\"" => Member::Function,
            "\"arguments\"" | "\"parameters\"" | "\"args\"" => Member::Arguments,
            _ => Member::Other,
        }
    }
}

impl Reader for Call {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end),
            At::Member => self.member(rest, end, sink),
            At::Value { .. } => self.value(rest, end, sink),
            At::Arguments(args) => match args.read(rest, &[self.wrapper.close], end, sink) {
                Read::More(taken) => Go::Stop(Step::More(taken)),
                Read::Over(taken) => {
                    self.at = At::Member;
                    Go::On(taken)
                }
            },
            At::Broken => self.broken(rest, end, sink),
            At::Tail => self.tail(rest, end),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        [self.wrapper.close, self.wrapper.end].concat()
    }
}

impl Call {
    fn new(wrapper: &'static Wrapper) -> Self {
        Call {
            wrapper,
            at: At::Head,
            seen: 0,
            name: None,
            early: None,
            nested: false,
            started: false,
            has_arguments: false,
            in_array: false,
        }
    }

    /// Up to the first brace.
    fn head(&mut self, text: &str, end: End) -> Go {
        let in_array = self.in_array;
        *self = Call::new(self.wrapper);
        let mut rest = text.trim_start_matches(BETWEEN);
        let found = first_of(rest, self.wrapper.open);
        let begun = found == Err(Match::Begun);
        rest = rest[found.map_or(0, str::len)..].trim_start();
        self.in_array = in_array;
        if let Some(inside) = rest.strip_prefix('[') {
            self.in_array = true;
            rest = inside.trim_start();
        }
        if let Some(inside) = rest.strip_prefix('{') {
            self.seen = text.len() - inside.len();
            self.at = At::Member;
            return Go::On(0);
        }
        let may_come = begun || rest.is_empty();
        let undecided = may_come && !end.is_here() && text.len() < MAX_HEAD;
        self.in_array = in_array;
        Go::Stop(if undecided { Step::More(0) } else { Step::Not })
    }

    fn member(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text[self.seen..].trim_start_matches([' ', '\t', '\r', '\n', ',']);
        self.seen = text.len() - rest.len();
        match rest.chars().next() {
            None if !end.is_here() => return Go::Stop(Step::More(0)),
            None if end == End::Cut && !self.has_arguments => return Go::Stop(Step::More(0)),
            Some('"') => {}
            Some('}') if self.nested => {
                self.nested = false;
                self.seen += 1;
                return Go::On(0);
            }
            Some('}') if self.started => return self.over(self.seen + 1, sink),
            _ => return self.over(self.seen, sink),
        }
        let mut lexer = Lexer::default();
        let key_end = lexer.read(rest);
        let after = rest[key_end..].trim_start();
        let value = after.strip_prefix(':').map(str::trim_start);
        let too_long = match value {
            Some(value) => rest.len() - value.len() > MAX_HEAD,
            None => rest.len() > MAX_HEAD,
        };
        match (lexer.status(), value) {
            _ if too_long => self.over(self.seen, sink),
            (Status::Complete, Some(value)) if !value.is_empty() => {
                let from = text.len() - value.len();
                if self.wrapper.object == Kind::Keyed && !self.started {
                    let key = text.len() - rest.len();
                    self.name = Some(key..key + key_end);
                    self.seen = from;
                    return self.arguments(text, from, sink);
                }
                let member = Member::named(&rest[..key_end]);
                if member == Member::Arguments && (self.started || self.name.is_some()) {
                    return self.arguments(text, from, sink);
                }
                self.seen = from;
                if member == Member::Function && value.starts_with('{') && !self.started {
                    self.nested = true;
                    self.seen += 1;
                    return Go::On(0);
                }
                let lexer = Lexer::default();
                self.at = At::Value {
                    member,
                    from,
                    lexer,
                };
                Go::On(0)
            }
            (Status::Complete, None) if !after.is_empty() => self.over(self.seen, sink),
            (Status::Broken, _) => self.over(self.seen, sink),
            _ if end == End::Cut && self.started => Go::Stop(Step::More(text.len())),
            // Arguments were to come: without them it would be another call. What is open stays
            // open, a string above all.
            _ if end.is_here() && self.started && !self.has_arguments => {
                sink.args("{\"");
                Go::Stop(Step::More(text.len()))
            }
            _ if end.is_here() => self.over(self.seen, sink),
            _ => Go::Stop(Step::More(0)),
        }
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let At::Value {
            member,
            from,
            lexer,
        } = &mut self.at
        else {
            return Go::Stop(Step::Not);
        };
        self.seen += lexer.read(&text[self.seen..]);
        match lexer.status() {
            Status::Complete => {}
            Status::Open if !end.is_here() => return Go::Stop(Step::More(0)),
            Status::Open if end == End::Cut && self.started => {
                return Go::Stop(Step::More(text.len()));
            }
            _ => return self.over(self.seen, sink),
        }
        let (member, range) = (*member, *from..self.seen);
        self.at = At::Member;
        match member {
            Member::Name | Member::Function if !self.started => match &self.early {
                None if self.wrapper.object == Kind::Bare => {
                    self.name = Some(range);
                    Go::On(0)
                }
                early => {
                    let early = early.clone().map(|early| &text[early]);
                    self.start(&string(&text[range]), early, sink)
                }
            },
            Member::Arguments => {
                self.early = Some(range);
                Go::On(0)
            }
            _ => Go::On(0),
        }
    }

    /// The arguments begin at `from`, and the name is known.
    fn arguments(&mut self, text: &str, from: usize, sink: &mut Sink) -> Go {
        self.seen = from;
        if !self.started {
            let name = self.name.take().map(|name| string(&text[name]));
            if let stop @ Go::Stop(_) = self.start(&name.unwrap_or_default(), None, sink) {
                return stop;
            }
        }
        self.at = At::Arguments(JsonArgs::default());
        self.has_arguments = true;
        self.seen = 0;
        Go::On(from)
    }

    /// The name is known: from here on text is taken.
    fn start(&mut self, name: &str, arguments: Option<&str>, sink: &mut Sink) -> Go {
        if !sink.start(name, None) {
            return Go::Stop(Step::Not);
        }
        self.started = true;
        self.has_arguments = arguments.is_some();
        sink.args(arguments.unwrap_or_default());
        Go::On(core::mem::take(&mut self.seen))
    }

    /// The object ends, or goes on with what cannot be read.
    fn over(&mut self, taken: usize, sink: &mut Sink) -> Go {
        self.seen = 0;
        if self.started {
            sink.end();
            self.at = At::Tail;
            return Go::On(taken);
        }
        if self.wrapper.object != Kind::Named {
            return Go::Stop(Step::Not);
        }
        self.at = At::Broken;
        Go::On(0)
    }

    fn broken(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let (seen, found) = up_to(&text[self.seen..], &[self.wrapper.close], end);
        self.seen += seen;
        if !found && !end.is_here() {
            return Go::Stop(Step::More(0));
        }
        let close = found || end == End::Clean;
        let until = self.seen;
        let object = text[..until].find('{').map_or("", |at| &text[at..until]);
        let Some(object) = rewrite(object, Leniency::Loose, close, None) else {
            return Go::Stop(Step::Not);
        };
        let json = Json::parse(&object.json);
        let Ok(json) = json else {
            return Go::Stop(Step::Not);
        };
        let inner = json
            .get("function")
            .filter(|inner| inner.as_object().is_some());
        let member = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| inner.unwrap_or(&json).get(*name))
        };
        let Some(name) = member(&["name", "tool_name", "function"]).and_then(Json::as_str) else {
            return Go::Stop(Step::Not);
        };
        let arguments = member(&["arguments", "parameters", "args"]).map(Json::to_text);
        let go = self.start(name, arguments.as_deref(), sink);
        if self.started {
            sink.end();
            self.at = At::Tail;
        }
        go
    }

    /// Brackets too many, then the end of the wrapper or another object.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start_matches(BETWEEN);
        let skipped = text.len() - rest.len();
        let Wrapper {
            close, end: ends, ..
        } = self.wrapper;
        match first_of(rest, close) {
            Ok(tag) if ends.is_empty() => return Go::Stop(Step::Done(skipped + tag.len())),
            Ok(tag) => return Go::On(skipped + tag.len()),
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(_) => {}
        }
        match first_of(rest, ends) {
            Ok(tag) => return Go::Stop(Step::Done(skipped + tag.len())),
            Err(Match::Begun) if !end.is_here() && skipped < MAX_HEAD => {
                return Go::Stop(Step::More(0));
            }
            Err(_) => {}
        }
        if rest.starts_with('{') {
            self.at = At::Head;
            return Go::Stop(Step::Next(0));
        }
        // What was skipped may be text, but for the end of the array.
        let bracket = text[..skipped].find(']').filter(|_| self.in_array);
        // Where no tag ends the call, only what follows tells.
        let waits = self.in_array || close.is_empty();
        if rest.is_empty() && bracket.is_none() && waits && !end.is_here() {
            return Go::Stop(Step::More(0));
        }
        Go::Stop(Step::Done(bracket.map_or(0, |at| at + 1)))
    }
}

/// More before the first brace, or before a member's value, is no call.
const MAX_HEAD: usize = 512;

/// What stands between objects, brackets too many among it.
const BETWEEN: [char; 8] = ['}', ']', ',', ';', ' ', '\t', '\r', '\n'];

/// What a JSON string says; nothing for anything else.
fn string(json: &str) -> String {
    let json = Json::parse(json);
    let text = json.as_ref().ok().and_then(Json::as_str);
    text.unwrap_or_default().to_string()
}
