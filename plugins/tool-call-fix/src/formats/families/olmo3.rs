//! Olmo 3: one call a line.
//!
//! ```text
//! <function_calls>
//! NAME(KEY=VALUE, …)
//! </function_calls>
//! ```

use crate::formats::literals::{Style, literals};
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "olmo3",
    aliases: &["olmo"],
    openers: &[Opener::new(
        "<function_calls>",
        |c| c == '[' || is_name(c),
        literals!(STYLE),
    )],
    unmistakable: false,
};

static STYLE: Style = Style {
    open: &["<function_calls>"],
    close: &["</function_calls>"],
    ..Style::PYTHON
};
