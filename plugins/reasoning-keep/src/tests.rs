//! Conversations with clients that forget, played through the plugin.

mod fields;
mod keys;
mod memory;
mod misses;
mod properties;
mod refusals;
mod tags;

use std::time::Duration;

use proptest::prelude::*;
use yallmp_sdk::testkit::{Kit, chunks, cuts, logged, noted, pass, single_chars, stored};
use yallmp_sdk::{EndReason, Json};

use super::*;

/// A store divided by model, so that tests on one thread do not meet.
fn kit(model: &str, config: &str) -> Kit<ReasoningKeep> {
    let model = model.to_string();
    Kit::new()
        .config(config)
        .exchange(|exchange| exchange.target_model = model)
}

const RC: &str = r#"{"field":"reasoning_content","miss":"empty"}"#;

const USER: &str = r#"{"role":"user","content":"Weather in Oslo?"}"#;
const RESULT: &str =
    r#"{"role":"tool","tool_call_id":"call_3fA9x2LmQ0wZt7RbYc5K","content":"rain"}"#;
const CALLS: &str = r#""tool_calls":[{"id":"call_3fA9x2LmQ0wZt7RbYc5K","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Oslo\"}"}}]"#;

fn body(messages: &[&str]) -> String {
    format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(","))
}

/// A whole answer that reasons, says and calls.
fn answer(reasoning: &str) -> String {
    format!(
        r#"{{"choices":[{{"index":0,"message":{{"role":"assistant",{reasoning},"content":"Let me look.",{CALLS}}},"finish_reason":"tool_calls"}}]}}"#
    )
}

/// The same as a client sends it back that knows no reasoning.
fn forgotten() -> String {
    format!(r#"{{"role":"assistant","content":"Let me look.",{CALLS}}}"#)
}

fn hear(kit: &Kit<ReasoningKeep>, messages: &[&str], answer: &str) {
    let heard = kit.clone().request(body(messages)).whole(answer).unwrap();
    assert_eq!(heard, answer, "answers stay as they are");
    let _ = noted();
}

fn sent(kit: &Kit<ReasoningKeep>, messages: &[&str]) -> String {
    kit.clone().request(body(messages)).request_out().unwrap()
}

/// What the header says of the last request.
fn said() -> String {
    let facts = noted()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    facts.collect::<Vec<_>>().join(", ")
}
