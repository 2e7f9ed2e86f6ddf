//! Claude over text, models distilled from it, Qwen in long sessions:
//!
//! ```text
//! <function_calls>
//! <invoke name="NAME">
//! <parameter name="KEY">VALUE</parameter>
//! </invoke>
//! </function_calls>
//! ```
//!
//! Also with a name space before each name, and without the wrapper.

use crate::formats::markup::{Argument, Key, Markup, Tag, markup, named_tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "anthropic",
    aliases: &["claude", "function_calls"],
    openers: &[
        Opener::new("<function_calls>", |c| c == '<', markup!(PLAIN)),
        Opener::new("<antml:function_calls>", |c| c == '<', markup!(SPACED)),
        Opener::new(INVOKE, |c| c == 'n', markup!(PLAIN)),
        Opener::new(SPACED_INVOKE, |c| c == 'n', markup!(SPACED)),
    ],
    unmistakable: false,
};

pub const INVOKE: &str = "<invoke ";
pub const PARAMETER: &str = "<parameter ";
const SPACED_INVOKE: &str = "<antml:invoke ";
const SPACED_PARAMETER: &str = "<antml:parameter ";

static PLAIN: Markup = Markup {
    open: &["<function_calls>"],
    call: invoke,
    again: Some(INVOKE),
    close: &["</invoke>"],
    end: &["</function_calls>"],
    argument: parameter,
    argument_open: PARAMETER,
    value: Value {
        close: "</parameter>",
        follow: &[PARAMETER, "</invoke>", "</function_calls>"],
        own_lines: false,
    },
};

static SPACED: Markup = Markup {
    open: &["<antml:function_calls>"],
    call: |text| named_tag(text, SPACED_INVOKE),
    again: Some(SPACED_INVOKE),
    close: &["</antml:invoke>"],
    end: &["</antml:function_calls>"],
    argument: |text| named(named_tag(text, SPACED_PARAMETER)),
    argument_open: SPACED_PARAMETER,
    value: Value {
        close: "</antml:parameter>",
        follow: &[
            SPACED_PARAMETER,
            "</antml:invoke>",
            "</antml:function_calls>",
        ],
        own_lines: false,
    },
};

pub fn invoke(text: &str) -> Tag<'_> {
    named_tag(text, INVOKE)
}

pub fn parameter(text: &str) -> Key<'_> {
    named(named_tag(text, PARAMETER))
}

fn named(tag: Tag<'_>) -> Key<'_> {
    tag.map(|(name, rest)| (Argument::named(name), rest))
}
