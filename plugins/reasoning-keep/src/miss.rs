//! What happens to messages with calls whose reasoning is not known. Reasoning is never
//! made up.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::digest::{calls, text_of};
use crate::settings::{Field, Miss};

/// Google's own word for a call whose signature is gone.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Fills in one message. True if it was changed.
pub fn fill(message: &mut Object<'_>, field: Field, miss: Miss) -> bool {
    let filler = match miss {
        Miss::Empty => "",
        Miss::Space => " ",
        Miss::Dot => ".",
        Miss::PlaceholderSignature => return sign(message),
        Miss::Nothing | Miss::DisableThinking | Miss::StripCalls => return false,
    };
    let names: &[&str] = match field {
        Field::ReasoningContent => &["reasoning_content"],
        Field::Reasoning => &["reasoning"],
        Field::Both => &["reasoning_content", "reasoning"],
        // Others have no field that could be empty.
        _ => return false,
    };
    names
        .iter()
        .for_each(|name| message.set(name, filler.to_string()));
    true
}

/// Marks the first call as one whose signature is not there.
fn sign(message: &mut Object<'_>) -> bool {
    let calls = message.get_mut("tool_calls").and_then(Json::as_array_mut);
    let Some(Json::Object(call)) = calls.and_then(|calls| calls.get_mut(0)) else {
        return false;
    };
    let google: Object<'static> = [("thought_signature", NO_SIGNATURE)].into_iter().collect();
    let extra: Object<'static> = [("google", google)].into_iter().collect();
    call.set("extra_content", extra);
    true
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

/// Adds a line to the content, which may be a list of parts.
fn add_line(message: &mut Object<'_>, line: &str, side: Side) {
    if let Some(Json::Array(parts)) = message.get_mut("content") {
        let part = [
            ("type", Json::from("text")),
            ("text", line.to_string().into()),
        ];
        let at = match side {
            Side::Start => 0,
            Side::End => parts.len(),
        };
        parts
            .items_mut()
            .insert(at, Json::Object(part.into_iter().collect()));
        return;
    }
    let said = text_of(message, "content");
    let both = match side {
        _ if said.is_empty() => line.to_string(),
        Side::Start => [line, "\n", said].concat(),
        Side::End => [said, "\n", line].concat(),
    };
    message.set("content", both);
}

/// Turns the calls of these messages, and their results, into text.
pub fn strip_calls(messages: &mut Array<'_>, missed: &[usize]) {
    let mut gone: Vec<(String, String)> = Vec::new();
    for (at, message) in messages.iter_mut().enumerate() {
        let Some(message) = message.as_object_mut() else {
            continue;
        };
        if missed.contains(&at) {
            let mut said = Vec::new();
            for call in calls(message) {
                let arguments = match call.arguments.as_str() {
                    Some(text) => text.to_string(),
                    None => call.arguments.to_text(),
                };
                said.push(["[called ", call.name, " with ", &arguments, "]"].concat());
                gone.push((call.id.to_string(), call.name.to_string()));
            }
            add_line(message, &said.join("\n"), Side::End);
            message.remove("tool_calls");
        } else if text_of(message, "role") == "tool" {
            let id = text_of(message, "tool_call_id");
            let Some((_, name)) = gone.iter().find(|(known, _)| known == id) else {
                continue;
            };
            add_line(message, &["[result of ", name, "]"].concat(), Side::Start);
            message.set("role", "user");
            message.remove("tool_call_id");
            message.remove("name");
        }
    }
}
