//! Tool calls as models write them when their server does not parse them.

use serde_json::Value;

use super::ask::Tool;

/// Hermes, Qwen 2.5 and 3, and many fine-tunes.
pub(super) fn hermes(tool: &Tool) -> String {
    let arguments = Value::from(tool.arguments.clone());
    let name = Value::from(tool.name.as_str());
    format!("<tool_call>\n{{\"name\": {name}, \"arguments\": {arguments}}}\n</tool_call>")
}

/// Kimi K2.
pub(super) fn kimi(tool: &Tool) -> String {
    let (name, arguments) = (&tool.name, Value::from(tool.arguments.clone()));
    format!(
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0\
         <|tool_call_argument_begin|>{arguments}<|tool_call_end|><|tool_calls_section_end|>"
    )
}

/// Qwen3-Coder.
pub(super) fn xml(tool: &Tool) -> String {
    let parameters = each(tool, |key, value| {
        format!("<parameter={key}>\n{value}\n</parameter>\n")
    });
    format!(
        "<tool_call>\n<function={}>\n{parameters}</function>\n</tool_call>",
        tool.name
    )
}

/// GLM 4.5.
pub(super) fn glm(tool: &Tool) -> String {
    let arguments = each(tool, |key, value| {
        format!("<arg_key>{key}</arg_key>\n<arg_value>{value}</arg_value>\n")
    });
    format!("<tool_call>{}\n{arguments}</tool_call>", tool.name)
}

/// Strings stand there as they are, all else as JSON.
fn each(tool: &Tool, write: impl Fn(&str, &str) -> String) -> String {
    tool.arguments
        .iter()
        .map(|(key, value)| match value {
            Value::String(text) => write(key, text),
            value => write(key, &value.to_string()),
        })
        .collect()
}
