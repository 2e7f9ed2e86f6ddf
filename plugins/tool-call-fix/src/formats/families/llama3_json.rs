//! Llama 3.1 to 3.3, and 4 where it writes JSON:
//!
//! ```text
//! <|python_tag|>{"name": NAME, "parameters": {…}}; {"name": …}
//! ```
//!
//! Often without the tag: then the message must start so. Where a prompt teaches it, also
//! `<function=NAME>{…}</function>`.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::markup::tag;
use crate::formats::named_json::{Call, Head, Naming, named_json};
use crate::formats::opener::Place;
use crate::formats::{Format, Match, Opener, Sink, is_name, matches};

pub static FORMAT: Format = Format {
    name: "llama3_json",
    aliases: &["llama4_json", "llama3", "llama3.1", "llama"],
    openers: &[
        Opener::new("<|python_tag|>", json, json_calls!(TAGGED)),
        Opener::new("{", |c| c == '"', json_calls!(BARE)).only(Place::Start),
        Opener::new(FUNCTION, is_name, named_json!(FUNCTIONS)),
    ],
    unmistakable: false,
};

const FUNCTION: &str = "<function=";

static FUNCTIONS: Naming = Naming {
    head,
    close: &["</function>"],
    again: &[FUNCTION],
    end: &["<|eom_id|>", "<|eot_id|>"],
};

fn head(text: &str, _: &Sink) -> Head {
    let (name, rest) = match tag(text, FUNCTION, ">") {
        Ok(found) => found,
        Err(found) => return found.into(),
    };
    let body = rest.trim_start();
    match matches(body, "{") {
        Match::Yes => Head::Call(Call {
            name: name.into(),
            id: None,
            arguments: text.len() - body.len(),
        }),
        other => other.into(),
    }
}

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
