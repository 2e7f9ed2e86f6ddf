//! Kimi K3:
//!
//! ```text
//! <|open|>tools<|sep|>
//! <|open|>call tool="NAME" index="1"<|sep|>
//! <|open|>argument key="KEY" type="string"<|sep|>VALUE<|close|>argument<|sep|>
//! <|close|>call<|sep|>
//! <|close|>tools<|sep|><|end_of_msg|>
//! ```
//!
//! A value of another type than `string` is JSON. The arguments may also stand there as one
//! object, after `<|open|>json<|sep|>` or by itself.

use crate::formats::fields::Meaning;
use crate::formats::markup::{Argument, Key, Markup, Tag, attribute, markup, tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Match, Opener, matches};

pub static FORMAT: Format = Format {
    name: "kimi_k3",
    aliases: &["kimi-k3"],
    openers: &[
        Opener::new("<|open|>tools<|sep|>", |c| c == '<', markup!(MARKUP)),
        Opener::new(CALL, |c| c == 't', markup!(MARKUP)),
    ],
    unmistakable: true,
};

const CALL: &str = "<|open|>call ";
const ARGUMENT: &str = "<|open|>argument ";
const JSON: &str = "<|open|>json<|sep|>";
const CALL_END: &str = "<|close|>call<|sep|>";
const ARGUMENT_END: &str = "<|close|>argument<|sep|>";
const SEPARATOR: &str = "<|sep|>";

static MARKUP: Markup = Markup {
    open: &["<|open|>tools<|sep|>"],
    call,
    again: Some(CALL),
    close: &["<|close|>json<|sep|>", CALL_END, "<|close|>tools<|sep|>"],
    end: &["<|end_of_msg|>"],
    argument,
    argument_open: ARGUMENT,
    value: Value {
        close: ARGUMENT_END,
        follow: &[ARGUMENT, CALL_END],
        own_lines: false,
    },
};

fn call(text: &str) -> Tag<'_> {
    let (inside, rest) = tag(text, CALL, SEPARATOR)?;
    let name = attribute(inside, "tool").ok_or(Match::No)?;
    let body = rest.trim_start();
    match matches(body, JSON) {
        Match::Yes => Ok((name, &body[JSON.len()..])),
        Match::No => Ok((name, rest)),
        Match::Begun => Err(Match::Begun),
    }
}

fn argument(text: &str) -> Key<'_> {
    let (inside, rest) = tag(text, ARGUMENT, SEPARATOR)?;
    let name = attribute(inside, "key").ok_or(Match::No)?;
    let meaning = match attribute(inside, "type") {
        Some("string") => Meaning::Text,
        Some(_) => Meaning::Json,
        None => Meaning::OfSchema,
    };
    let argument = Argument {
        meaning,
        ..Argument::named(name)
    };
    Ok((argument, rest))
}
