//! Hunyuan v3:
//!
//! ```text
//! <tool_calls>
//! <tool_call>NAME<tool_sep>
//! <arg_key>KEY</arg_key>
//! <arg_value>VALUE</arg_value>
//! </tool_call>
//! </tool_calls>
//! ```

use super::glm45::{TAGS, key_and_value, name_after};
use crate::formats::markup::{Markup, Tag, markup};
use crate::formats::tagged::Value;
use crate::formats::{Format, Match, Opener, is_name, matches};

pub static FORMAT: Format = Format {
    name: "hy_v3",
    aliases: &["hunyuan_v3"],
    openers: &[
        Opener::new(WRAPPER, |c| c == '<', markup!(MARKUP)),
        Opener::new(CALL, is_name, markup!(MARKUP)),
    ],
    unmistakable: false,
};

const WRAPPER: &str = "<tool_calls>";
const WRAPPER_END: &str = "</tool_calls>";
const CALL: &str = "<tool_call>";
const SEPARATOR: &str = "<tool_sep>";

static MARKUP: Markup = Markup {
    open: &[WRAPPER],
    call,
    again: Some(CALL),
    close: &["</tool_call>"],
    end: &[WRAPPER_END],
    argument: |text| key_and_value(text, &TAGS),
    argument_open: TAGS.key,
    value: Value {
        close: "</arg_value>",
        follow: &[TAGS.key, "</tool_call>"],
        own_lines: false,
    },
};

fn call(text: &str) -> Tag<'_> {
    let (name, rest) = name_after(text, CALL)?;
    let rest = rest.trim_start();
    match matches(rest, SEPARATOR) {
        Match::Yes => Ok((name, &rest[SEPARATOR.len()..])),
        other => Err(other),
    }
}
