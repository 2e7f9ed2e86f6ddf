//! What goes over the wire: request bodies, the whole answer and the stream.

use serde_json::{Value, json};

/// Events of one stream, the role event and the one with `finish_reason` included.
pub const EVENTS: usize = 200;
/// `data:` frames of one stream: the events and `[DONE]`.
pub const FRAMES: usize = EVENTS + 1;
/// Events that a bursting backend sends in one write.
pub const BURST: usize = 16;

const WORDS: [&str; 12] = [
    " the", " proxy", " reads", " one", " event", " and", " passes", " it", " on", " as", " it",
    " came",
];

/// A chat request of about 1 KB.
pub fn small_request(model: &str, stream: bool) -> String {
    let text =
        "Explain in a few sentences what a reverse proxy does with a streamed answer. ".repeat(11);
    json!({
        "model": model,
        "stream": stream,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": text},
        ],
    })
    .to_string()
}

/// What a coding agent sends after some turns, about 100 KB: file contents and tool output
/// as long escaped strings, tool schemas, and `model` and `stream` behind all of that.
pub fn agent_request(model: &str, stream: bool) -> String {
    let mut messages = vec![
        json!({"role": "system", "content": "You are a coding agent.\nRules:\n".repeat(80)}),
        json!({"role": "user", "content": "Make the tests in \"parser\" pass."}),
    ];
    for turn in 0.. {
        let id = format!("call_{turn:04}");
        let path = format!("{{\"path\": \"src/module_{turn}.rs\", \"lines\": [1, 120]}}");
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "read_file", "arguments": path}},
        ]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": source_file(turn)}));
        if messages.iter().map(|m| m.to_string().len()).sum::<usize>() > 88_000 {
            break;
        }
    }
    let tools: Vec<Value> = (0..24).map(tool_schema).collect();
    json!({
        "messages": messages,
        "tools": tools,
        "temperature": 0.2,
        "model": model,
        "stream": stream,
    })
    .to_string()
}

/// Source text with the line breaks, quotes and backslashes that a JSON string must escape.
fn source_file(turn: usize) -> String {
    (0..60)
        .map(|line| {
            format!("    assert_eq!(render(\"row {turn}\\t{line}\"), \"{line}: caf\u{e9}\\n\"); // checked\n")
        })
        .collect()
}

fn tool_schema(n: usize) -> Value {
    json!({"type": "function", "function": {
        "name": format!("tool_{n}"),
        "description": "Reads a file of the workspace and returns the lines that were asked for.",
        "parameters": {"type": "object", "required": ["path"], "properties": {
            "path": {"type": "string", "description": "Relative to the root of the workspace"},
            "lines": {"type": "array", "items": {"type": "integer"}, "description": "First and last"},
        }},
    }})
}

/// A `chat.completion` of 1 KB.
pub fn whole_answer() -> String {
    let content = WORDS.concat().repeat(13);
    let mut body = json!({
        "id": "chatcmpl-0a1b2c3d4e5f6a7b8c9d",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "bench",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 210, "completion_tokens": 168, "total_tokens": 378},
    })
    .to_string();
    body.extend(std::iter::repeat_n(
        ' ',
        1024_usize.saturating_sub(body.len()),
    ));
    body
}

/// Event `n` of a stream, as an SSE frame of about 260 bytes.
pub fn event(n: usize) -> String {
    let word = WORDS[n % WORDS.len()];
    let (delta, finish) = match n {
        0 => (json!({"role": "assistant", "content": ""}), Value::Null),
        _ if n == EVENTS - 1 => (json!({}), json!("stop")),
        _ => (json!({"content": word}), Value::Null),
    };
    let data = json!({
        "id": "chatcmpl-0a1b2c3d4e5f6a7b8c9d",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "bench",
        "system_fingerprint": "fp_0a1b2c3d4e",
        "service_tier": "default",
        "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}],
    });
    format!("data: {data}\n\n")
}

pub const DONE: &str = "data: [DONE]\n\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_what_the_report_says() {
        assert!((950..1100).contains(&small_request("whole", false).len()));
        let agent = agent_request("whole", false).len();
        assert!((98_000..106_000).contains(&agent), "{agent}");
        assert_eq!(whole_answer().len(), 1024);
        assert!((240..280).contains(&event(7).len()), "{}", event(7).len());
    }

    #[test]
    fn the_agent_body_names_its_model_late() {
        let body = agent_request("whole", false);
        assert!(body.find("\"model\"").unwrap() > 95_000);
        assert!(body.contains(r#"\\n\""#), "escaped line breaks and quotes");
    }
}
