//! What matters in an event, for one line of a terminal. All of it is in `--json`.

use serde_json::{Map, Value};

use crate::plain::plain;

/// Of a chunk of Chat Completions its deltas, reasons and usage, of an event of the Responses
/// API its type and delta; anything else as it is.
pub fn essence(data: &str) -> String {
    let Ok(Value::Object(event)) = serde_json::from_str(data) else {
        return plain(data);
    };
    let parts = match event.get("choices") {
        Some(Value::Array(choices)) => chunk(&event, choices),
        _ => typed(&event),
    };
    match parts.is_empty() {
        true => plain(data),
        false => plain(&parts.join("  ")),
    }
}

fn chunk(event: &Map<String, Value>, choices: &[Value]) -> Vec<String> {
    let mut parts = Vec::new();
    for choice in choices {
        let delta = choice.get("delta").or(choice.get("message"));
        match delta.or(choice.get("text")) {
            Some(Value::Object(delta)) => {
                let said = delta.iter().filter(|(_, value)| !value.is_null());
                let said: Map<_, _> = said.map(|(k, v)| (k.clone(), v.clone())).collect();
                if !said.is_empty() {
                    parts.push(Value::Object(said).to_string());
                }
            }
            Some(other) => parts.push(other.to_string()),
            None => {}
        }
        if let Some(Value::String(reason)) = choice.get("finish_reason") {
            parts.push(format!("finish_reason {reason}"));
        }
    }
    if let Some(usage) = event.get("usage").filter(|usage| usage.is_object()) {
        parts.push(format!("usage {usage}"));
    }
    parts
}

fn typed(event: &Map<String, Value>) -> Vec<String> {
    let (Some(Value::String(kind)), Some(delta)) = (event.get("type"), event.get("delta")) else {
        return Vec::new();
    };
    vec![kind.clone(), delta.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delta_the_reason_and_the_usage_matter() {
        for (data, expected) in [
            (
                r#"{"id":"x","choices":[{"index":0,"delta":{"role":null,"content":"a"},"finish_reason":null}]}"#,
                r#"{"content":"a"}"#,
            ),
            (
                r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"total_tokens":7}}"#,
                r#"finish_reason stop  usage {"total_tokens":7}"#,
            ),
            (
                r#"{"type":"response.output_text.delta","item_id":"i","delta":"a"}"#,
                r#"response.output_text.delta  "a""#,
            ),
            (
                r#"{"type":"response.created"}"#,
                r#"{"type":"response.created"}"#,
            ),
            (r#"{"choices":[]}"#, r#"{"choices":[]}"#),
            ("[DONE]", "[DONE]"),
            ("\u{1b}[2J", "?[2J"),
        ] {
            assert_eq!(essence(data), expected);
        }
    }
}
