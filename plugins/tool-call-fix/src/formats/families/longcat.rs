//! `LongCat`-Flash: the grammar of Hermes, or of GLM, with tags of its own:
//!
//! ```text
//! <longcat_tool_call>{"name": NAME, "arguments": {…}}</longcat_tool_call>
//! <longcat_tool_call>NAME
//! <longcat_arg_key>KEY</longcat_arg_key>
//! <longcat_arg_value>VALUE</longcat_arg_value>
//! </longcat_tool_call>
//! ```

use super::glm45::{Tags, key_and_value, name_after};
use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::markup::{Markup, markup};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "longcat",
    aliases: &["longcat_flash"],
    openers: &[
        Opener::new(OPEN, json, json_calls!(WRAPPER)),
        Opener::new(OPEN, is_name, markup!(MARKUP)),
    ],
    unmistakable: false,
};

const OPEN: &str = "<longcat_tool_call>";

static WRAPPER: Wrapper = Wrapper {
    open: &[OPEN],
    close: &["</longcat_tool_call>"],
    end: &[],
    object: Kind::Named,
};

static MARKUP: Markup = Markup {
    open: &[],
    call: |text| name_after(text, OPEN),
    again: None,
    close: &["</longcat_tool_call>"],
    end: &[],
    argument: |text| key_and_value(text, &TAGS),
    argument_open: TAGS.key,
    value: Value {
        close: "</longcat_arg_value>",
        follow: &[TAGS.key, "</longcat_tool_call>"],
        own_lines: false,
    },
};

const TAGS: Tags = Tags {
    key: "<longcat_arg_key>",
    key_end: "</longcat_arg_key>",
    value: "<longcat_arg_value>",
};
