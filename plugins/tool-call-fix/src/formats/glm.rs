//! GLM-4.5, 4.6 (line breaks between the tags), 4.7, 5 (none), Poolside Laguna:
//!
//! ```text
//! <tool_call>NAME
//! <arg_key>KEY</arg_key>
//! <arg_value>VALUE</arg_value>
//! </tool_call>
//! ```
//!
//! Without arguments only the name stands there. White space in a value belongs to it.

use alloc::boxed::Box;

use super::fields::Fields;
use super::tagged::{Found, Value};
use super::{End, Format, Go, MAX_NAME, Match, Opener, Reader, Sink, Step, is_name, matches, run};

pub static FORMAT: Format = Format {
    name: "glm45",
    aliases: &["glm47", "glm", "poolside_v1"],
    openers: &[Opener {
        text: WRAPPER,
        next: is_name,
    }],
    unmistakable: false,
    reader: || Box::new(Call::default()),
};

const WRAPPER: &str = "<tool_call>";
const WRAPPER_END: &str = "</tool_call>";
const KEY: &str = "<arg_key>";
const KEY_END: &str = "</arg_key>";
const ARGUMENT: &str = "<arg_value>";

const VALUE: Value = Value {
    close: "</arg_value>",
    follow: &[KEY, WRAPPER_END],
    own_lines: false,
};

#[derive(Default)]
struct Call {
    at: At,
    fields: Fields,
}

#[derive(Default)]
enum At {
    #[default]
    Head,
    /// Between arguments.
    Body,
    Value,
}

impl Reader for Call {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match self.at {
            At::Head => self.head(rest, end, sink),
            At::Body => self.body(rest, end, sink),
            At::Value => self.value(rest, end, sink),
        })
    }
}

impl Call {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.strip_prefix(WRAPPER).unwrap_or(text).trim_start();
        let name_end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let (name, body) = rest.split_at(name_end);
        let body = body.trim_start();
        if name.len() > MAX_NAME {
            return Go::Stop(Step::Not);
        }
        let follows = [KEY, WRAPPER_END].map(|tag| matches(body, tag));
        if follows.contains(&Match::Yes) && sink.start(name, None) {
            self.at = At::Body;
            Go::On(text.len() - body.len())
        } else if follows.contains(&Match::Begun) && !end.is_here() {
            Go::Stop(Step::More(0))
        } else {
            Go::Stop(Step::Not)
        }
    }

    /// Between arguments.
    fn body(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        match matches(rest, WRAPPER_END) {
            Match::Yes => {
                self.fields.close(sink);
                sink.end();
                return Go::Stop(Step::Done(space + WRAPPER_END.len()));
            }
            Match::Begun if !end.is_here() => return Go::Stop(Step::More(0)),
            // Cut between arguments: others may be missing.
            Match::Begun if end == End::Cut => return Go::Stop(Step::More(text.len())),
            _ => {}
        }
        match argument(rest) {
            Ok((name, value)) => {
                self.fields.begin(name.trim(), sink);
                self.at = At::Value;
                Go::On(text.len() - value.len())
            }
            Err(Match::Begun) if !end.is_here() => Go::Stop(Step::More(0)),
            Err(Match::Begun) if !rest.is_empty() => Go::Stop(Step::More(text.len())),
            // `</tool_call>` is missing.
            Err(_) => {
                self.fields.close(sink);
                sink.end();
                Go::Stop(Step::Done(0))
            }
        }
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let unclosed = |text: &str| match argument(text) {
            Ok((name, _)) if self.fields.expects(name, sink) => Match::Yes,
            Err(Match::Begun) => Match::Begun,
            _ => Match::No,
        };
        match VALUE.find(text, end, &unclosed) {
            Found::Part(length) => {
                self.fields.text(&text[..length], sink);
                if end.is_here() {
                    self.fields.cut(sink);
                }
                Go::Stop(Step::More(length))
            }
            Found::Whole(length, after) => {
                self.fields.text(&text[..length], sink);
                self.fields.end(sink);
                self.at = At::Body;
                Go::On(after)
            }
        }
    }
}

/// Name and what follows in `<arg_key>NAME</arg_key> <arg_value>…`.
fn argument(text: &str) -> Result<(&str, &str), Match> {
    let tag = |text: &'_ str, tag: &str| match matches(text, tag) {
        Match::Yes => Ok(tag.len()),
        other => Err(other),
    };
    let rest = &text[tag(text, KEY)?..];
    let Some(end) = rest.find('<') else {
        let may_go_on = rest.len() <= MAX_NAME;
        return Err(if may_go_on { Match::Begun } else { Match::No });
    };
    let (name, rest) = rest.split_at(end);
    let rest = rest[tag(rest, KEY_END)?..].trim_start();
    Ok((name, &rest[tag(rest, ARGUMENT)?..]))
}
