//! `GigaChat` 3 and 3.1:
//!
//! ```text
//! function call<|role_sep|>
//! {"name": NAME, "arguments": {…}}
//! <|function_call|>{"name": NAME, "arguments": {…}}
//! ```
//!
//! The first has `<|message_sep|>` and two line breaks before it.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "gigachat3",
    aliases: &["gigachat"],
    openers: &[
        Opener::new("<|function_call|>", json, json_calls!(WRAPPER)),
        Opener::new(MESSAGE, json, json_calls!(WRAPPER)),
        Opener::new(ROLE, json, json_calls!(WRAPPER)).only(Place::Start),
    ],
    unmistakable: true,
};

const MESSAGE: &str = "<|message_sep|>\n\nfunction call<|role_sep|>";
const ROLE: &str = "function call<|role_sep|>";

static WRAPPER: Wrapper = Wrapper {
    open: &["<|function_call|>", MESSAGE, ROLE],
    close: &["<|message_sep|>", "</s>"],
    end: &[],
    object: Kind::Named,
};
