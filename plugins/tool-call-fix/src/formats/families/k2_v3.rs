//! K2 Horizon of IFM, which chooses between two ways of writing:
//!
//! ```text
//! <ifm|tool_calls>
//! <ifm|tool_call>NAME
//! <ifm|arg_key>KEY</ifm|arg_key>
//! <ifm|arg_type>string</ifm|arg_type>
//! <ifm|arg_value>VALUE</ifm|arg_value>
//! </ifm|tool_call>
//! <ifm|tool_call>{"name": NAME, "arguments": {…}}</ifm|tool_call>
//! </ifm|tool_calls>
//! ```
//!
//! Seen too: an array of such objects right in the outer tags.
//!
//! The type need not be there; where it is, it says whether a value is a string or JSON.

use super::glm45::{Tags, after, key, name_after};
use crate::formats::fields::Meaning;
use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::markup::{Argument, Key, Markup, markup, tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Match, Opener, is_name, matches};

pub static FORMAT: Format = Format {
    name: "k2_v3",
    aliases: &["ifm", "k2_horizon", "k2-horizon"],
    openers: &[
        Opener::new(WRAPPER, |c| c == '<', markup!(MARKUP)),
        Opener::new(WRAPPER, |c| c == '<', json_calls!(JSON)),
        Opener::new(WRAPPER, json, json_calls!(LIST)),
        Opener::new(CALL, is_name, markup!(MARKUP)),
        Opener::new(CALL, json, json_calls!(JSON)),
    ],
    unmistakable: true,
};

const WRAPPER: &str = "<ifm|tool_calls>";
const WRAPPER_END: &str = "</ifm|tool_calls>";
const CALL: &str = "<ifm|tool_call>";
const CALL_END: &str = "</ifm|tool_call>";
const TYPE: &str = "<ifm|arg_type>";
const TYPE_END: &str = "</ifm|arg_type>";

const TAGS: Tags = Tags {
    key: "<ifm|arg_key>",
    key_end: "</ifm|arg_key>",
    value: "<ifm|arg_value>",
};

static JSON: Wrapper = Wrapper {
    open: &[
        "<ifm|tool_calls>\n<ifm|tool_call>",
        "<ifm|tool_calls><ifm|tool_call>",
        CALL,
    ],
    close: &[CALL_END],
    end: &[WRAPPER_END],
    object: Kind::Named,
};

/// Objects right in the wrapper.
static LIST: Wrapper = Wrapper {
    open: &[WRAPPER],
    close: &[WRAPPER_END],
    end: &[],
    object: Kind::Bare,
};

static MARKUP: Markup = Markup {
    open: &[WRAPPER],
    call: |text| name_after(text, CALL),
    again: Some(CALL),
    close: &[CALL_END],
    end: &[WRAPPER_END],
    argument,
    argument_open: TAGS.key,
    value: Value {
        close: "</ifm|arg_value>",
        follow: &[TAGS.key, CALL_END],
        own_lines: false,
    },
};

fn argument(text: &str) -> Key<'_> {
    let (name, mut rest) = key(text, &TAGS)?;
    let mut meaning = Meaning::OfSchema;
    match matches(rest, TYPE) {
        Match::Yes => {
            let (kind, after) = tag(rest, TYPE, TYPE_END)?;
            meaning = match kind.trim() {
                "string" => Meaning::Text,
                _ => Meaning::Json,
            };
            rest = after.trim_start();
        }
        Match::Begun => return Err(Match::Begun),
        Match::No => {}
    }
    let argument = Argument {
        meaning,
        ..Argument::named(name)
    };
    Ok((argument, after(rest, TAGS.value)?))
}
