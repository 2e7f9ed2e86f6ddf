use alloc::vec::Vec;

use super::{CHUNK, merge};
use crate::json::{Array, Json, Object, ParseError};

/// One whole answer from the chunks that came out of a plugin, in the order and spelling of the
/// answer that they were made of.
///
/// A chunk's text that is no chunk (an error object) becomes the whole answer.
pub(crate) fn together<'a>(answer: &Json<'a>, chunks: &[&'a str]) -> Result<Json<'a>, ParseError> {
    let mut members = Object::new();
    let mut choices: Vec<(Json<'a>, Object<'a>)> = Vec::new();
    for text in chunks {
        let json = Json::parse(text)?;
        let (Json::Object(chunk), Some(list)) =
            (&json, json.get("choices").and_then(Json::as_array))
        else {
            return Ok(json);
        };
        for (name, value) in chunk.iter().filter(|(name, _)| *name != "choices") {
            newest(&mut members, name, value, answer.get(name));
        }
        for choice in list.iter().filter_map(Json::as_object) {
            let index = choice.get("index").cloned().unwrap_or_else(|| 0u32.into());
            let at = choices.iter().position(|(known, _)| *known == index);
            let at = at.unwrap_or_else(|| {
                choices.push((index, Object::new()));
                choices.len() - 1
            });
            add(&mut choices[at].1, choice);
        }
    }
    let mut whole = answer.as_object().cloned().unwrap_or_default();
    if !chunks.is_empty() {
        whole.retain(|name, _| matches!(name, "choices" | "object") || members.contains(name));
    }
    for (name, value) in members.iter() {
        let is_chunk = name == "object" && value.as_str() == Some(CHUNK);
        if !is_chunk && whole.get(name) != Some(value) {
            whole.set(name, value.clone());
        }
    }
    let before: Vec<&Object<'a>> = answer
        .get("choices")
        .and_then(Json::as_array)
        .map(|choices| choices.iter().filter_map(Json::as_object).collect())
        .unwrap_or_default();
    let choices = choices.into_iter().map(|(index, choice)| {
        let model = before
            .iter()
            .enumerate()
            .find(|(at, before)| match before.get("index") {
                Some(known) => *known == index,
                None => Json::from(*at) == index,
            });
        match model {
            Some((_, model)) => like(choice, model),
            None => unnumbered(choice, index),
        }
    });
    whole.set("choices", choices.map(Json::Object).collect::<Array<'a>>());
    Ok(Json::Object(whole))
}

/// Of a member that several chunks have, the last value that differs from the original's.
fn newest<'a>(members: &mut Object<'a>, name: &str, value: &Json<'a>, before: Option<&Json<'a>>) {
    if Some(value) != before || !members.contains(name) {
        members.set(name, value.clone());
    }
}

/// Adds what a chunk says about a choice.
fn add<'a>(choice: &mut Object<'a>, chunk: &Object<'a>) {
    for (name, value) in chunk.iter() {
        match (name, value) {
            ("index", _) => {}
            ("delta", Json::Object(delta)) => {
                merge::delta(choice.entry("message").make_object(), delta);
            }
            // Behind deltas it repeats them.
            ("message", Json::Object(_)) if choice.contains("message") => {}
            _ if !choice.contains(name) || !value.is_null() => choice.set(name, value.clone()),
            _ => {}
        }
    }
}

/// The choice with its members in the order of `model`, the one it was made of.
fn like<'a>(mut choice: Object<'a>, model: &Object<'a>) -> Object<'a> {
    let mut ordered = Object::new();
    for (name, value) in model.iter() {
        match name {
            "index" => ordered.set(name, value.clone()),
            "message" => {
                let message = choice.remove(name).unwrap_or_else(Json::object);
                ordered.set(name, message_like(message, value));
            }
            _ => {
                if let Some(value) = choice.remove(name) {
                    ordered.set(name, value);
                }
            }
        }
    }
    for (name, value) in choice.iter().filter(|(_, value)| !value.is_null()) {
        ordered.set(name, value.clone());
    }
    ordered
}

fn message_like<'a>(mut message: Json<'a>, model: &Json<'a>) -> Json<'a> {
    let numbered = |calls: &Json<'a>| {
        let calls = calls.as_array()?;
        Some(calls.iter().any(|call| call.get("index").is_some()))
    };
    if !model.get("tool_calls").and_then(numbered).unwrap_or(false) {
        remove_indexes(&mut message);
    }
    let mut ordered = Object::new();
    for (name, _) in model.as_object().into_iter().flat_map(Object::iter) {
        if let Some(value) = message.remove(name) {
            ordered.set(name, value);
        } else if name == "content" {
            ordered.set(name, Json::Null);
        }
    }
    for (name, value) in message.as_object().into_iter().flat_map(Object::iter) {
        ordered.set(name, value.clone());
    }
    ordered.into()
}

/// A choice that the plugin made up.
fn unnumbered<'a>(mut choice: Object<'a>, index: Json<'a>) -> Object<'a> {
    remove_indexes(choice.entry("message"));
    let mut ordered: Object<'a> = [("index", index)].into_iter().collect();
    for (name, value) in choice.iter() {
        ordered.set(name, value.clone());
    }
    ordered
}

/// A whole answer's calls are numbered by their places alone.
fn remove_indexes(message: &mut Json<'_>) {
    let Some(calls) = message
        .as_object_mut()
        .and_then(|message| message.get_mut("tool_calls")?.as_array_mut())
    else {
        return;
    };
    for call in calls.iter_mut() {
        call.remove("index");
    }
}
