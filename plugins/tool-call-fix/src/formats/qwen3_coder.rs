//! Qwen3-Coder, Qwen3.5, Nemotron 3 Nano, `MiMo`, Step-3.5:
//!
//! ```text
//! <tool_call>
//! <function=NAME>
//! <parameter=KEY>
//! VALUE
//! </parameter>
//! </function>
//! </tool_call>
//! ```
//!
//! `<tool_call>` is often missing, closing tags sometimes. One line break is taken off either
//! end of a value; nothing in it is escaped. Llama 3.1's `<function=NAME>{json}</function>`
//! is read too.

use alloc::boxed::Box;

use super::fields::Fields;
use super::json_args::{JsonArgs, Read};
use super::tagged::{Found, Value, followed};
use super::{End, Format, Go, MAX_NAME, Match, Opener, Reader, Sink, Step, is_name, matches, run};

pub static FORMAT: Format = Format {
    name: "qwen3_coder",
    aliases: &["qwen3_xml", "mimo", "step3p5", "nemotron_nano"],
    openers: &[
        Opener {
            text: WRAPPER,
            next: |c| c == '<',
        },
        Opener {
            text: FUNCTION,
            next: is_name,
        },
    ],
    unmistakable: false,
    reader: || Box::new(Function::default()),
};

const WRAPPER: &str = "<tool_call>";
const WRAPPER_END: &str = "</tool_call>";
const FUNCTION: &str = "<function=";
const FUNCTION_END: &str = "</function>";
const PARAMETER: &str = "<parameter=";

const VALUE: Value = Value {
    close: "</parameter>",
    follow: &[PARAMETER, FUNCTION_END, FUNCTION, WRAPPER_END],
    own_lines: true,
};

#[derive(Default)]
struct Function {
    at: At,
    fields: Fields,
}

#[derive(Default)]
enum At {
    /// At `<tool_call>` or `<function=`.
    #[default]
    Head,
    /// Between parameters.
    Body,
    /// Before the line break that begins a value.
    FirstLine,
    Value,
    Json(JsonArgs),
    /// After `</function>`.
    Tail,
}

impl Reader for Function {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end, sink),
            At::Body => self.body(rest, end, sink),
            At::FirstLine => match rest.chars().next() {
                None if !end.is_here() => Go::Stop(Step::More(0)),
                first => {
                    self.at = At::Value;
                    Go::On(usize::from(first == Some('\n')))
                }
            },
            At::Value => self.value(rest, end, sink),
            At::Json(args) => match args.read(rest, &[FUNCTION_END, WRAPPER_END], end, sink) {
                Read::More(taken) => Go::Stop(Step::More(taken)),
                Read::Over(taken) => self.over(taken, sink),
            },
            At::Tail => self.tail(rest, end),
        })
    }
}

impl Function {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.strip_prefix(WRAPPER).unwrap_or(text).trim_start();
        let (name, rest) = match name_tag(rest, FUNCTION) {
            Ok(found) => found,
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(_) => return Go::Stop(Step::Not),
        };
        let body = followed(rest, &[PARAMETER, FUNCTION_END, WRAPPER_END, "{"], End::No);
        match body {
            Match::Yes if sink.start(name, None) => {}
            Match::Begun if !end.is_here() => return Go::Stop(Step::More(0)),
            _ => return Go::Stop(Step::Not),
        }
        let body = rest.trim_start();
        self.fields = Fields::default();
        self.at = if body.starts_with('{') {
            At::Json(JsonArgs::default())
        } else {
            At::Body
        };
        Go::On(text.len() - body.len())
    }

    /// Between parameters.
    fn body(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        match name_tag(rest, PARAMETER) {
            Ok((name, value)) => {
                self.fields.begin(name.trim_matches('"'), sink);
                self.at = At::FirstLine;
                return Go::On(text.len() - value.len());
            }
            Err(Match::Begun) if !end.is_here() => return Go::Stop(Step::More(0)),
            Err(_) => {}
        }
        match (matches(rest, FUNCTION_END), end) {
            (Match::Begun, End::No) => return Go::Stop(Step::More(0)),
            // Cut between parameters: others may be missing.
            (Match::Begun, End::Cut) => return Go::Stop(Step::More(text.len())),
            _ => {}
        }
        // `</function>` may be missing.
        self.fields.close(sink);
        self.over(space, sink)
    }

    fn value(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let unclosed = |text: &str| match matches(text, FUNCTION_END) {
            Match::No => match name_tag(text, PARAMETER) {
                Ok((name, _)) if self.fields.expects(name, sink) => Match::Yes,
                Ok(_) => Match::No,
                Err(other) => other,
            },
            Match::Yes => followed(&text[FUNCTION_END.len()..], &[WRAPPER_END], End::No),
            begun => begun,
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

    /// The arguments are over.
    fn over(&mut self, taken: usize, sink: &mut Sink) -> Go {
        sink.end();
        self.at = At::Tail;
        Go::On(taken)
    }

    /// Closing tags, or another function in the same wrapper.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        for tag in [FUNCTION_END, WRAPPER_END, FUNCTION] {
            match matches(rest, tag) {
                Match::Yes if tag == FUNCTION_END => return Go::On(space + tag.len()),
                Match::Yes if tag == WRAPPER_END => return Go::Stop(Step::Done(space + tag.len())),
                Match::Yes => {
                    self.at = At::Head;
                    return Go::Stop(Step::Next(0));
                }
                Match::Begun if !end.is_here() => return Go::Stop(Step::More(0)),
                _ => {}
            }
        }
        Go::Stop(Step::Done(0))
    }
}

/// `NAME` and what follows in `<tag=NAME>…`.
fn name_tag<'t>(text: &'t str, tag: &str) -> Result<(&'t str, &'t str), Match> {
    let rest = match matches(text, tag) {
        Match::Yes => &text[tag.len()..],
        other => return Err(other),
    };
    match rest.find(['>', '<', '\n']) {
        Some(at) if rest[at..].starts_with('>') && (1..=MAX_NAME).contains(&at) => {
            Ok((&rest[..at], &rest[at + 1..]))
        }
        None if rest.len() <= MAX_NAME => Err(Match::Begun),
        _ => Err(Match::No),
    }
}
