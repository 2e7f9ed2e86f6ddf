//! Values that do not fit their schema, and the same meaning in a type that does.

use alloc::string::{String, ToString};

use yallmp_sdk::Json;

use super::elements;
use super::rewrite::{Leniency, rewrite};
use crate::text::quote;
use crate::tools::types::{Schema, Types};

/// The JSON text that fits instead of `json`. None if `json` fits, or nothing does that
/// certainly means the same.
pub fn fitting(json: &str, schema: Schema<'_>) -> Option<String> {
    let first = *json.as_bytes().first()?;
    let types = schema.types();
    let scalar = matches!(first, b'"' | b'-' | b'0'..=b'9');
    if !(scalar || schema.liberties().lists) || types == Types::ANY {
        return None;
    }
    let value = Json::parse(json).ok()?;
    if types.has(Types::of(&value)) {
        return None;
    }
    let fitting = match &value {
        Json::String(text) => from_string(text.as_str(), types, schema),
        Json::Number(number) if types.has(Types::STRING) => Some(quote(number.spelling())),
        Json::Number(number) if types.has(Types::INTEGER) => {
            integer(number.spelling()).map(ToString::to_string)
        }
        _ => None,
    };
    let fits = |value: Json<'_>| types.has(Types::of(&value)) && schema.lists(&value);
    fitting
        .filter(|json| Json::parse(json).is_ok_and(fits))
        .or_else(|| list_of(json, &value, schema))
}

/// A list of one value, if that is allowed and its items may be such.
fn list_of(json: &str, value: &Json<'_>, schema: Schema<'_>) -> Option<String> {
    if !schema.liberties().lists || !schema.types().has(Types::ARRAY) || value.is_null() {
        return None;
    }
    let item = match schema.items() {
        None => json.to_string(),
        Some(items) if items.types().has(Types::of(value)) => json.to_string(),
        Some(items) => fitting(json, items)?,
    };
    Some(["[", &item, "]"].concat())
}

/// A string where none is allowed.
fn from_string(text: &str, types: Types, schema: Schema<'_>) -> Option<String> {
    if types.has(Types::BOOLEAN)
        && let Some(word) = boolean(text, schema.liberties().any_case)
    {
        return Some(word.to_string());
    }
    if text == "null" && types.has(Types::NULL) {
        return Some(text.to_string());
    }
    if types.has(Types::NUMBER) && is_number(text) {
        return match integer(text) {
            Some(integer) if types.has(Types::INTEGER) => Some(integer.to_string()),
            _ if types.has(Types::FRACTION) => Some(text.to_string()),
            _ => None,
        };
    }
    let types_of_json = text.trim_start().bytes().next().map(Types::starting_with)?;
    if types_of_json.has(Types::ARRAY.with(Types::OBJECT)) && types.has(types_of_json) {
        return structure(text, schema);
    }
    None
}

/// An array or object out of a text that spells it.
pub fn structure(text: &str, schema: Schema<'_>) -> Option<String> {
    let steps = [Leniency::Strict, Leniency::Strings, Leniency::Loose];
    steps.into_iter().find_map(|leniency| {
        let rewritten = rewrite(text, leniency, false, Some(schema))?;
        rewritten.rest.trim().is_empty().then_some(rewritten.json)
    })
}

fn boolean(text: &str, any_case: bool) -> Option<&'static str> {
    let is = |word: &&str| text == *word || any_case && text.eq_ignore_ascii_case(word);
    ["true", "false"].into_iter().find(is)
}

fn is_number(text: &str) -> bool {
    matches!(Json::parse(text), Ok(Json::Number(_))) && text.trim() == text
}

/// `5` of `5` and `5.0`.
fn integer(number: &str) -> Option<&str> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str, digit: &dyn Fn(u8) -> bool| !text.is_empty() && text.bytes().all(digit);
    let is_whole = digits(whole.strip_prefix('-').unwrap_or(whole), &|b| {
        b.is_ascii_digit()
    });
    (is_whole && digits(fraction, &|b| b == b'0')).then_some(whole)
}

/// The JSON of an argument that a text format says is JSON: as it stands, mended, or as a string.
pub fn from_json(text: &str) -> String {
    let steps = [Leniency::Strict, Leniency::Strings, Leniency::Loose];
    let read = |leniency| {
        let rewritten = rewrite(text, leniency, false, None)?;
        rewritten.rest.trim().is_empty().then_some(rewritten.json)
    };
    steps
        .into_iter()
        .find_map(read)
        .unwrap_or_else(|| quote(text))
}

/// The JSON of an argument that a text format gives as plain text. `None` for the schema: the
/// tool does not know the argument.
pub fn from_text(text: &str, schema: Option<Schema<'_>>) -> String {
    let Some(schema) = schema else {
        return quote(text);
    };
    let types = schema.types();
    if types == Types::STRING {
        return quote(text);
    }
    literal(text.trim(), types, schema.in_any_case()).unwrap_or_else(|| quote(text))
}

fn literal(text: &str, types: Types, schema: Schema<'_>) -> Option<String> {
    let word = match text {
        "True" => "true",
        "False" => "false",
        "None" => "null",
        other => other,
    };
    let parsed = Json::parse(word);
    if let Ok(value) = &parsed
        && types.has(Types::of(value))
    {
        // Strings inside may still want converting.
        return match value {
            Json::Array(_) | Json::Object(_) => structure(word, schema),
            _ => Some(word.to_string()),
        };
    }
    if types.has(Types::STRING) {
        return None;
    }
    // A string in quotes counts for what it says.
    let value = parsed.unwrap_or_else(|_| Json::from(text));
    let said = value.as_str().unwrap_or(text);
    from_string(said, types, schema)
        .or_else(|| of_elements(said, types, schema))
        .or_else(|| list_of(&value.to_text(), &value, schema))
}

/// A list or object that stands there as elements.
fn of_elements(text: &str, types: Types, schema: Schema<'_>) -> Option<String> {
    if !types.has(Types::ARRAY.with(Types::OBJECT)) {
        return None;
    }
    structure(&elements::json(text, "", Some(schema))?.to_text(), schema)
}
