//! `MiniMax` M3: a token before every tag, so that no value can hold a tag; lists and objects
//! are elements too.
//!
//! ```text
//! ]<]minimax[>[<tool_call>]<]minimax[>[<invoke name="NAME">
//! ]<]minimax[>[<KEY>VALUE]<]minimax[>[</KEY>
//! ]<]minimax[>[<LIST>]<]minimax[>[<item>VALUE]<]minimax[>[</item>…]<]minimax[>[</LIST>
//! ]<]minimax[>[</invoke>]<]minimax[>[</tool_call>
//! ```

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::formats::fields::{Fields, Meaning};
use crate::formats::markup::{named_tag, tag};
use crate::formats::{End, Format, Go, Match, Opener, Reader, Sink, Step, matches, run};
use crate::repair::elements;

pub static FORMAT: Format = Format {
    name: "minimax_m3",
    aliases: &["minimax-m3"],
    openers: &[Opener::new(
        TOKEN,
        |c| c == '<',
        || Box::new(Block::default()),
    )],
    unmistakable: true,
};

const TOKEN: &str = "]<]minimax[>[";
const WRAPPER: &str = "<tool_call>";
const WRAPPER_END: &str = "</tool_call>";
/// The token and [`WRAPPER_END`].
const BLOCK_END: &str = "]<]minimax[>[</tool_call>";
const INVOKE: &str = "<invoke ";
const INVOKE_END: &str = "</invoke>";

#[derive(Default)]
struct Block {
    at: At,
    fields: Fields,
    /// The name of the value that is read.
    name: String,
    /// The token and closing tag of the value that is read.
    close: String,
    /// Bytes of its elements that were searched for that.
    seen: usize,
}

#[derive(Default, Clone, Copy)]
enum At {
    #[default]
    Head,
    /// Between arguments.
    Body,
    Value,
    /// A value of elements: read when it is over.
    Elements,
    /// After a call.
    Tail,
}

impl Reader for Block {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match self.at {
            At::Head => self.head(rest, end, sink),
            At::Body => self.body(rest, end, sink),
            At::Value => self.value(rest, end, sink),
            At::Elements => self.elements(rest, end, sink),
            At::Tail => self.tail(rest, end),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        [BLOCK_END].to_vec()
    }
}

/// What follows the token.
fn after_token(text: &str) -> Result<&str, Match> {
    let rest = text.trim_start();
    match matches(rest, TOKEN) {
        Match::Yes => Ok(&rest[TOKEN.len()..]),
        other => Err(other),
    }
}

impl Block {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let found = after_token(text).and_then(|rest| match matches(rest, WRAPPER) {
            Match::Yes => named_tag(after_token(&rest[WRAPPER.len()..])?, INVOKE),
            Match::No => named_tag(rest, INVOKE),
            Match::Begun => Err(Match::Begun),
        });
        match found {
            Ok((name, rest)) if sink.start(name, None) => {
                self.fields = Fields::default();
                self.at = At::Body;
                Go::On(text.len() - rest.len())
            }
            Err(Match::Begun) if !end.is_here() => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        }
    }

    fn body(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = after_token(text);
        let closes = rest.is_ok_and(|rest| rest.starts_with(INVOKE_END));
        let is_over = rest == Err(Match::No) || rest == Err(Match::Begun) && end == End::Clean;
        if closes || is_over {
            self.fields.close(sink);
            sink.end();
            self.at = At::Tail;
            let taken = rest.map_or(0, |rest| text.len() - rest.len() + INVOKE_END.len());
            return Go::On(taken);
        }
        match rest.and_then(|rest| tag(rest, "<", ">")) {
            Ok((name, value)) => {
                self.fields.begin(name, Meaning::OfSchema, sink);
                self.name = name.into();
                self.close = format!("{TOKEN}</{name}>");
                self.at = At::Value;
                Go::On(text.len() - value.len())
            }
            Err(Match::Begun) if !end.is_here() => Go::Stop(Step::More(0)),
            Err(_) => Go::Stop(Step::More(text.len())),
        }
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        for (at, _) in text.match_indices(']') {
            let rest = &text[at..];
            match (matches(rest, TOKEN), matches(rest, &self.close)) {
                (Match::No, _) => {}
                (_, Match::Yes) => {
                    self.fields.text(&text[..at], sink);
                    self.fields.end(sink);
                    self.at = At::Body;
                    return Go::On(at + self.close.len());
                }
                (Match::Yes, Match::No) => {
                    self.fields.text(&text[..at], sink);
                    self.at = At::Elements;
                    self.seen = 0;
                    return Go::On(at);
                }
                (_, Match::Begun) if end.is_here() => {}
                _ => {
                    self.fields.text(&text[..at], sink);
                    return Go::Stop(Step::More(at));
                }
            }
        }
        self.fields.text(text, sink);
        if end.is_here() {
            self.fields.cut(sink);
        }
        Go::Stop(Step::More(text.len()))
    }

    fn elements(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let found = text[self.seen..].find(&self.close);
        let Some(at) = found.map(|at| self.seen + at) else {
            self.seen = before(text, self.close.len());
            if !end.is_here() {
                return Go::Stop(Step::More(0));
            }
            self.fields.text(text, sink);
            self.fields.cut(sink);
            return Go::Stop(Step::More(text.len()));
        };
        let json = elements::json(&text[..at], TOKEN, sink.argument(&self.name));
        let json = json.map(|json| json.to_text());
        self.fields
            .text(json.as_deref().unwrap_or(&text[..at]), sink);
        self.fields.end(sink);
        self.at = At::Body;
        Go::On(at + self.close.len())
    }

    fn tail(&mut self, text: &str, end: End) -> Go {
        match after_token(text) {
            Ok(rest) if rest.starts_with(INVOKE) => {
                self.at = At::Head;
                Go::Stop(Step::Next(0))
            }
            Ok(rest) if rest.starts_with(WRAPPER_END) => {
                Go::Stop(Step::Done(text.len() - rest.len() + WRAPPER_END.len()))
            }
            Ok(rest) if INVOKE.starts_with(rest) || WRAPPER_END.starts_with(rest) => {
                Go::Stop(if end.is_here() {
                    Step::Done(0)
                } else {
                    Step::More(0)
                })
            }
            Err(Match::Begun) if !end.is_here() => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Done(0)),
        }
    }
}

/// A place at most so many bytes before the end.
fn before(text: &str, bytes: usize) -> usize {
    let place = text.len().saturating_sub(bytes);
    (0..=place)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
