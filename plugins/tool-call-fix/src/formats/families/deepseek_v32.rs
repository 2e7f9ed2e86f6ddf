//! `DeepSeek` V3.2 and V4:
//!
//! ```text
//! <｜DSML｜function_calls>
//! <｜DSML｜invoke name="NAME">
//! <｜DSML｜parameter name="KEY" string="true|false">VALUE</｜DSML｜parameter>
//! </｜DSML｜invoke>
//! </｜DSML｜function_calls>
//! ```
//!
//! With `string="false"` the value is JSON. V4 says `tool_calls` for `function_calls`. The
//! arguments may also stand there as one object of JSON.

use crate::formats::fields::Meaning;
use crate::formats::markup::{Argument, Key, Markup, attribute, markup, named_tag, tag};
use crate::formats::tagged::Value;
use crate::formats::{Format, Match, Opener};

pub static FORMAT: Format = Format {
    name: "deepseek_v32",
    aliases: &["deepseekv32", "deepseek_v4", "deepseekv4"],
    openers: &[
        Opener::new("<｜DSML｜function_calls>", |c| c == '<', markup!(MARKUP)),
        Opener::new("<｜DSML｜tool_calls>", |c| c == '<', markup!(MARKUP)),
        Opener::new(INVOKE, |c| c == 'n', markup!(MARKUP)),
    ],
    unmistakable: true,
};

const INVOKE: &str = "<｜DSML｜invoke ";
const INVOKE_END: &str = "</｜DSML｜invoke>";
const PARAMETER: &str = "<｜DSML｜parameter ";

static MARKUP: Markup = Markup {
    open: &["<｜DSML｜function_calls>", "<｜DSML｜tool_calls>"],
    call: |text| named_tag(text, INVOKE),
    again: Some(INVOKE),
    close: &[INVOKE_END],
    end: &["</｜DSML｜function_calls>", "</｜DSML｜tool_calls>"],
    argument,
    argument_open: PARAMETER,
    value: Value {
        close: "</｜DSML｜parameter>",
        follow: &[
            PARAMETER,
            INVOKE_END,
            "</｜DSML｜function_calls>",
            "</｜DSML｜tool_calls>",
        ],
        own_lines: false,
    },
};

fn argument(text: &str) -> Key<'_> {
    let (inside, rest) = tag(text, PARAMETER, ">")?;
    let name = attribute(inside, "name").ok_or(Match::No)?;
    let meaning = match attribute(inside, "string") {
        Some("true") => Meaning::Text,
        Some("false") => Meaning::Json,
        _ => Meaning::OfSchema,
    };
    let argument = Argument {
        meaning,
        ..Argument::named(name)
    };
    Ok((argument, rest))
}
