//! Jamba 1.5, Hunyuan A13B:
//!
//! ```text
//! <tool_calls>[{"name": NAME, "arguments": {…}}, …]</tool_calls>
//! ```

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "jamba",
    aliases: &["hunyuan_a13b", "hunyuan"],
    openers: &[Opener::new("<tool_calls>", json, json_calls!(WRAPPER))],
    unmistakable: false,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<tool_calls>"],
    close: &["</tool_calls>"],
    end: &[],
    object: Kind::Named,
};
