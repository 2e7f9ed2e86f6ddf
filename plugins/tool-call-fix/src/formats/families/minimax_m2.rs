//! `MiniMax` M2 and later of that line:
//!
//! ```text
//! <minimax:tool_call>
//! <invoke name="NAME">
//! <parameter name="KEY">VALUE</parameter>
//! </invoke>
//! </minimax:tool_call>
//! ```
//!
//! The wrapper is a special token; where a server swallowed it, the name must be a tool's.

use super::anthropic::{INVOKE, PARAMETER, invoke, parameter};
use crate::formats::markup::{Markup, markup};
use crate::formats::tagged::Value;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "minimax_m2",
    aliases: &["minimax-m2", "minimax"],
    openers: &[
        Opener::new(WRAPPER, |c| c == '<', markup!(MARKUP)),
        Opener::new("<invoke name=\"", |c| c == '"', markup!(MARKUP)).before_tool(),
    ],
    unmistakable: true,
};

const WRAPPER: &str = "<minimax:tool_call>";
const WRAPPER_END: &str = "</minimax:tool_call>";

static MARKUP: Markup = Markup {
    open: &[WRAPPER],
    call: invoke,
    again: Some(INVOKE),
    close: &["</invoke>"],
    end: &[WRAPPER_END],
    argument: parameter,
    argument_open: PARAMETER,
    value: Value {
        close: "</parameter>",
        follow: &[PARAMETER, "</invoke>", WRAPPER_END],
        own_lines: false,
    },
};
