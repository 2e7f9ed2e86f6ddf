//! Apertus:
//!
//! ```text
//! <|tools_prefix|>[{NAME: {…}}, …]<|tools_suffix|>
//! ```

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "apertus",
    aliases: &["apertus2509"],
    openers: &[Opener::new("<|tools_prefix|>", json, json_calls!(WRAPPER))],
    unmistakable: true,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<|tools_prefix|>"],
    close: &["<|tools_suffix|>"],
    end: &[],
    object: Kind::Keyed,
};
