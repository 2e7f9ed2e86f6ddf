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

use crate::formats::markup::{Argument, Key, Markup, Tag, markup, tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "qwen3_coder",
    aliases: &[
        "qwen3_xml",
        "mimo",
        "step3p5",
        "nemotron_nano",
        "nemotron3_nano",
    ],
    openers: &[
        Opener::new("<tool_call>", |c| c == '<', markup!(MARKUP)),
        Opener::new(FUNCTION, is_name, markup!(MARKUP)),
    ],
    unmistakable: false,
};

pub const FUNCTION: &str = "<function=";
pub const PARAMETER: &str = "<parameter=";

static MARKUP: Markup = Markup {
    open: &["<tool_call>"],
    call: function,
    again: Some(FUNCTION),
    close: &["</function>"],
    end: &["</tool_call>"],
    argument: parameter,
    argument_open: PARAMETER,
    value: Value {
        close: "</parameter>",
        follow: &[PARAMETER, "</function>", FUNCTION, "</tool_call>"],
        own_lines: true,
    },
};

pub fn function(text: &str) -> Tag<'_> {
    tag(text, FUNCTION, ">")
}

pub fn parameter(text: &str) -> Key<'_> {
    let (name, rest) = tag(text, PARAMETER, ">")?;
    Ok((Argument::named(name.trim_matches('"')), rest))
}
