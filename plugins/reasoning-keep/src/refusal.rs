//! Errors in which a backend says that it wants reasoning back, and the one other try that follows.
//!
//! What the first try sent was not enough: reasoning was lost, or the settings know too little of
//! the backend. So the second restores all that is known, in every message, and does about the rest
//! what is one step further than the settings say.

use alloc::format;
use alloc::string::String;

use yallmp_sdk::store;

use crate::settings::{Field, Miss, Scope, Settings};

/// One of them is in every such error.
pub const SIGNS: [&str; 3] = ["reasoning_content", "thought_signature", "thinking"];

/// The word outlives the attempt by so much.
const SECONDS: u32 = 600;

/// What a backend refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Reasoning, or a signature, is not there.
    Missing,
    /// A signature is of another model, or changed.
    Signature,
}

impl Refusal {
    /// From the body of an error. The words are those of DeepSeek, Moonshot, Google and Anthropic,
    /// whoever passes them on.
    pub fn read(body: &str) -> Option<Self> {
        let plain: String = body
            .chars()
            .filter(|c| !matches!(c, '`' | '"' | '\'' | '\\'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let says = |words: &[&str]| words.iter().all(|word| plain.contains(word));
        if says(&["invalid signature", "thinking"]) {
            return Some(Refusal::Signature);
        }
        let missing = says(&["reasoning_content", "passed back"])
            || says(&["reasoning_content", "missing"])
            || says(&["missing", "thought_signature"])
            || says(&["expected thinking", "found"]);
        missing.then_some(Refusal::Missing)
    }

    pub fn word(self) -> &'static str {
        match self {
            Refusal::Missing => "missing",
            Refusal::Signature => "signature",
        }
    }

    /// Leaves word for the next attempt. False: it would not hear of it.
    pub fn tell(self, exchange: &str) -> bool {
        store::put(&key(exchange), self.word().as_bytes(), SECONDS).is_ok()
    }

    /// What an attempt before this one left word of.
    pub fn told(exchange: &str) -> Option<Self> {
        let word = store::get(&key(exchange)).ok()??;
        [Refusal::Missing, Refusal::Signature]
            .into_iter()
            .find(|refusal| refusal.word().as_bytes() == word)
    }

    /// The settings of the other try.
    pub fn settings(self, settings: &Settings) -> Settings {
        let miss = match (self, settings.miss, settings.field) {
            (Refusal::Signature, ..) => Miss::StripCalls,
            (_, Miss::Nothing, Field::ReasoningContent | Field::Reasoning | Field::Both) => {
                Miss::Empty
            }
            (_, Miss::Nothing, Field::ExtraContent) => Miss::PlaceholderSignature,
            (_, Miss::Empty, _) => Miss::Space,
            _ => Miss::StripCalls,
        };
        Settings {
            scope: Scope::All,
            miss,
            treat_empty_as_absent: true,
            ..settings.clone()
        }
    }
}

fn key(exchange: &str) -> String {
    format!("refused:{exchange}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_words_are_known_however_they_are_quoted() {
        for (body, refusal) in [
            (
                r#"{"error":{"message":"The `reasoning_content` in the thinking mode must be passed back to the API.","type":"invalid_request_error"}}"#,
                Some(Refusal::Missing),
            ),
            (
                r#"{"error":{"message":"thinking is enabled but reasoning_content is missing in assistant tool call message at index 2"}}"#,
                Some(Refusal::Missing),
            ),
            (
                r#"{"error":{"message":"Function call is missing a thought_signature in functionCall parts. This is required"}}"#,
                Some(Refusal::Missing),
            ),
            (
                r#"{"error":{"metadata":{"raw":"{\"message\":\"messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.\"}"}}}"#,
                Some(Refusal::Missing),
            ),
            (
                r#"{"error":{"message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#,
                Some(Refusal::Signature),
            ),
            (
                r#"{"error":{"message":"Invalid 'reasoning_content': unknown parameter"}}"#,
                None,
            ),
            (
                r#"{"error":{"message":"the model is thinking, try later"}}"#,
                None,
            ),
        ] {
            assert_eq!(Refusal::read(body), refusal, "{body}");
            if refusal.is_some() {
                assert!(SIGNS.iter().any(|sign| body.contains(sign)), "{body}");
            }
        }
    }
}
