//! How many tokens an answer says that it cost.

use crate::body::RequestBody;

/// From a `usage` object; what it does not say is None.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All of the request's, cached ones included.
    pub input: Option<u64>,
    /// All of the answer's, reasoning included.
    pub output: Option<u64>,
    /// Of `input`: read from the backend's prompt cache.
    pub cached: Option<u64>,
    /// Of `output`: spent on reasoning.
    pub reasoning: Option<u64>,
}

impl Tokens {
    /// `usage`: the object as JSON text, in the words of any of the APIs.
    pub fn of(usage: &str) -> Self {
        // Asked of every exchange: the members are looked up, no tree is made.
        let Ok(usage) = RequestBody::from_text(usage.into()) else {
            return Self::default();
        };
        let first = |places: &[&[&str]]| places.iter().find_map(|path| count(&usage, path));
        Self {
            input: first(&[&["prompt_tokens"], &["input_tokens"]]),
            output: first(&[&["completion_tokens"], &["output_tokens"]]),
            cached: first(&[
                &["prompt_tokens_details", "cached_tokens"],
                &["input_tokens_details", "cached_tokens"],
                // DeepSeek, and servers that took it over.
                &["prompt_cache_hit_tokens"],
                // Moonshot, and some gateways.
                &["cached_tokens"],
                &["cache_read_input_tokens"],
            ]),
            reasoning: first(&[
                &["completion_tokens_details", "reasoning_tokens"],
                &["output_tokens_details", "reasoning_tokens"],
                &["reasoning_tokens"],
            ]),
        }
    }
}

fn count(object: &RequestBody, path: &[&str]) -> Option<u64> {
    let (key, rest) = path.split_first()?;
    let member = object.member(key)?;
    match rest {
        [] => member.parse().ok(),
        _ => count(&RequestBody::from_text(member.into()).ok()?, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(input: u64, output: u64, cached: Option<u64>, reasoning: Option<u64>) -> Tokens {
        Tokens {
            input: Some(input),
            output: Some(output),
            cached,
            reasoning,
        }
    }

    #[test]
    fn each_api_says_it_in_its_own_words() {
        for (usage, expected) in [
            (
                r#"{"prompt_tokens":12,"completion_tokens":30,"total_tokens":42,
                    "prompt_tokens_details":{"cached_tokens":4},
                    "completion_tokens_details":{"reasoning_tokens":5}}"#,
                tokens(12, 30, Some(4), Some(5)),
            ),
            (
                r#"{"input_tokens":1,"output_tokens":2,"input_tokens_details":{"cached_tokens":0},
                    "output_tokens_details":{"reasoning_tokens":1}}"#,
                tokens(1, 2, Some(0), Some(1)),
            ),
            (
                r#"{"prompt_tokens":7,"completion_tokens":1,"prompt_cache_hit_tokens":6,
                    "prompt_tokens_details":null}"#,
                tokens(7, 1, Some(6), None),
            ),
            (
                r#"{"prompt_tokens":7,"completion_tokens":1}"#,
                tokens(7, 1, None, None),
            ),
        ] {
            assert_eq!(Tokens::of(usage), expected, "{usage}");
        }
    }

    #[test]
    fn what_is_no_count_is_not_counted() {
        for usage in [
            "",
            "[]",
            "null",
            r#"{"prompt_tokens":"12"}"#,
            r#"{"total_tokens":-1}"#,
        ] {
            assert_eq!(Tokens::of(usage), Tokens::default(), "{usage}");
        }
    }
}
