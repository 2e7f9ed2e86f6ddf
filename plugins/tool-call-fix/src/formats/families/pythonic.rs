//! Llama 4, Llama 3.2, `ToolACE`:
//!
//! ```text
//! [NAME(KEY=VALUE, …), …]
//! <|python_start|>[NAME(KEY=VALUE, …), …]<|python_end|>
//! ```
//!
//! Without tags the message must start so.

use crate::formats::literals::{Style, literals};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "pythonic",
    aliases: &["llama4_pythonic", "llama4", "toolace"],
    openers: &[
        Opener::new(
            "<|python_start|>",
            |c| c == '[' || is_name(c),
            literals!(TAGGED),
        ),
        Opener::new("[", is_name, literals!(BARE)).only(Place::Start),
    ],
    unmistakable: false,
};

static TAGGED: Style = Style {
    open: &["<|python_start|>"],
    close: &["<|python_end|>"],
    ..Style::PYTHON
};

static BARE: Style = Style::PYTHON;
