//! Backends that are asked with words in the messages.

use alloc::format;
use alloc::string::String;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::body::{Blocked, Body};
use crate::dialects::{Prompt, Rest};
use crate::write::{Refused, Writer};

/// Leaves the request alone if the client used such words itself.
pub fn add(prompt: &Prompt, writer: &Writer<'_>, body: &mut Body) -> Result<(), Refused> {
    let Some(mut json) = body.get(&["messages"]).cloned() else {
        return Ok(());
    };
    let Some(messages) = json.as_array_mut() else {
        return Ok(());
    };
    let is_on = writer.wish.on;
    let either = |on, off| if is_on { on } else { off };
    let added = match prompt {
        Prompt::System { beginning, rest } => {
            let rest = match rest {
                Rest::Words { on, off } => either(*on, *off),
                Rest::Effort { default, off } => either(writer.effort_or(default), *off),
            };
            system_line(messages, beginning, rest)
        }
        Prompt::User { on, off } => user_word(messages, either(*on, *off), &[on, off]),
    };
    if added {
        body.set(&["messages"], json)?;
    }
    Ok(())
}

/// Puts a line into the system message.
pub fn tell(words: &str, body: &mut Body) -> Result<(), Blocked> {
    let Some(mut json) = body.get(&["messages"]).cloned() else {
        return Ok(());
    };
    let added = json
        .as_array_mut()
        .is_some_and(|messages| system_line(messages, words, ""));
    match added {
        true => body.set(&["messages"], json),
        false => Ok(()),
    }
}

fn system_line<'a>(messages: &mut Array<'a>, beginning: &str, rest: &str) -> bool {
    let line = format!("{beginning}{rest}");
    let system = |message: &Json<'_>| matches!(role(message), Some("system" | "developer"));
    let Some(at) = messages.iter().position(system) else {
        let message: Object<'a> = [("role", Json::from("system")), ("content", line.into())]
            .into_iter()
            .collect();
        messages.items_mut().insert(0, message.into());
        return true;
    };
    let mut others = messages.iter().filter(|message| system(message));
    if others.any(|message| has_word(message, |text| text.contains(beginning))) {
        return false;
    }
    messages
        .get_mut(at)
        .is_some_and(|message| append(message, "\n", &line))
}

fn user_word(messages: &mut Array<'_>, word: &str, words: &[&str]) -> bool {
    let spoken = |text: &str| text.split_whitespace().any(|one| words.contains(&one));
    if messages.iter().any(|message| has_word(message, spoken)) {
        return false;
    }
    let last = messages
        .iter()
        .rposition(|message| role(message) == Some("user"));
    last.and_then(|at| messages.get_mut(at))
        .is_some_and(|message| append(message, " ", word))
}

fn role<'j>(message: &'j Json<'_>) -> Option<&'j str> {
    message.get("role")?.as_str()
}

/// Whether a text of the message is as `like` says.
fn has_word(message: &Json<'_>, like: impl Fn(&str) -> bool) -> bool {
    match message.get("content") {
        Some(Json::String(text)) => like(text.as_str()),
        Some(Json::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text")?.as_str())
            .any(like),
        _ => false,
    }
}

/// Appends to the message's text, or to its last part if that is text, else as a new part.
fn append(message: &mut Json<'_>, separator: &str, words: &str) -> bool {
    let joined = |text: &str| -> String { [text, separator, words].concat() };
    match message.get_mut("content") {
        Some(Json::Array(parts)) => {
            let last = parts.len().wrapping_sub(1);
            let text = parts.get(last).and_then(|part| part.get("text")?.as_str());
            match text.map(joined) {
                Some(text) => {
                    if let Some(part) = parts.get_mut(last) {
                        part.set("text", text);
                    }
                }
                None => parts.push(Json::Object(
                    [
                        ("type", Json::from("text")),
                        ("text", String::from(words).into()),
                    ]
                    .into_iter()
                    .collect(),
                )),
            }
            true
        }
        Some(content @ Json::String(_)) => {
            *content = joined(content.as_str().unwrap_or_default()).into();
            true
        }
        _ => false,
    }
}
