//! Granite 3.0 and 3.1 write an array, Granite 20B objects in a row:
//!
//! ```text
//! <|tool_call|>[{"name": NAME, "arguments": {…}}, …]
//! <function_call> {"name": NAME, "arguments": {…}}
//! ```
//!
//! Granite 3.1 has `<tool_call>` before its array; so have models of other families.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "granite",
    aliases: &["granite-20b-fc", "granite3", "granite_20b_fc"],
    openers: &[
        Opener::new("<|tool_call|>", json, json_calls!(WRAPPER)),
        Opener::new("<tool_call>", |c| c == '[', json_calls!(WRAPPER)),
        Opener::new("<function_call>", json, json_calls!(WRAPPER)),
    ],
    unmistakable: false,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<|tool_call|>", "<tool_call>", "<function_call>"],
    close: &["<|/tool_call|>", "</tool_call>", "</function_call>"],
    end: &[],
    object: Kind::Named,
};
