//! LFM2:
//!
//! ```text
//! <|tool_call_start|>[NAME(KEY=VALUE, …), …]<|tool_call_end|>
//! ```

use crate::formats::literals::{Style, literals};
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "lfm2",
    aliases: &[],
    openers: &[Opener::new(
        "<|tool_call_start|>",
        |c| c == '[' || is_name(c),
        literals!(STYLE),
    )],
    unmistakable: true,
};

static STYLE: Style = Style {
    open: &["<|tool_call_start|>"],
    close: &["<|tool_call_end|>"],
    ..Style::PYTHON
};
