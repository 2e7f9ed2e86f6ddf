//! Seed-OSS: the grammar of Qwen3-Coder in a wrapper of its own, values without line breaks of
//! their own:
//!
//! ```text
//! <seed:tool_call>
//! <function=NAME>
//! <parameter=KEY>VALUE</parameter>
//! </function>
//! </seed:tool_call>
//! ```
//!
//! The wrapper is a special token; where a server swallowed it, the name must be a tool's.

use super::qwen3_coder::{FUNCTION, PARAMETER, function, parameter};
use crate::formats::markup::{Markup, markup};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "seed_oss",
    aliases: &["seed", "seed-oss"],
    openers: &[
        Opener::new(WRAPPER, |c| c == '<', markup!(MARKUP)),
        Opener::new(FUNCTION, |c| c == '>', markup!(MARKUP)).before_tool(),
    ],
    unmistakable: true,
};

const WRAPPER: &str = "<seed:tool_call>";
const WRAPPER_END: &str = "</seed:tool_call>";

static MARKUP: Markup = Markup {
    open: &[WRAPPER],
    call: function,
    again: Some(FUNCTION),
    close: &["</function>"],
    end: &[WRAPPER_END],
    argument: parameter,
    argument_open: PARAMETER,
    value: Value {
        close: "</parameter>",
        follow: &[PARAMETER, "</function>", FUNCTION, WRAPPER_END],
        own_lines: false,
    },
};
