//! Kimi K2, K2-Thinking, K2.5:
//!
//! ```text
//! <|tool_calls_section_begin|>
//!   <|tool_call_begin|>functions.NAME:INDEX<|tool_call_argument_begin|>JSON<|tool_call_end|>
//!   …
//! <|tool_calls_section_end|>
//! ```
//!
//! `functions.NAME:INDEX` is kept as the id, because Kimi's template prints ids into the next
//! prompt. Where a server swallowed the special tokens, `functions.NAME:INDEX{…}` is left.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::formats::json_args::{JsonArgs, Read};
use crate::formats::{
    End, Format, Go, MAX_NAME, Match, Opener, Reader, Sink, Step, first_of, is_name, matches, run,
};

pub static FORMAT: Format = Format {
    name: "kimi_k2",
    aliases: &["kimi", "kimi-k2"],
    openers: &[
        Opener::new(SECTIONS[0], tag, section),
        Opener::new(SECTIONS[1], tag, section),
        Opener::new(CALL, is_name, section),
        Opener::new(BARE, is_name, section),
    ],
    unmistakable: true,
};

fn tag(c: char) -> bool {
    c == '<'
}

fn section() -> Box<dyn Reader> {
    Box::new(Section::default())
}

const SECTIONS: [&str; 2] = [
    "<|tool_calls_section_begin|>",
    "<|tool_call_section_begin|>",
];
const SECTION_ENDS: [&str; 2] = ["<|tool_calls_section_end|>", "<|tool_call_section_end|>"];
const CALL: &str = "<|tool_call_begin|>";
const ARGUMENTS: &str = "<|tool_call_argument_begin|>";
const CALL_END: &str = "<|tool_call_end|>";
const BARE: &str = "functions.";

#[derive(Default)]
struct Section {
    at: At,
    bare: bool,
}

#[derive(Default)]
enum At {
    #[default]
    Head,
    Json(JsonArgs),
    /// After the arguments.
    Tail,
}

impl Reader for Section {
    fn read(&mut self, text: &str, end: End, sink: &mut Sink) -> Step {
        run(text, |rest| match &mut self.at {
            At::Head => self.head(rest, end, sink),
            At::Json(args) => {
                let enders = [CALL_END, CALL, SECTION_ENDS[0], SECTION_ENDS[1]];
                match args.read(rest, &[&enders], end, sink) {
                    Read::More(taken) => Go::Stop(Step::More(taken)),
                    Read::Over(taken) => {
                        sink.end();
                        self.at = At::Tail;
                        Go::On(taken)
                    }
                }
            }
            At::Tail => self.tail(rest, end),
        })
    }

    fn ends(&self) -> Vec<&'static str> {
        SECTION_ENDS.to_vec()
    }
}

impl Section {
    fn head(&mut self, text: &str, end: End, sink: &mut Sink) -> Go {
        let section = first_of(text, &SECTIONS).map_or(0, str::len);
        let rest = text[section..].trim_start();
        let more = |matched: Match| match matched {
            Match::Begun if !end.is_here() => Go::Stop(Step::More(0)),
            _ => Go::Stop(Step::Not),
        };
        let rest = match matches(rest, CALL) {
            Match::Yes => rest[CALL.len()..].trim_start(),
            Match::No if rest.starts_with(BARE) => {
                self.bare = true;
                rest
            }
            other => return more(other),
        };
        let id_end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let (id, body) = rest.split_at(id_end);
        if id.len() > MAX_NAME {
            return Go::Stop(Step::Not);
        }
        let opener = if self.bare { "{" } else { ARGUMENTS };
        let body = body.trim_start();
        match matches(body, opener) {
            Match::Yes => {}
            other => return more(other),
        }
        let credible = !self.bare || is_id(id) && sink.offers(id);
        if !credible || !sink.start(id, is_id(id).then_some(id)) {
            return Go::Stop(Step::Not);
        }
        self.at = At::Json(JsonArgs::default());
        let skipped = if self.bare { 0 } else { ARGUMENTS.len() };
        Go::On(text.len() - body.len() + skipped)
    }

    /// The end of the call, then another one or the end of the section.
    fn tail(&mut self, text: &str, end: End) -> Go {
        let rest = text.trim_start();
        let space = text.len() - rest.len();
        let tags = [CALL_END, CALL, SECTION_ENDS[0], SECTION_ENDS[1]];
        let tag = tags.into_iter().find(|tag| rest.starts_with(tag));
        match tag {
            Some(CALL_END) => Go::On(space + CALL_END.len()),
            Some(CALL) => {
                self.at = At::Head;
                Go::Stop(Step::Next(0))
            }
            Some(section_end) => Go::Stop(Step::Done(space + section_end.len())),
            None => {
                let begun = tags.iter().any(|tag| matches(rest, tag) == Match::Begun);
                match begun && !end.is_here() {
                    true => Go::Stop(Step::More(0)),
                    false => Go::Stop(Step::Done(0)),
                }
            }
        }
    }
}

/// `functions.NAME:INDEX`
fn is_id(id: &str) -> bool {
    let index = id.strip_prefix(BARE).and_then(|id| id.rsplit_once(':'));
    index.is_some_and(|(name, index)| {
        !name.is_empty() && !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit())
    })
}
