//! How the parts of a message add up over the deltas of a stream.

use alloc::string::String;

use crate::json::{Array, Json, Object};

/// Adds a delta to a message.
pub(super) fn delta<'a>(message: &mut Object<'a>, delta: &Object<'a>) {
    for (name, value) in delta.iter() {
        let whole = message.entry(name);
        match name {
            "content" | "reasoning_content" | "reasoning" | "refusal" => text(whole, value),
            "tool_calls" => calls(whole, value),
            _ => last(whole, value),
        }
    }
}

/// Text adds up. A list of parts (Mistral's content) takes text as a part.
fn text<'a>(whole: &mut Json<'a>, value: &Json<'a>) {
    match (&mut *whole, value) {
        (_, Json::Null) => {}
        (Json::String(before), Json::String(more)) if !before.as_str().is_empty() => {
            let mut both = String::from(before.as_str());
            both.push_str(more.as_str());
            *whole = both.into();
        }
        (Json::Array(before), Json::Array(more)) => before.items_mut().extend(more.iter().cloned()),
        (Json::Array(before), more @ Json::String(_)) => before.push(text_part(more.clone())),
        (Json::String(before), Json::Array(more)) if !before.as_str().is_empty() => {
            let before = text_part(whole.take());
            *whole = core::iter::once(before)
                .chain(more.iter().cloned())
                .collect::<Array<'_>>()
                .into();
        }
        _ => *whole = value.clone(),
    }
}

fn text_part<'a>(text: Json<'a>) -> Json<'a> {
    Json::Object(
        [("type", Json::from("text")), ("text", text)]
            .into_iter()
            .collect(),
    )
}

/// The last value counts; lists add up, and null takes nothing away.
fn last<'a>(whole: &mut Json<'a>, value: &Json<'a>) {
    match (&mut *whole, value) {
        (_, Json::Null) => {}
        (Json::Array(before), Json::Array(more)) if !before.is_empty() => {
            before.items_mut().extend(more.iter().cloned());
        }
        _ => *whole = value.clone(),
    }
}

/// Calls add up by their `index`; one without is a new call.
fn calls<'a>(whole: &mut Json<'a>, value: &Json<'a>) {
    let Json::Array(more) = value else {
        return last(whole, value);
    };
    if whole.as_array().is_none_or(Array::is_empty) {
        *whole = if more.is_empty() {
            value.clone()
        } else {
            Array::new().into()
        };
    }
    let Some(calls) = whole.as_array_mut() else {
        return;
    };
    for fragment in more {
        let index = fragment.get("index");
        let known = index.and_then(|_| calls.iter().position(|call| call.get("index") == index));
        match (known.and_then(|at| calls.get_mut(at)), fragment) {
            (Some(Json::Object(call)), Json::Object(fragment)) => merge_call(call, fragment),
            _ => calls.push(fragment.clone()),
        }
    }
}

fn merge_call<'a>(call: &mut Object<'a>, fragment: &Object<'a>) {
    for (name, value) in fragment.iter() {
        let whole = call.entry(name);
        match (&mut *whole, value) {
            (Json::Object(function), Json::Object(more)) if name == "function" => {
                for (name, value) in more.iter() {
                    let whole = function.entry(name);
                    match name {
                        "arguments" => text(whole, value),
                        _ => known(whole, value),
                    }
                }
            }
            _ => known(whole, value),
        }
    }
}

/// Ids and names: the last one that says something.
fn known<'a>(whole: &mut Json<'a>, value: &Json<'a>) {
    if whole.is_null() || !(value.is_null() || value.as_str() == Some("")) {
        *whole = value.clone();
    }
}
