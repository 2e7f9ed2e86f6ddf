//! Gemma 4:
//!
//! ```text
//! <|tool_call>call:NAME{KEY:<|"|>VALUE<|"|>,KEY:1}<tool_call|>
//! ```
//!
//! Seen too: without the opener, with `<turn|>` at the end, with a colon before `call`.

use crate::formats::literals::{Style, literals};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "gemma4",
    aliases: &[],
    openers: &[
        Opener::new("<|tool_call>call:", is_name, literals!(STYLE)),
        Opener::new("<|tool_call>:call:", is_name, literals!(STYLE)),
        Opener::new("call:", is_name, literals!(STYLE)).only(Place::Start),
        Opener::new(":call:", is_name, literals!(STYLE)).only(Place::Start),
    ],
    unmistakable: true,
};

static STYLE: Style = Style {
    open: &["<|tool_call>"],
    close: &["<tool_call|>", "<turn|>"],
    before_name: &["call:", ":call:"],
    brackets: ('{', '}'),
    assigns: ':',
    raw: Some("<|\"|>"),
};
