//! What an answer says of itself, for traces.

use serde_json::Value;

/// Bytes of a name that are kept.
const MAX_NAME: usize = 256;
/// Choices whose end is kept.
const MAX_CHOICES: usize = 16;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub id: Option<String>,
    /// The backend's own name of the model.
    pub model: Option<String>,
    /// Of each choice, why it ended; of the Responses API the status.
    pub finish_reasons: Vec<String>,
}

impl Said {
    /// `data`: a whole answer, or the event that ends one.
    pub fn of(data: &str) -> Self {
        let Ok(answer) = serde_json::from_str::<Value>(data) else {
            return Self::default();
        };
        let answer = match &answer["response"] {
            Value::Object(_) => &answer["response"],
            _ => &answer,
        };
        let text = |value: &Value| {
            let text = value.as_str()?;
            let end = text.floor_char_boundary(MAX_NAME.min(text.len()));
            Some(text[..end].to_owned())
        };
        let choices = answer["choices"].as_array().map(Vec::as_slice);
        let reasons = choices.unwrap_or_default().iter().take(MAX_CHOICES);
        let mut finish_reasons: Vec<String> = reasons
            .filter_map(|choice| text(&choice["finish_reason"]))
            .collect();
        finish_reasons.extend(text(&answer["status"]));
        Self {
            id: text(&answer["id"]),
            model: text(&answer["model"]),
            finish_reasons,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_says_who_answered_and_why_it_ended() {
        let chat = r#"{"id":"c-1","model":"m-2025","choices":[{"finish_reason":"stop"},{"finish_reason":null}]}"#;
        let responses = r#"{"type":"response.completed","response":{"id":"c-1","model":"m-2025","status":"stop"}}"#;
        for data in [chat, responses] {
            let said = Said::of(data);
            assert_eq!(said.id.as_deref(), Some("c-1"));
            assert_eq!(said.model.as_deref(), Some("m-2025"));
            assert_eq!(said.finish_reasons, ["stop"]);
        }
        assert_eq!(Said::of("no JSON"), Said::default());
        let long = format!(r#"{{"model":"{}"}}"#, "ü".repeat(1000));
        assert_eq!(Said::of(&long).model.unwrap().len(), MAX_NAME);
    }
}
