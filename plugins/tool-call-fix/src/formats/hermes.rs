//! Hermes 2 and 3, Qwen2.5, Qwen3 (not Coder), `QwQ`, Granite 4, Ernie 4.5 and many more:
//!
//! ```text
//! <tool_call>
//! {"name": NAME, "arguments": {…}}
//! </tool_call>
//! ```
//!
//! Seen too: `parameters` for `arguments`, the arguments before the name or as a string, several
//! objects in one wrapper, and JSON with all kinds of mistakes.

use alloc::boxed::Box;
use core::ops::Range;

use yallmp_sdk::Json;

use super::json_args::{JsonArgs, Read};
use super::{End, Format, Go, Match, Opener, Reader, Sink, Step, matches, run};
use crate::lexer::{Lexer, Status};
use crate::repair::rewrite::{Leniency, rewrite};

pub static FORMAT: Format = Format {
    name: "hermes",
    aliases: &["qwen25", "qwen", "granite4", "ernie45", "trinity"],
    openers: &[Opener {
        text: WRAPPER,
        next: |c| c == '{',
    }],
    unmistakable: false,
    reader: || Box::new(Call::default()),
};

const WRAPPER: &str = "<tool_call>";
const WRAPPER_END: &str = "</tool_call>";

#[derive(Default)]
struct Call {
    at: At,
    /// Bytes that were looked at and not taken. Until the name is known nothing is taken, so
    /// that the object can still be read as a whole.
    seen: usize,
    /// Arguments that came before the name.
    early: Option<Range<usize>>,
    started: bool,
    has_arguments: bool,
}

#[derive(Default)]
enum At {
    /// At `<tool_call>` or, in a further call, at its object.
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
    Arguments,
    Other,
}

impl Member {
    fn named(key: &str) -> Self {
        match key {
            "\"name\"" => Member::Name,
            "\"arguments\"" | "\"parameters\"" => Member::Arguments,
            _ => Member::Other,
        }
    }
}

impl Reader for Call {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => {
                *self = Call::default();
                self.seen = rest.find('{').map_or(rest.len(), |at| at + 1);
                self.at = At::Member;
                Go::On(0)
            }
            At::Member => self.member(rest, end, sink),
            At::Value { .. } => self.value(rest, end, sink),
            At::Arguments(args) => match args.read(rest, &[WRAPPER_END], end, sink) {
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
}

impl Call {
    fn member(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text[self.seen..].trim_start_matches([' ', '\t', '\r', '\n', ',']);
        self.seen = text.len() - rest.len();
        match rest.chars().next() {
            None if !end.is_here() => return Go::Stop(Step::More(0)),
            None if end == End::Cut && !self.has_arguments => return Go::Stop(Step::More(0)),
            Some('"') => {}
            Some('}') if self.started => return self.over(self.seen + 1, sink),
            _ => return self.over(self.seen, sink),
        }
        let mut lexer = Lexer::default();
        let key_end = lexer.read(rest);
        let after = rest[key_end..].trim_start();
        let value = after.strip_prefix(':').map(str::trim_start);
        match (lexer.status(), value) {
            (Status::Complete, Some(value)) if !value.is_empty() => {
                let from = text.len() - value.len();
                let member = Member::named(&rest[..key_end]);
                if member == Member::Arguments && self.started {
                    self.at = At::Arguments(JsonArgs::default());
                    self.has_arguments = true;
                    self.seen = 0;
                    return Go::On(from);
                }
                self.seen = from;
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
            _ => return self.over(self.seen, sink),
        }
        let (member, range) = (*member, *from..self.seen);
        self.at = At::Member;
        match member {
            Member::Name if !self.started => {
                let name = Json::parse(&text[range]);
                let name = name
                    .as_ref()
                    .ok()
                    .and_then(Json::as_str)
                    .unwrap_or_default();
                self.start(name, self.early.clone().map(|early| &text[early]), sink)
            }
            Member::Arguments => {
                self.early = Some(range);
                Go::On(0)
            }
            _ => Go::On(0),
        }
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
        self.at = At::Broken;
        Go::On(0)
    }

    fn broken(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let found = text[self.seen..].find(WRAPPER_END).map(|at| self.seen + at);
        if found.is_none() && !end.is_here() {
            let last = text.len().saturating_sub(WRAPPER_END.len());
            self.seen = (0..=last)
                .rev()
                .find(|at| text.is_char_boundary(*at))
                .unwrap_or(0);
            return Go::Stop(Step::More(0));
        }
        let close = found.is_some() || end == End::Clean;
        let until = found.unwrap_or(text.len());
        let object = text[..until].find('{').map_or("", |at| &text[at..until]);
        let Some(object) = rewrite(object, Leniency::Loose, close, None) else {
            return Go::Stop(Step::Not);
        };
        let json = Json::parse(&object.json);
        let member = |name: &str| json.as_ref().ok()?.get(name);
        let Some(name) = member("name").and_then(Json::as_str) else {
            return Go::Stop(Step::Not);
        };
        let arguments = member("arguments")
            .or(member("parameters"))
            .map(Json::to_text);
        self.seen = until;
        let go = self.start(name, arguments.as_deref(), sink);
        if self.started {
            sink.end();
            self.at = At::Tail;
        }
        go
    }

    /// Brackets too many, then the end of the wrapper or another object.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start_matches(['}', ']', ',', ';', ' ', '\t', '\r', '\n']);
        let skipped = text.len() - rest.len();
        match matches(rest, WRAPPER_END) {
            Match::Yes => Go::Stop(Step::Done(skipped + WRAPPER_END.len())),
            Match::No if rest.starts_with('{') => {
                self.at = At::Head;
                Go::Stop(Step::Next(0))
            }
            Match::Begun if !end.is_here() => Go::Stop(Step::More(0)),
            // No end of the wrapper: what was skipped may be text.
            _ => Go::Stop(Step::Done(0)),
        }
    }
}
