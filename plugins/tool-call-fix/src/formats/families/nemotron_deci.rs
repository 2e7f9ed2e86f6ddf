//! Nemotron (Llama Nemotron Super and Ultra):
//!
//! ```text
//! <TOOLCALL>[{"name": NAME, "arguments": {…}}, …]</TOOLCALL>
//! ```

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "nemotron_deci",
    aliases: &["nemotron"],
    openers: &[Opener::new("<TOOLCALL>", json, json_calls!(WRAPPER))],
    unmistakable: false,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<TOOLCALL>"],
    close: &["</TOOLCALL>"],
    end: &[],
    object: Kind::Named,
};
