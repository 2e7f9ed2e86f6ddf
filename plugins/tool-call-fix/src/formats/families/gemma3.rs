//! Gemma 3, as its prompts teach it: a fence that is the whole message, or a list.
//!
//! ````text
//! ```tool_code
//! NAME(KEY=VALUE, …)
//! ```
//! ````
//!
//! ```text
//! [NAME(KEY=VALUE, …), …]
//! ```
//!
//! Seen too: `print(…)` around a call.

use crate::formats::literals::{Style, literals};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener, is_name};

pub static FORMAT: Format = Format {
    name: "gemma3",
    aliases: &["tool_code"],
    openers: &[
        Opener::new("```tool_code", |c| c == '[' || is_name(c), literals!(STYLE))
            .only(Place::Alone),
        Opener::new("```python", |c| c == '[' || is_name(c), literals!(STYLE)).only(Place::Alone),
        Opener::new("[", is_name, literals!(BARE)).only(Place::Start),
    ],
    unmistakable: false,
};

static BARE: Style = Style::PYTHON;

static STYLE: Style = Style {
    open: &["```tool_code", "```python"],
    close: &["```"],
    ..Style::PYTHON
};
