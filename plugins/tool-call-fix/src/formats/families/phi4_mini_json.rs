//! Phi-4-mini:
//!
//! ```text
//! functools[{"name": NAME, "arguments": {…}}, …]
//! ```
//!
//! Its template also has `<|tool_call|>[…]<|/tool_call|>`.

use crate::formats::json_calls::{Kind, Wrapper, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "phi4_mini_json",
    aliases: &["phi4", "phi4_mini"],
    openers: &[
        Opener::new("functools", |c| c == '[', json_calls!(WRAPPER)),
        Opener::new("<|tool_call|>", |c| c == '[', json_calls!(WRAPPER)),
    ],
    unmistakable: false,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["functools", "<|tool_call|>"],
    close: &["<|/tool_call|>"],
    end: &[],
    object: Kind::Named,
};
