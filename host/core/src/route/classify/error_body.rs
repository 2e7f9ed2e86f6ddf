//! The shapes in which backends write an error.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::super::retry_after;

/// What an error body says, whoever wrote it.
///
/// - OpenAI and most others: `{"error":{"message","type","param","code"}}`
/// - Ollama, TGI: `{"error":"text"}`; FastAPI: `{"detail": …}`
/// - vLLM before 0.10, Mistral: the object without the `error` around it
/// - Google: `[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[…]}}]`, with the limit's
///   name in `details[].violations[].quotaId`
/// - Azure: the finer code in `error.innererror.code`
/// - OpenRouter: the vendor's own text in `error.metadata.raw`
/// - MiniMax: `{"base_resp":{"status_code","status_msg"}}`
#[derive(Debug, Default)]
pub(in crate::route) struct ErrorBody {
    /// `code`, `type`, `status`, `innererror.code`: lower case.
    pub names: Vec<String>,
    /// All that is written for people: lower case.
    pub text: String,
    pub retry_after: Option<Duration>,
    number: Option<u16>,
}

impl ErrorBody {
    pub fn read(body: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Array(list)) => Self::of(list.first().unwrap_or(&Value::Null)),
            Ok(value) => Self::of(&value),
            Err(_) => Self {
                text: String::from_utf8_lossy(body).to_lowercase(),
                ..Self::default()
            },
        }
    }

    fn of(value: &Value) -> Self {
        let error = [&value["error"], &value["base_resp"], &value["detail"]]
            .into_iter()
            .find(|part| !part.is_null())
            .unwrap_or(value);
        let mut this = Self {
            retry_after: retry_after::from_error(error),
            ..Self::default()
        };
        for name in [
            &error["code"],
            &error["type"],
            &error["status"],
            &error["status_code"],
            &error["innererror"]["code"],
            &value["code"],
        ] {
            this.name(name);
        }
        for text in [
            error,
            &error["message"],
            &error["status_msg"],
            &error["metadata"]["raw"],
            &value["message"],
            &value["msg"],
        ] {
            this.read_text(text);
        }
        // Google's message does not say which of its limits it was.
        let details = error["details"].as_array().into_iter().flatten();
        let violations = details.filter_map(|detail| detail["violations"].as_array());
        for violation in violations.flatten() {
            this.read_text(&violation["quotaId"]);
        }
        this
    }

    fn read_text(&mut self, value: &Value) {
        if let Some(text) = value.as_str() {
            self.text.push_str(&text.to_lowercase());
            self.text.push('\n');
        }
    }

    fn name(&mut self, value: &Value) {
        let name = match value {
            Value::String(name) => name.to_lowercase(),
            Value::Number(number) => number.to_string(),
            _ => return,
        };
        if let Ok(number @ 400..=599) = name.parse() {
            self.number.get_or_insert(number);
        }
        self.names.push(name);
    }

    /// The HTTP status that is written inside the body.
    pub fn status(&self) -> Option<StatusCode> {
        StatusCode::from_u16(self.number?).ok()
    }
}
