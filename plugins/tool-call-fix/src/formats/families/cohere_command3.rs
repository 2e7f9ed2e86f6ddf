//! Command-R7B, Command A:
//!
//! ```text
//! <|START_ACTION|>
//! [{"tool_call_id": "0", "tool_name": NAME, "parameters": {…}}, …]
//! <|END_ACTION|>
//! ```
//!
//! Command-R wrote `Action:` and the array in a code fence, also with `tool_name`.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::opener::Place;
use crate::formats::{Format, Opener};

pub static FORMAT: Format = Format {
    name: "cohere_command3",
    aliases: &["cohere_command4", "cohere", "command_r"],
    openers: &[
        Opener::new("<|START_ACTION|>", json, json_calls!(WRAPPER)),
        Opener::new("Action: ```json", json, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("Action:```json", json, json_calls!(FENCED)).only(Place::Alone),
        Opener::new("Action:\n```json", json, json_calls!(FENCED)).only(Place::Alone),
    ],
    unmistakable: true,
};

static WRAPPER: Wrapper = Wrapper {
    open: &["<|START_ACTION|>"],
    close: &["<|END_ACTION|>"],
    end: &[],
    object: Kind::Named,
};

static FENCED: Wrapper = Wrapper {
    open: &["Action: ```json", "Action:```json", "Action:\n```json"],
    close: &["```"],
    end: &[],
    object: Kind::Bare,
};
