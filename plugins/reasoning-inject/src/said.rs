//! Whether the client decided about reasoning itself, in the words of any backend.

use yallmp_sdk::{Json, request};

/// Members that are about reasoning and nothing else.
const MEMBERS: [&str; 15] = [
    "reasoning_effort",
    "reasoning",
    "thinking",
    "enable_thinking",
    "thinking_budget",
    "thinking_token_budget",
    "thinking_budget_tokens",
    "include_reasoning",
    "reasoning_format",
    "reasoning_split",
    "reasoning_history",
    "disable_reasoning",
    "think",
    "prompt_mode",
    "enable_reasoning",
];

/// Members that are about other things too, and what in them is about reasoning.
const WITHIN: [(&str, &[&str]); 2] = [
    (
        "chat_template_kwargs",
        &[
            "/enable_thinking",
            "/thinking",
            "/reasoning_effort",
            "/thinking_budget",
        ],
    ),
    ("output_config", &["/effort"]),
];

/// Where SDKs put what they do not know, and Google what it wants.
const EXTRA: &str = "extra_body";
const GOOGLE: [&str; 2] = ["/google/thinking_config", "/google/thinkingConfig"];

/// Words in prompts are not looked for here: that would cost a look at every message.
pub fn anything() -> bool {
    let spoken = |name: &&str| request::member(name).is_some_and(|text| text.trim() != "null");
    if MEMBERS.iter().any(spoken) {
        return true;
    }
    let has = |name: &str, about: &dyn Fn(&Json<'_>) -> bool| {
        let text = request::member(name);
        text.is_some_and(|text| Json::parse(&text).is_ok_and(|json| about(&json)))
    };
    WITHIN
        .iter()
        .any(|(name, places)| has(name, &|json| at_any(json, places)))
        || has(EXTRA, &in_extra_body)
}

fn in_extra_body(extra: &Json<'_>) -> bool {
    let member = |name: &str| extra.get(name).is_some_and(|value| !value.is_null());
    let within = |(name, places): &(&str, &[&str])| {
        extra.get(*name).is_some_and(|json| at_any(json, places))
    };
    MEMBERS.into_iter().any(member) || WITHIN.iter().any(within) || at_any(extra, &GOOGLE)
}

fn at_any(json: &Json<'_>, places: &[&str]) -> bool {
    let at = |place: &&str| json.pointer(place).is_some_and(|value| !value.is_null());
    places.iter().any(at)
}
