//! xLAM:
//!
//! ```text
//! [{"name": NAME, "arguments": {…}}, …]
//! ```
//!
//! Bare, in a code fence, or between tags that other formats have.

use crate::formats::json_calls::{Kind, Wrapper, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "xlam",
    aliases: &["salesforce_xlam"],
    openers: &[
        Opener::new("[TOOL_CALLS]", array, json_calls!(TAGGED)),
        Opener::new("<tool_call>", array, json_calls!(TAGGED)),
        Opener::new("[", |c| c == '{', json_calls!(BARE)).only(Place::Start),
        Opener::new("```json", array, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("```", array, json_calls!(FENCED)).only(Place::Alone),
    ],
    unmistakable: false,
};

fn array(c: char) -> bool {
    c == '['
}

static TAGGED: Wrapper = Wrapper {
    open: &["[TOOL_CALLS]", "<tool_call>"],
    close: &["</tool_call>"],
    end: &[],
    object: Kind::Named,
};

static FENCED: Wrapper = Wrapper {
    open: &["```json", "```"],
    close: &["```"],
    end: &[],
    object: Kind::Bare,
};

static BARE: Wrapper = Wrapper {
    open: &[],
    close: &[],
    end: &[],
    object: Kind::Bare,
};
