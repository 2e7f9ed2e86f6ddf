//! Mistral: an array up to the tokenizer of version 7, later each call by itself:
//!
//! ```text
//! [TOOL_CALLS] [{"name": NAME, "arguments": {…}}, …]
//! [TOOL_CALLS]NAME{…}[TOOL_CALLS]NAME{…}
//! [TOOL_CALLS]NAME[CALL_ID]ID[ARGS]{…}
//! ```
//!
//! Where a server swallows special tokens, the array or `NAME{…}` is left; then the message must
//! start so.

use crate::formats::json_calls::{Kind, Wrapper, json, json_calls};
use crate::formats::named_json::{Call, Head, Naming, bare_head, named_json};
use crate::formats::opener::Place;
use crate::formats::{Format, Match, Opener, Sink, is_name, matches, split_name};

pub static FORMAT: Format = Format {
    name: "mistral",
    aliases: &["devstral", "magistral", "ministral"],
    openers: &[
        Opener::new(OPEN, json, json_calls!(ARRAY)),
        Opener::new(OPEN, is_name, named_json!(CALLS)),
        Opener::new("[", |c| c == '{', json_calls!(BARE_ARRAY)).only(Place::Start),
        Opener::new("", |c| c == '{', named_json!(BARE))
            .before_tool()
            .only(Place::Start),
    ],
    unmistakable: false,
};

const OPEN: &str = "[TOOL_CALLS]";
const ID: &str = "[CALL_ID]";
const ARGUMENTS: &str = "[ARGS]";

static ARRAY: Wrapper = Wrapper {
    open: &[OPEN],
    close: &["</s>"],
    end: &[],
    object: Kind::Named,
};

static BARE_ARRAY: Wrapper = Wrapper {
    open: &[],
    close: &["</s>"],
    end: &[],
    object: Kind::Bare,
};

static CALLS: Naming = Naming {
    head,
    close: &[],
    again: &[OPEN],
    end: &["</s>"],
};

static BARE: Naming = Naming {
    head: bare_head,
    close: &[],
    again: &[],
    end: &["</s>"],
};

fn head(text: &str, _: &Sink) -> Head {
    let Some(rest) = text.strip_prefix(OPEN) else {
        return Head::Not;
    };
    let (name, mut rest) = split_name(rest.trim_start());
    let mut id = None;
    rest = rest.trim_start();
    match matches(rest, ID) {
        Match::Yes => {
            let (found, after) = split_name(rest[ID.len()..].trim_start());
            id = Some(found).filter(|id| !id.is_empty());
            rest = after.trim_start();
        }
        Match::Begun => return Head::Begun,
        Match::No => {}
    }
    match matches(rest, ARGUMENTS) {
        Match::Yes => rest = rest[ARGUMENTS.len()..].trim_start(),
        Match::Begun => return Head::Begun,
        Match::No => {}
    }
    match matches(rest, "{") {
        Match::Yes => Head::Call(Call {
            name: name.into(),
            id: id.map(Into::into),
            arguments: text.len() - rest.len(),
        }),
        other => other.into(),
    }
}
