//! The XML of Cline, Roo and Kilo, which models trained on it also write where tools are
//! offered as such:
//!
//! ```text
//! <NAME>
//! <KEY>VALUE</KEY>
//! </NAME>
//! ```
//!
//! Only the name of an offered tool begins a call, and one of its arguments, or its end, must
//! follow.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::formats::fields::{Fields, Meaning};
use crate::formats::tagged::{Inside, Value, followed};
use crate::formats::{End, Format, Go, Match, Opener, Reader, Sink, Step, first_of, run};

pub static FORMAT: Format = Format {
    name: "cline",
    aliases: &["roo", "kilo"],
    openers: &[Opener::new("<", |c| c == '>', || Box::new(Element::default())).before_tool()],
    unmistakable: false,
};

#[derive(Default)]
struct Element {
    at: At,
    /// `</NAME>`
    close: String,
    /// The opening tags of the tool's arguments.
    arguments: Vec<String>,
    /// The number of the argument that is read.
    argument: usize,
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

impl Reader for Element {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match self.at {
            At::Head => self.head(rest, end, sink),
            At::Body => self.body(rest, end, sink),
            At::Value => self.value(rest, end, sink),
        })
    }
}

impl Element {
    fn tags(&self) -> Vec<&str> {
        let arguments = self.arguments.iter().map(String::as_str);
        arguments.chain([self.close.as_str()]).collect()
    }

    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let tag = text[1..].split_once('>');
        let Some((name, body)) = tag.map(|(name, body)| (name.trim(), body)) else {
            return Go::Stop(Step::Not);
        };
        if self.close.is_empty() {
            let Some(tool) = sink.tool(name) else {
                return Go::Stop(Step::Not);
            };
            self.close = format!("</{name}>");
            self.arguments = tool
                .argument_names()
                .map(|key| format!("<{key}>"))
                .collect();
        }
        match followed(body, &[&self.tags()], End::No) {
            Match::Yes if sink.start(name, None) => {
                self.at = At::Body;
                Go::On(text.len() - body.len())
            }
            Match::Begun if !end.is_here() => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        }
    }

    fn body(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start();
        let tags = self.tags();
        let found = first_of(rest, &tags).map(ToString::to_string);
        match found {
            Ok(tag) if tag == self.close => {
                self.fields.close(sink);
                sink.end();
                Go::Stop(Step::Done(text.len() - rest.len() + tag.len()))
            }
            Ok(tag) => {
                let number = self.arguments.iter().position(|known| *known == tag);
                self.argument = number.unwrap_or_default();
                let key = tag.trim_matches(['<', '>']);
                self.fields.begin(key, Meaning::OfSchema, sink);
                self.at = At::Value;
                Go::On(text.len() - rest.len() + tag.len())
            }
            Err(Match::Begun) if !end.is_here() => Go::Stop(Step::More(0)),
            Err(Match::Begun) if end == End::Cut => Go::Stop(Step::More(text.len())),
            // The closing tag is missing.
            Err(_) => {
                self.fields.close(sink);
                sink.end();
                Go::Stop(Step::Done(0))
            }
        }
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let close = self.arguments[self.argument].replacen('<', "</", 1);
        let arguments = self.arguments.iter().map(String::as_str);
        let follow: Vec<&str> = arguments.chain([self.close.as_str()]).collect();
        let value = Value {
            close: &close,
            follow: &follow,
            own_lines: true,
        };
        let text_only = |_: &Fields, _: &Sink, _: &str| Inside::Text;
        let go = self.fields.read(value, &text_only, text, end, sink);
        if let Go::On(_) = go {
            self.at = At::Body;
        }
        go
    }
}
