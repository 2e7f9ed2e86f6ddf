//! gpt-oss:
//!
//! ```text
//! <|start|>assistant<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{…}<|call|>
//! ```
//!
//! The recipient may stand before the channel, which may be `analysis`; the constraint may be
//! missing. Where a server swallows special tokens, `commentary to=functions.NAME json{…}` is
//! left; then the message must start so.

use crate::formats::named_json::{Call, Head, Naming, named_json};
use crate::formats::opener::Place;
use crate::formats::{Format, Match, Opener, Sink, matches, split_name};

pub static FORMAT: Format = Format {
    name: "openai",
    aliases: &["gpt-oss", "gpt_oss", "harmony"],
    openers: &[
        Opener::new(START, |c| c == '<' || c == 't', named_json!(CALLS)),
        Opener::new(CHANNEL, |c| c.is_alphabetic(), named_json!(CALLS)),
        Opener::new("commentary to=", |c| c.is_alphabetic(), named_json!(BARE)).only(Place::Start),
        Opener::new(
            "assistantcommentary to=",
            |c| c.is_alphabetic(),
            named_json!(BARE),
        )
        .only(Place::Start),
    ],
    unmistakable: true,
};

const START: &str = "<|start|>assistant";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
const RECIPIENT: &str = "to=";

static CALLS: Naming = Naming {
    head,
    close: &["<|call|>"],
    again: &[START, CHANNEL],
    end: &["<|end|>", "<|return|>"],
};

static BARE: Naming = Naming {
    head: bare_head,
    close: &[],
    again: &["commentary to=", "assistantcommentary to="],
    end: &[],
};

/// More letters than this before the message are no header.
const MAX_HEADER: usize = 256;

fn head(text: &str, _: &Sink) -> Head {
    let Some(at) = text.find(MESSAGE) else {
        let is_header = text.len() <= MAX_HEADER && !text.contains('\n');
        return if is_header { Head::Begun } else { Head::Not };
    };
    let (header, body) = text.split_at(at);
    let name = recipient(header).filter(|_| at <= MAX_HEADER);
    let rest = body[MESSAGE.len()..].trim_start();
    match (name, matches(rest, "{")) {
        (Some(name), Match::Yes) => Head::Call(Call {
            name: name.into(),
            id: None,
            arguments: text.len() - rest.len(),
        }),
        (Some(_), other) => other.into(),
        (None, _) => Head::Not,
    }
}

fn recipient(header: &str) -> Option<&str> {
    let (_, after) = header.split_once(RECIPIENT)?;
    let (name, _) = split_name(after);
    (!name.is_empty()).then_some(name)
}

fn bare_head(text: &str, sink: &Sink) -> Head {
    let Some((_, after)) = text.split_once(RECIPIENT) else {
        return Head::Begun;
    };
    let (name, rest) = split_name(after);
    let rest = rest.trim_start();
    let rest = match ["json", "code"].map(|word| (word, matches(rest, word))) {
        [(word, Match::Yes), _] | [_, (word, Match::Yes)] => rest[word.len()..].trim_start(),
        [(_, Match::Begun), _] | [_, (_, Match::Begun)] => return Head::Begun,
        _ => rest,
    };
    match matches(rest, "{") {
        Match::Yes if sink.offers(name) => Head::Call(Call {
            name: name.into(),
            id: None,
            arguments: text.len() - rest.len(),
        }),
        Match::Yes => Head::Not,
        other => other.into(),
    }
}
