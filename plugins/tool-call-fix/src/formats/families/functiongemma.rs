//! `FunctionGemma`:
//!
//! ```text
//! <start_function_call>call:NAME{KEY:<escape>VALUE<escape>,KEY:1}<end_function_call>
//! ```

use crate::formats::literals::{Style, literals};
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "functiongemma",
    aliases: &["function_gemma"],
    openers: &[Opener::new(
        "<start_function_call>call:",
        is_name,
        literals!(STYLE),
    )],
    unmistakable: true,
};

static STYLE: Style = Style {
    open: &["<start_function_call>"],
    close: &["<end_function_call>"],
    before_name: &["call:"],
    brackets: ('{', '}'),
    assigns: ':',
    raw: Some("<escape>"),
};
