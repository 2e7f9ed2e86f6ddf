//! Solar Open 2:
//!
//! ```text
//! <|tool_call:start|>NAME
//! <|tool_arg:start|>KEY<|tool_arg:value|>VALUE<|tool_arg:end|>
//! <|tool_call:end|>
//! ```

use super::glm45::name_after;
use crate::formats::markup::{Argument, Key, Markup, markup, tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "solar_open2",
    aliases: &["solar"],
    openers: &[Opener::new(CALL, is_name, markup!(MARKUP))],
    unmistakable: true,
};

const CALL: &str = "<|tool_call:start|>";
const CALL_END: &str = "<|tool_call:end|>";
const ARGUMENT: &str = "<|tool_arg:start|>";

static MARKUP: Markup = Markup {
    open: &[],
    call: |text| name_after(text, CALL),
    again: None,
    close: &[CALL_END],
    end: &[],
    argument,
    argument_open: ARGUMENT,
    value: Value {
        close: "<|tool_arg:end|>",
        follow: &[ARGUMENT, CALL_END],
        own_lines: false,
    },
};

fn argument(text: &str) -> Key<'_> {
    let (name, rest) = tag(text, ARGUMENT, "<|tool_arg:value|>")?;
    Ok((Argument::named(name), rest))
}
