//! Llama 3.1 to 3.3, and 4 where it writes JSON:
//!
//! ```text
//! <|python_tag|>{"name": NAME, "parameters": {…}}; {"name": …}
//! ```
//!
//! Often without the tag: then the message must start so.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "llama3_json",
    aliases: &["llama4_json", "llama3", "llama3.1", "llama"],
    openers: &[
        Opener::new("<|python_tag|>", json, json_calls!(TAGGED)),
        Opener::new("{", |c| c == '"', json_calls!(BARE)).only(Place::Start),
    ],
    unmistakable: false,
};

static TAGGED: Wrapper = Wrapper {
    open: &["<|python_tag|>"],
    close: &["<|eom_id|>", "<|eot_id|>"],
    end: &[],
    object: Kind::Named,
};

static BARE: Wrapper = Wrapper {
    open: &[],
    close: &["<|eom_id|>", "<|eot_id|>"],
    end: &[],
    object: Kind::Bare,
};
