//! A request's messages, as far as finding them again goes: what is new in a turn, and which
//! turn came before.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::continued;
use crate::text::parse::Log;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
    Tool,
}

/// A message, or an item of the Responses API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub role: Role,
    /// All that is text in it, calls of tools included; of anything else its type only.
    pub text: String,
}

/// How a request is found from the one that continues it. Hashes of messages without those
/// of the system: clients put the time of day into these.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// Of all messages.
    pub chain: Option<i64>,
    /// Of those before the last answer: the `chain` of the turn before, if the client left
    /// them as they were.
    pub before: Option<i64>,
    /// Of the first one: the same in all turns, mostly.
    pub opening: Option<i64>,
    pub messages: usize,
    /// The id of the answer that a client of the Responses API goes on from, instead of
    /// sending it along.
    pub continues: Option<String>,
    /// The id of the answer to this turn, by which a later one can go on from it.
    pub answer: Option<String>,
}

/// What the client of a log sent; null if that is not JSON or not in the log.
pub fn body(log: &Log) -> Value {
    let body = log.request().map(|request| &*request.body);
    serde_json::from_slice(body.unwrap_or_default()).unwrap_or_default()
}

/// The messages of a request to any endpoint; none if there is nothing like it.
pub fn messages(body: &Value) -> Vec<Message> {
    let mut messages = Vec::new();
    for member in ["system", "instructions"] {
        let text = body.get(member).map(text).unwrap_or_default();
        if !text.is_empty() {
            let role = Role::System;
            messages.push(Message { role, text });
        }
    }
    let list = ["messages", "input", "prompt"];
    match list.iter().find_map(|member| body.get(member)) {
        Some(Value::Array(items)) => messages.extend(items.iter().filter_map(message)),
        Some(other) => messages.push(Message {
            role: Role::User,
            text: text(other),
        }),
        None => {}
    }
    messages
}

/// Text that is new in this turn: what came after the last answer; in the first turn
/// everything.
pub fn news(messages: &[Message]) -> impl Iterator<Item = &str> {
    let is_answer = |message: &Message| message.role == Role::Assistant;
    let begin = messages.iter().rposition(is_answer).map_or(0, |at| at + 1);
    messages[begin..]
        .iter()
        .map(|message| message.text.as_str())
}

impl Turn {
    pub fn of_log(log: &Log) -> Self {
        let body = body(log);
        Self::new(&body, &messages(&body), log)
    }

    /// `body` and `messages`: those of the log.
    pub fn new(body: &Value, messages: &[Message], log: &Log) -> Self {
        Self {
            continues: continued::before(body).map(str::to_owned),
            answer: continued::answer(&log.notes),
            ..Self::of(messages)
        }
    }

    fn of(messages: &[Message]) -> Self {
        let said = || messages.iter().filter(|m| m.role != Role::System);
        let answers: Vec<bool> = said().map(|m| m.role == Role::Assistant).collect();
        // An answer may be several items in a row.
        let last = answers.iter().rposition(|is_answer| *is_answer);
        let begin = last.map(|last| {
            let before = answers[..last].iter().rposition(|is_answer| !is_answer);
            before.map_or(0, |at| at + 1)
        });
        let mut turn = Self {
            messages: answers.len(),
            ..Self::default()
        };
        let mut hash = Sha256::new();
        for (place, message) in said().enumerate() {
            if begin == Some(place) && place > 0 {
                turn.before = Some(number(&hash));
            }
            hash.update([message.role as u8]);
            hash.update((message.text.len() as u64).to_le_bytes());
            hash.update(&message.text);
            if place == 0 {
                turn.opening = Some(number(&hash));
            }
        }
        turn.chain = (turn.messages > 0).then(|| number(&hash));
        turn
    }
}

fn number(hash: &Sha256) -> i64 {
    let digest = hash.clone().finalize();
    digest[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | i64::from(*byte))
}

fn message(item: &Value) -> Option<Message> {
    let kind = item.get("type").and_then(Value::as_str).unwrap_or_default();
    let role = match item.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => Role::System,
        Some("assistant") => Role::Assistant,
        Some("tool" | "function") => Role::Tool,
        Some(_) => Role::User,
        // Clients leave it out or put it in as they like.
        None if kind == "reasoning" => return None,
        None if kind.ends_with("_output") => Role::Tool,
        None if kind.ends_with("_call") => Role::Assistant,
        None => Role::User,
    };
    Some(Message {
        role,
        text: text(item),
    })
}

/// All text in a message, a content, a part or a list of them.
fn text(value: &Value) -> String {
    let mut out = String::new();
    put_text(value, &mut out);
    out
}

fn put_text(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => put(text, out),
        Value::Array(parts) => parts.iter().for_each(|part| put_text(part, out)),
        Value::Object(part) => {
            let known = ["content", "text", "refusal", "output", "input_text"];
            let mut found = false;
            for member in known {
                if let Some(value) = part.get(member) {
                    put_text(value, out);
                    found = true;
                }
            }
            if let Some(Value::Array(calls)) = part.get("tool_calls") {
                calls.iter().for_each(|call| put_call(call, out));
                found = true;
            }
            if part.contains_key("arguments") {
                put_call(value, out);
                found = true;
            }
            if let (false, Some(Value::String(kind))) = (found, part.get("type")) {
                let _ = write!(out, "[{kind}]");
            }
        }
        _ => {}
    }
}

/// `name arguments`
fn put_call(call: &Value, out: &mut String) {
    let function = call.get("function").unwrap_or(call);
    for member in ["name", "arguments"] {
        if let Some(Value::String(text)) = function.get(member) {
            put(text, out);
        }
    }
}

fn put(text: &str, out: &mut String) {
    if !out.is_empty() && !text.is_empty() {
        out.push('\n');
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn turn(messages: Value) -> Turn {
        Turn::of(&super::messages(&json!({ "messages": messages })))
    }

    #[test]
    fn a_turn_knows_the_one_before() {
        let first = turn(json!([
            {"role": "system", "content": "It is 10:00"},
            {"role": "user", "content": "What is in the folder?"},
        ]));
        let call = json!({"id": "c1", "type": "function",
            "function": {"name": "ls", "arguments": "{}"}});
        let second = turn(json!([
            {"role": "system", "content": "It is 10:01"},
            {"role": "user", "content": [{"type": "text", "text": "What is in the folder?",
                "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "notes.txt"},
        ]));
        assert_eq!(first.before, None);
        assert_eq!(second.before, first.chain);
        assert_eq!(second.opening, first.opening);
        assert_ne!(second.chain, first.chain);
        assert_eq!((first.messages, second.messages), (1, 3));
        assert_eq!(turn(json!([])), Turn::default());
    }

    #[test]
    fn an_answer_of_several_items_is_one() {
        let first = messages(&json!({"instructions": "Be brief", "input": "What is the time?"}));
        let second = messages(&json!({"instructions": "Be brief", "input": [
            {"type": "message", "role": "user",
             "content": [{"type": "input_text", "text": "What is the time?"}]},
            {"type": "reasoning", "summary": []},
            {"type": "function_call", "name": "clock", "arguments": "{}", "call_id": "1"},
            {"type": "function_call", "name": "zone", "arguments": "{}", "call_id": "2"},
            {"type": "function_call_output", "call_id": "1", "output": "12:00"},
            {"type": "function_call_output", "call_id": "2", "output": "UTC"},
        ]}));
        assert_eq!(Turn::of(&second).before, Turn::of(&first).chain);
        assert_eq!(news(&second).collect::<Vec<_>>(), ["12:00", "UTC"]);
        assert_eq!(
            news(&first).collect::<Vec<_>>(),
            ["Be brief", "What is the time?"]
        );
    }

    #[test]
    fn an_image_is_no_text() {
        let url = "data:image/png;base64,AAAA";
        let messages = messages(&json!({"messages": [{"role": "user", "content": [
            {"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": url}},
        ]}]}));
        assert_eq!(messages[0].text, "Look[image_url]");
    }
}
