//! Hermes 2 and 3, Qwen2.5, Qwen3 (not Coder), `QwQ`, Granite 4, Ernie 4.5 and many more:
//!
//! ```text
//! <tool_call>
//! {"name": NAME, "arguments": {…}}
//! </tool_call>
//! ```

use crate::formats::json_calls::{Kind, Wrapper, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "hermes",
    aliases: &["qwen25", "qwen", "qwen3", "granite4", "ernie45", "trinity"],
    openers: &[Opener::new(
        "<tool_call>",
        |c| c == '{',
        json_calls!(WRAPPER),
    )],
    unmistakable: false,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<tool_call>"],
    close: &["</tool_call>"],
    end: &[],
    object: Kind::Named,
};
