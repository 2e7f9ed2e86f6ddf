//! Reasoning in a message, in each way in which a backend reads it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::digest::text_of;
use crate::record::Record;
use crate::settings::{Field, Settings};
use crate::tags;

/// The names under which reasoning is plain text.
const TEXTS: [&str; 2] = ["reasoning_content", "reasoning"];

/// Reasoning that the client itself sends, under whatever name.
pub fn sent<'m>(message: &'m Object<'_>) -> Option<&'m str> {
    let mut texts = TEXTS.into_iter().map(|name| text_of(message, name));
    texts.find(|text| !text.trim().is_empty())
}

/// Whether the message lacks what the backend wants.
pub fn is_absent(message: &Object<'_>, settings: &Settings) -> bool {
    let lacks = |name: &str| match message.get(name) {
        None | Some(Json::Null) => true,
        Some(Json::String(text)) => settings.treat_empty_as_absent && text.as_str().is_empty(),
        Some(Json::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    match settings.field {
        Field::ReasoningContent => lacks("reasoning_content"),
        Field::Reasoning => lacks("reasoning"),
        Field::Both => TEXTS.into_iter().any(lacks),
        Field::ReasoningDetails => lacks("reasoning_details"),
        Field::ThinkTags => tags::split(head_of(message)).is_none(),
        Field::Mistral => {
            !matches!(message.get("content"), Some(Json::Array(parts)) if thinks(parts))
        }
        Field::ExtraContent => lacks_extras(message),
    }
}

fn thinks(parts: &Array<'_>) -> bool {
    parts.iter().any(|part| part.get("thinking").is_some())
}

/// Backends want the signature at the first call of a step.
pub fn lacks_extras(message: &Object<'_>) -> bool {
    let first = message.get("tool_calls").and_then(|calls| calls.get(0));
    first.is_some_and(|call| call.get("extra_content").is_none_or(Json::is_null))
}

/// Puts a record back. False if it holds nothing for this field. What is put is the same
/// text at the same place every time, so that the backend's prompt cache goes on to fit.
pub fn restore(message: &mut Object<'_>, field: Field, record: &Record) -> bool {
    let extras = restore_extras(message, record);
    let blocks = restore_blocks(message, record);
    let text = restore_text(message, field, record);
    extras || blocks || text
}

fn restore_text(message: &mut Object<'_>, field: Field, record: &Record) -> bool {
    if field == Field::ReasoningDetails && !record.details.is_empty() {
        drop_block(message, &record.text);
        message.set(
            "reasoning_details",
            record.details.iter().cloned().collect::<Array<'_>>(),
        );
        return true;
    }
    let text = record.text.as_str();
    if let (Field::ThinkTags, Some(block)) = (field, &record.block) {
        begin_with(message, block.clone());
        return true;
    }
    if text.is_empty() {
        return false;
    }
    match field {
        Field::ThinkTags => {
            begin_with(message, ["<think>\n", text, "\n</think>\n\n"].concat());
            return true;
        }
        Field::Mistral => {
            let thought = part("text", "text", text.to_string().into());
            let thought = core::iter::once(thought).collect::<Array<'_>>();
            begin_list_with(message, part("thinking", "thinking", thought.into()));
            return true;
        }
        Field::ExtraContent => return false,
        _ => drop_block(message, text),
    }
    let owned = || text.to_string();
    match field {
        Field::ReasoningContent => message.set("reasoning_content", owned()),
        Field::Reasoning => message.set("reasoning", owned()),
        // What the client sends under one of the names stays, and is the other too.
        Field::Both => {
            let text = sent(message).unwrap_or(text).to_string();
            for name in TEXTS {
                if text_of(message, name).is_empty() {
                    message.set(name, text.clone());
                }
            }
        }
        _ => message.set("reasoning_details", detail(text)),
    }
    true
}

/// Takes out what is signed: a backend that refuses a signature takes none of it.
pub fn drop_signed(messages: &mut Json<'_>) {
    let messages = messages.as_array_mut().into_iter();
    let messages = messages.flat_map(|messages| messages.iter_mut());
    for message in messages.filter_map(Json::as_object_mut) {
        message.remove("reasoning_details");
        message.remove("thinking_blocks");
    }
}

/// The client was shown reasoning as text and sends it back as such: once is enough. What only
/// looks like reasoning is the answer's own, unless it is the very same.
fn drop_block(message: &mut Object<'_>, reasoning: &str) {
    let is_shown =
        |split: &tags::Split<'_>| split.is_certain || split.reasoning.trim() == reasoning.trim();
    let split = tags::split(head_of(message)).filter(is_shown);
    let Some(rest) = split.map(|split| split.rest.to_string()) else {
        return;
    };
    match message.get_mut("content") {
        Some(Json::Array(parts)) => {
            if let Some(head) = parts.get_mut(0) {
                head.set("text", rest);
            }
        }
        _ => message.set("content", rest),
    }
}

/// Text at the head of the content, which may be a list of parts.
fn begin_with(message: &mut Object<'_>, head: String) {
    if matches!(message.get("content"), Some(Json::Array(_))) {
        return begin_list_with(message, part("text", "text", head.into()));
    }
    let content = [&head, text_of(message, "content")].concat();
    message.set("content", content);
}

/// A part at the head of the content, which becomes a list.
fn begin_list_with(message: &mut Object<'_>, head: Json<'static>) {
    let said = match message.get("content") {
        Some(Json::Array(parts)) => parts.iter().cloned().map(Json::into_owned).collect(),
        Some(Json::String(text)) if !text.as_str().is_empty() => {
            Vec::from([part("text", "text", text.as_str().to_string().into())])
        }
        _ => Vec::new(),
    };
    let parts = core::iter::once(head).chain(said);
    message.set("content", parts.collect::<Array<'_>>());
}

fn part(kind: &'static str, name: &'static str, value: Json<'static>) -> Json<'static> {
    Json::Object(
        [("type", Json::from(kind)), (name, value)]
            .into_iter()
            .collect(),
    )
}

/// The text that the content begins with.
pub fn head_of<'m>(message: &'m Object<'_>) -> &'m str {
    let text = match message.get("content") {
        Some(Json::Array(parts)) => parts.get(0).and_then(|part| part.get("text")),
        content => content,
    };
    text.and_then(Json::as_str).unwrap_or_default()
}

/// Text alone, as its backend would have sent it.
fn detail(text: &str) -> Array<'static> {
    let members = [
        ("type", Json::from("reasoning.text")),
        ("text", Json::from(text.to_string())),
        ("format", Json::from("unknown")),
        ("index", Json::from(0u32)),
    ];
    core::iter::once(Json::Object(members.into_iter().collect())).collect()
}

fn restore_blocks(message: &mut Object<'_>, record: &Record) -> bool {
    let has = message
        .get("thinking_blocks")
        .is_some_and(|it| !it.is_null());
    if has || record.blocks.is_empty() {
        return false;
    }
    message.set(
        "thinking_blocks",
        record.blocks.iter().cloned().collect::<Array<'_>>(),
    );
    true
}

fn restore_extras(message: &mut Object<'_>, record: &Record) -> bool {
    if record.extras.is_empty() || !lacks_extras(message) {
        return false;
    }
    let Some(calls) = message.get_mut("tool_calls").and_then(Json::as_array_mut) else {
        return false;
    };
    let mut restored = false;
    for call in calls.iter_mut().filter_map(Json::as_object_mut) {
        let id = text_of(call, "id");
        let extra = record.extras.iter().find(|(known, _)| known == id);
        if let Some((_, extra)) = extra
            && call.get("extra_content").is_none_or(Json::is_null)
        {
            let extra = extra.clone();
            call.set("extra_content", extra);
            restored = true;
        }
    }
    restored
}
