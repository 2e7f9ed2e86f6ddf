use alloc::format;
use alloc::string::String;

use crate::Json;

/// What a request's `tool_choice` wants, said to the model: for backends that refuse it. None if
/// it wants nothing in particular.
#[must_use]
pub fn tool_choice_in_words(choice: &Json<'_>) -> Option<String> {
    match choice.as_str() {
        Some("required" | "any") => Some("Answer with a call of one of the tools.".into()),
        Some("none") => Some("Answer without calling a tool.".into()),
        Some(_) => None,
        None => {
            let name = choice.pointer("/function/name")?.as_str()?;
            Some(format!("Answer with a call of the tool `{name}`."))
        }
    }
}
