//! Small models everywhere (Qwen2.5-Coder, Gemma 3, Phi, …): an object or array that is the whole
//! message, perhaps in a code fence:
//!
//! ```text
//! {"name": NAME, "arguments": {…}}
//! ```
//!
//! Without a fence it counts as soon as the message starts so; a fence is how examples look too,
//! so nothing may follow it.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "bare_json",
    aliases: &["json"],
    openers: &[
        Opener::new("{", |c| c == '"', json_calls!(BARE)).only(Place::Start),
        Opener::new("[", |c| c == '{', json_calls!(BARE)).only(Place::Start),
        Opener::new("```json", json, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("```tool_code", json, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("```tool_call", json, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("```", json, json_calls!(FENCED)).only(Place::Alone),
    ],
    unmistakable: false,
};

static BARE: Wrapper = Wrapper {
    open: &[],
    close: &[],
    end: &[],
    object: Kind::Bare,
};

static FENCED: Wrapper = Wrapper {
    open: &["```json", "```tool_code", "```tool_call", "```"],
    close: &["```"],
    end: &[],
    object: Kind::Bare,
};
