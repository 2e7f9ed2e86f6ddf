//! A whole chat completion of the chunks of a stream: for backends that only stream, and clients
//! that want it whole.

use serde_json::{Map, Value, json};

/// Gathers chunks.
#[derive(Default)]
pub struct Together {
    /// All of the answer but its choices.
    frame: Map<String, Value>,
    /// By `index`, in the order in which they came.
    choices: Vec<(u64, Map<String, Value>)>,
}

impl Together {
    /// Takes in one chunk. What is no chunk is passed over.
    pub fn add(&mut self, data: &str) {
        let Ok(Value::Object(mut chunk)) = serde_json::from_str(data) else {
            return;
        };
        let choices = chunk.remove("choices");
        for (name, value) in chunk {
            if !value.is_null() || !self.frame.contains_key(&name) {
                self.frame.insert(name, value);
            }
        }
        let Some(Value::Array(choices)) = choices else {
            return;
        };
        for (at, choice) in choices.into_iter().enumerate() {
            let Value::Object(choice) = choice else {
                continue;
            };
            let index = choice.get("index").and_then(Value::as_u64);
            let index = index.unwrap_or(at as u64);
            let known = self.choices.iter().position(|(known, _)| *known == index);
            let known = known.unwrap_or_else(|| {
                self.choices.push((index, Map::new()));
                self.choices.len() - 1
            });
            add_choice(&mut self.choices[known].1, choice);
        }
    }

    /// The answer; none if there is no choice, or one has no end. After `[DONE]` (`done`) the
    /// reason of the end is supplied where it is missing.
    pub fn finish(mut self, done: bool) -> Option<String> {
        if done {
            self.choices.iter_mut().for_each(|(_, choice)| end(choice));
        }
        if self.choices.is_empty() || !self.choices.iter().all(|(_, choice)| has_end(choice)) {
            return None;
        }
        self.choices.sort_by_key(|(index, _)| *index);
        let choices = self.choices.into_iter().map(|(index, mut choice)| {
            let mut message = match choice.remove("message") {
                Some(Value::Object(message)) => message,
                _ => Map::new(),
            };
            message.entry("role").or_insert("assistant".into());
            message.entry("content").or_insert(Value::Null);
            for call in calls_of(&mut message) {
                if let Some(call) = call.as_object_mut() {
                    call.remove("index");
                }
            }
            let mut whole = Map::new();
            whole.insert("index".into(), index.into());
            whole.insert("message".into(), message.into());
            whole.extend(choice);
            Value::from(whole)
        });
        self.frame.insert("object".into(), "chat.completion".into());
        self.frame.insert("choices".into(), choices.collect());
        Some(Value::from(self.frame).to_string())
    }
}

fn has_end(choice: &Map<String, Value>) -> bool {
    let reason = choice.get("finish_reason");
    reason.is_some_and(|reason| !reason.is_null())
}

fn end(choice: &mut Map<String, Value>) {
    if !has_end(choice) {
        let calls = &choice.get("message").unwrap_or(&Value::Null)["tool_calls"];
        let reason = match calls.is_array() {
            true => "tool_calls",
            false => "stop",
        };
        choice.insert("finish_reason".into(), reason.into());
    }
}

fn add_choice(choice: &mut Map<String, Value>, chunk: Map<String, Value>) {
    for (name, value) in chunk {
        match (name.as_str(), value) {
            ("index", _) => {}
            ("delta" | "message", Value::Object(delta)) => {
                let message = choice.entry("message").or_insert_with(|| json!({}));
                if let Some(message) = message.as_object_mut() {
                    add_delta(message, delta);
                }
            }
            ("logprobs", Value::Object(more)) => match choice.get_mut("logprobs") {
                Some(Value::Object(logprobs)) => add_delta(logprobs, more),
                _ => drop(choice.insert(name, more.into())),
            },
            (_, value) => {
                if !value.is_null() || !choice.contains_key(&name) {
                    choice.insert(name, value);
                }
            }
        }
    }
}

/// Texts and lists go on, all else is replaced.
fn add_delta(message: &mut Map<String, Value>, delta: Map<String, Value>) {
    for (name, value) in delta {
        match (message.get_mut(&name), value) {
            (_, Value::Array(calls)) if name == "tool_calls" => {
                let all = message.entry(name).or_insert_with(|| json!([]));
                if let Some(all) = all.as_array_mut() {
                    calls.into_iter().for_each(|call| add_call(all, call));
                }
            }
            (Some(Value::String(text)), Value::String(more)) if name != "role" => {
                text.push_str(&more);
            }
            (Some(Value::Array(items)), Value::Array(more)) => items.extend(more),
            (Some(_), Value::Null) => {}
            (_, value) => drop(message.insert(name, value)),
        }
    }
}

/// A piece of a call: of that with its `index`, else of that with its id, else of the last one.
fn add_call(calls: &mut Vec<Value>, piece: Value) {
    let Value::Object(piece) = piece else {
        return;
    };
    let said = |name: &str| piece.get(name).filter(|value| !value.is_null());
    let of = |name: &str| {
        let value = said(name)?;
        Some(calls.iter().rposition(|call| call.get(name) == Some(value)))
    };
    let last = calls.len().checked_sub(1);
    let known = of("index").or_else(|| of("id")).unwrap_or(last);
    let Some(call) = known.and_then(|at| calls[at].as_object_mut()) else {
        calls.push(piece.into());
        return;
    };
    for (name, value) in piece {
        match (call.get_mut(&name), value) {
            (Some(Value::Object(function)), Value::Object(more)) => {
                for (name, value) in more {
                    match (function.get_mut(&name), value) {
                        (Some(Value::String(text)), Value::String(more)) if name == "arguments" => {
                            text.push_str(&more);
                        }
                        (Some(_), Value::Null) => {}
                        (Some(Value::String(known)), _) if !known.is_empty() => {}
                        (_, value) => drop(function.insert(name, value)),
                    }
                }
            }
            (Some(_), Value::Null) => {}
            (Some(Value::String(known)), Value::String(_)) if !known.is_empty() => {}
            (_, value) => drop(call.insert(name, value)),
        }
    }
}

fn calls_of(message: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
    calls.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn together(chunks: &[Value]) -> Option<Value> {
        let mut together = Together::default();
        chunks
            .iter()
            .for_each(|chunk| together.add(&chunk.to_string()));
        Some(serde_json::from_str(&together.finish(false)?).expect("JSON"))
    }

    fn chunk(delta: Value, finish: Value) -> Value {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        json!({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice],
            "usage": null})
    }

    #[test]
    fn what_was_streamed_is_said_in_one() {
        let call = |index: u64, more: Value| {
            let mut call = json!({"index": index});
            for (name, value) in more.as_object().unwrap() {
                call[name] = value.clone();
            }
            chunk(json!({ "tool_calls": [call] }), Value::Null)
        };
        let whole = together(&[
            chunk(json!({"role": "assistant", "content": null}), Value::Null),
            chunk(json!({"reasoning_content": "Let "}), Value::Null),
            chunk(
                json!({"reasoning_content": "me.", "content": ""}),
                Value::Null,
            ),
            chunk(json!({"content": "I "}), Value::Null),
            chunk(json!({"content": "look."}), Value::Null),
            call(
                0,
                json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}),
            ),
            call(
                0,
                json!({"id": "", "function": {"name": null, "arguments": "{\"p\""}}),
            ),
            call(0, json!({"function": {"arguments": ":1}"}})),
            call(
                1,
                json!({"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}}),
            ),
            chunk(json!({}), "tool_calls".into()),
            json!({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [],
                "usage": {"total_tokens": 7}}),
        ]);
        let function = |name: &str, arguments: &str| json!({"name": name, "arguments": arguments});
        let expected = json!({
            "id": "c", "object": "chat.completion", "model": "m",
            "choices": [{"index": 0, "message": {
                "role": "assistant", "content": "I look.", "reasoning_content": "Let me.",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": function("f", "{\"p\":1}")},
                    {"id": "b", "type": "function", "function": function("g", "{}")},
                ],
            }, "finish_reason": "tool_calls"}],
            "usage": {"total_tokens": 7},
        });
        assert_eq!(whole, Some(expected));
    }

    #[test]
    fn what_has_no_end_is_no_answer() {
        let begun = chunk(json!({"role": "assistant", "content": "I"}), Value::Null);
        assert_eq!(together(&[begun]), None);
        assert_eq!(together(&[]), None);
        assert_eq!(together(&[json!({"choices": []})]), None);
    }
}
