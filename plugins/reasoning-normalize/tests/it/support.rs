use plugin_reasoning_normalize::ReasoningNormalize;
use serde_json::{Value, json};
use yallmp_sdk::testkit::{Kit, collect};

/// With `config` and `profile` as JSON text, for a chat.
pub fn kit(config: &str, profile: &str) -> Kit<ReasoningNormalize> {
    let profile = profile.to_owned();
    Kit::new().config(config).exchange(|exchange| {
        exchange.path = "/v1/chat/completions".into();
        exchange.deployment.profile = profile;
    })
}

/// The message of the first choice of an answer, and why it ended.
pub fn message(answer: &str) -> Value {
    let answer: Value = serde_json::from_str(answer).unwrap();
    let choice = &answer["choices"][0];
    let mut message = choice["message"].clone();
    if let Some(details) = message.get_mut("reasoning_details") {
        *details = joined(details);
    }
    message["finish"] = choice["finish_reason"].clone();
    message
}

pub fn streamed<S: AsRef<str>>(kit: &Kit<ReasoningNormalize>, events: &[S]) -> Value {
    message(&collect(&kit.stream(events).unwrap()))
}

/// Details in one piece, however they were cut.
fn joined(details: &Value) -> Value {
    let mut whole: Vec<Value> = Vec::new();
    for detail in details.as_array().into_iter().flatten() {
        let name = if detail["summary"].is_string() {
            "summary"
        } else {
            "text"
        };
        match (whole.last_mut(), detail[name].as_str()) {
            (Some(last), Some(more))
                if last[name].is_string() && last["index"] == detail["index"] =>
            {
                last[name] = json!(last[name].as_str().unwrap().to_owned() + more);
            }
            _ => whole.push(detail.clone()),
        }
    }
    json!(whole)
}

/// A chunk with this delta.
pub fn chunk(delta: &Value) -> String {
    json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]}).to_string()
}

pub fn finish(reason: &str) -> String {
    json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}).to_string()
}
