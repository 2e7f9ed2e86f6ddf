use alloc::string::String;
use alloc::vec::Vec;

use super::CHUNK;
use crate::chat::REASONING_FIELDS;
use crate::json::{Array, Json, Object};

/// The chunks of a whole chat completion, as JSON text; none if it is anything else.
///
/// For each choice: its role with whatever else is not named next, its reasoning, its content,
/// its tool calls, its finish; after the last choice the usage. Members of the answer that are
/// plain values are in every chunk, the others only in the last.
pub(crate) fn apart(answer: &Json<'_>) -> Option<Vec<String>> {
    let answer = answer.as_object()?;
    let choices = answer.get("choices")?.as_array()?;
    let messages: Option<Vec<&Object<'_>>> = choices
        .iter()
        .map(|choice| choice.get("message")?.as_object())
        .collect();

    let mut frame = Object::new();
    let mut last = Vec::new();
    for (name, value) in answer.iter() {
        match value {
            _ if name == "choices" => frame.set(name, Array::new()),
            Json::Array(_) | Json::Object(_) => last.push((name, value)),
            _ if name == "usage" => last.push((name, value)),
            _ => frame.set(name, value.clone()),
        }
    }
    if frame.get("object").and_then(Json::as_str) == Some("chat.completion") {
        frame.set("object", CHUNK);
    }
    let mut chunks = Vec::new();
    for (at, (choice, message)) in choices.iter().zip(messages?).enumerate() {
        let choice = choice.as_object()?;
        let index = choice.get("index").cloned().unwrap_or_else(|| at.into());
        for delta in deltas(message) {
            chunks.push(chunk(&frame, piece(&index, delta)));
        }
        chunks.push(chunk(&frame, finish(choice, &index)));
    }
    if !last.is_empty() {
        for (name, value) in last {
            frame.set(name, value.clone());
        }
        chunks.push(Json::Object(frame).to_text());
    }
    Some(chunks)
}

fn chunk<'a>(frame: &Object<'a>, choice: Object<'a>) -> String {
    let mut json = frame.clone();
    json.set("choices", Array::from_iter([Json::Object(choice)]));
    Json::Object(json).to_text()
}

fn piece<'a>(index: &Json<'a>, delta: Object<'a>) -> Object<'a> {
    [
        ("index", index.clone()),
        ("delta", delta.into()),
        ("finish_reason", Json::Null),
    ]
    .into_iter()
    .collect()
}

/// The end of a choice: an empty delta, and all that the choice says beside its message.
fn finish<'a>(choice: &Object<'a>, index: &Json<'a>) -> Object<'a> {
    let mut finish: Object<'a> = [("index", index.clone()), ("delta", Json::object())]
        .into_iter()
        .collect();
    for (name, value) in choice.iter() {
        if name != "index" && name != "message" {
            finish.set(name, value.clone());
        }
    }
    finish
}

fn deltas<'a>(message: &Object<'a>) -> Vec<Object<'a>> {
    let mut role = Object::new();
    let mut reasoning = Object::new();
    let mut content = Object::new();
    let mut calls = Object::new();
    for (name, value) in message.iter() {
        let delta = match name {
            _ if is_empty(value) => &mut role,
            "content" => &mut content,
            "tool_calls" => &mut calls,
            name if REASONING_FIELDS.contains(&name) => &mut reasoning,
            _ => &mut role,
        };
        delta.set(name, value.clone());
    }
    if let Some(list) = calls.get_mut("tool_calls").and_then(Json::as_array_mut) {
        number(list);
    }
    let mut deltas = Vec::from([role, reasoning, content, calls]);
    deltas.retain(|delta| !delta.is_empty());
    deltas
}

/// Gives each call its place as `index`, as a stream has it.
fn number(calls: &mut Array<'_>) {
    for (at, call) in calls.iter_mut().enumerate() {
        if let Some(call) = call.as_object_mut()
            && !call.contains("index")
        {
            call.set("index", at);
        }
    }
}

/// Says nothing that would be streamed by itself.
fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.as_str().is_empty(),
        Json::Array(array) => array.is_empty(),
        _ => false,
    }
}
