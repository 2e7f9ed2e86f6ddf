use crate::{Json, request};

/// Where it is said with `false`, `0` or a word for none.
const PLACES: [(&str, &str); 16] = [
    ("reasoning_effort", ""),
    ("reasoning", "/enabled"),
    ("reasoning", "/effort"),
    ("reasoning", "/max_tokens"),
    ("thinking", "/type"),
    ("thinking", "/budget_tokens"),
    ("enable_thinking", ""),
    ("enable_reasoning", ""),
    ("thinking_budget", ""),
    ("thinking_token_budget", ""),
    ("thinking_budget_tokens", ""),
    ("chat_template_kwargs", "/enable_thinking"),
    ("chat_template_kwargs", "/thinking"),
    ("chat_template_kwargs", "/thinking_budget"),
    ("extra_body", "/google/thinking_config/thinking_budget"),
    ("think", ""),
];

/// Whether the request says that the model shall not think, in the words of any backend. Where
/// nothing is said many models think by themselves, so that is no "off".
#[must_use]
pub fn thinking_is_off() -> bool {
    let at = |member: &str, pointer: &str, means: fn(&Json<'_>) -> bool| {
        let text = request::member(member);
        let json = text.as_deref().and_then(|text| Json::parse(text).ok());
        json.is_some_and(|json| json.pointer(pointer).is_some_and(means))
    };
    PLACES
        .iter()
        .any(|(member, pointer)| at(member, pointer, is_none))
        || at("disable_reasoning", "", |value| {
            value.as_bool() == Some(true)
        })
}

fn is_none(value: &Json<'_>) -> bool {
    match value {
        Json::Bool(on) => !on,
        Json::Number(_) => value.as_u64() == Some(0),
        Json::String(word) => matches!(word.as_str(), "none" | "off" | "disabled"),
        _ => false,
    }
}
