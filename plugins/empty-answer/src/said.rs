//! What a chunk says.

use yallmp_sdk::chat::REASONING_FIELDS;
use yallmp_sdk::{Chunk, Json};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// A role, empty fields.
    Nothing,
    /// White space, which would be an answer's beginning if something came after it.
    Blank,
    Reasoning,
    /// Text, a call, a refusal, sound, or what we do not know.
    Something,
}

/// The most that any choice says.
pub fn said(chunk: &Chunk<'_>) -> Said {
    let members = chunk
        .choices()
        .filter_map(|choice| choice.delta())
        .flat_map(|delta| delta.iter());
    members
        .map(|(name, value)| member(name, value))
        .max()
        .unwrap_or(Said::Nothing)
}

fn member(name: &str, value: &Json<'_>) -> Said {
    let holds = match value {
        Json::Null => false,
        Json::String(text) => !text.as_str().is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
        Json::Bool(_) | Json::Number(_) => true,
    };
    let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
    match name {
        _ if name == "role" || !holds => Said::Nothing,
        _ if is_blank => Said::Blank,
        _ if REASONING_FIELDS.contains(&name) => Said::Reasoning,
        _ => Said::Something,
    }
}
