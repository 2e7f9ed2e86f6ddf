use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use yallmp_core::config::{Backend, Deployment};

use super::*;

fn request(body: Value, path: &str) -> UpstreamRequest {
    UpstreamRequest {
        deployment: Arc::new(Deployment::new("demo", Backend::Demo)),
        method: Method::POST,
        url: format!("builtin://demo{path}"),
        headers: HeaderMap::new(),
        body: body.to_string().into(),
    }
}

/// Status, pieces, and whether the connection breaks.
fn ask(demo: &Demo, body: Value) -> (u16, Vec<Bytes>, bool) {
    let scene = demo.scene(&request(body, "/v1/chat/completions"));
    let mut pieces = Vec::new();
    let mut breaks = false;
    let mut answered = 0;
    for act in scene.0 {
        match act {
            Act::Head(status, _) => answered = status.as_u16(),
            Act::Send(piece) => pieces.push(piece),
            Act::Break(_) => breaks = true,
            Act::Wait(time) => assert!(time < Duration::from_millis(100)),
            Act::Stall => panic!("a demonstration never stalls"),
        }
    }
    (answered, pieces, breaks)
}

/// The text of all content deltas, and the events as JSON.
fn events(pieces: &[Bytes]) -> (String, Vec<Value>) {
    let text = String::from_utf8(pieces.concat())
        .unwrap()
        .replace("\r\n", "\n");
    let mut events = Vec::new();
    for event in text.split_terminator("\n\n") {
        let data = event.strip_prefix("data: ").unwrap();
        if data != "[DONE]" {
            events.push(serde_json::from_str(data).unwrap());
        }
    }
    let content = |event: &Value| {
        event["choices"][0]["delta"]["content"]
            .as_str()
            .map(str::to_owned)
    };
    (events.iter().filter_map(content).collect(), events)
}

fn weather() -> Value {
    json!([{"type": "function", "function": {
        "name": "look_up",
        "parameters": {"type": "object", "required": ["location", "days"], "properties": {
            "note": {"type": "string"},
            "location": {"type": "string"},
            "days": {"type": "integer", "minimum": 2},
        }},
    }}])
}

#[test]
fn calls_leak_in_every_dialect_streamed_and_whole() {
    for (model, leak) in [
        (
            "leaky-tools",
            "<tool_call>\n{\"name\": \"look_up\", \"arguments\": {\"location\":\"Paris\",\"days\":2}}\n</tool_call>",
        ),
        (
            "leaky-kimi",
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.look_up:0<|tool_call_argument_begin|>{\"location\":\"Paris\",\"days\":2}<|tool_call_end|><|tool_calls_section_end|>",
        ),
        (
            "leaky-xml",
            "<tool_call>\n<function=look_up>\n<parameter=location>\nParis\n</parameter>\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>",
        ),
        (
            "leaky-glm",
            "<tool_call>look_up\n<arg_key>location</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>",
        ),
    ] {
        let demo = Demo::default();
        let mut body = json!({
            "model": model,
            "messages": [{"role": "user", "content": "weather?"}],
            "tools": weather(),
        });
        let (status, pieces, breaks) = ask(&demo, body.clone());
        assert_eq!((status, breaks), (200, false));
        let whole: Value = serde_json::from_slice(&pieces.concat()).unwrap();
        let text = whole["choices"][0]["message"]["content"].as_str().unwrap();
        assert!(text.ends_with(leak), "{text}");
        assert_eq!(whole["choices"][0]["finish_reason"], "stop");

        body["stream"] = json!(true);
        let (_, pieces, _) = ask(&demo, body.clone());
        let (streamed, _) = events(&pieces);
        assert_eq!(streamed, text);
        assert!(
            pieces
                .iter()
                .any(|piece| std::str::from_utf8(piece).is_err())
        );
        let crlf = pieces.concat().windows(2).any(|pair| pair == b"\r\n");
        assert_eq!(crlf, model == "leaky-glm");
        assert!(
            String::from_utf8(pieces.concat())
                .unwrap()
                .contains("data: [DONE]")
        );

        // With a result there is nothing to call any more.
        let messages = body["messages"].as_array_mut().unwrap();
        messages.push(json!({"role": "tool", "tool_call_id": "x", "content": "sunny"}));
        let (_, pieces, _) = ask(&demo, body);
        let (answer, _) = events(&pieces);
        assert!(
            answer.contains("sunny.") && !answer.contains("<tool"),
            "{answer}"
        );
    }
}

#[test]
fn usage_is_sent_when_asked_for() {
    for wanted in [false, true] {
        let body = json!({
            "model": "plain",
            "stream": true,
            "stream_options": {"include_usage": wanted},
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello there"}]}],
        });
        let (_, pieces, _) = ask(&Demo::default(), body);
        let (text, events) = events(&pieces);
        assert!(text.contains("Hello there."), "{text}");
        assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
        let usage: Vec<_> = events
            .iter()
            .filter(|event| event["usage"].is_object())
            .collect();
        assert_eq!(usage.len(), usize::from(wanted));
        if let [last] = usage[..] {
            assert_eq!(last["choices"], json!([]));
        }
    }
}

#[test]
fn thoughts_come_between_tags() {
    let body = json!({"model": "think-tags", "thinking": {"type": "enabled"}, "messages": []});
    let (_, pieces, _) = ask(&Demo::default(), body);
    let text = String::from_utf8(pieces.concat()).unwrap();
    assert!(
        text.contains("<think>\\n") && text.contains("\\n</think>"),
        "{text}"
    );
    assert!(text.contains("\\\"thinking\\\": {"), "{text}");
}

#[test]
fn flaky_works_every_third_time() {
    let demo = Demo::default();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let body = json!({"model": "flaky", "messages": []});
        statuses.push(ask(&demo, body).0);
    }
    assert_eq!(statuses, [503, 503, 200, 503, 503, 200]);
}

#[test]
fn a_death_in_the_middle() {
    for stream in [false, true] {
        let body = json!({"model": "dies-midstream", "stream": stream, "messages": []});
        let (status, pieces, breaks) = ask(&Demo::default(), body);
        assert_eq!((status, breaks), (200, true));
        let text = String::from_utf8(pieces.concat()).unwrap();
        assert!(text.contains("dies-midstream") && !text.contains("[DONE]"));
    }
}

#[test]
fn strangers_are_refused_as_a_server_would() {
    let demo = Demo::default();
    let (status, pieces, _) = ask(&demo, json!({"model": "gpt-9"}));
    let error: Value = serde_json::from_slice(&pieces.concat()).unwrap();
    assert_eq!(status, 404);
    assert!(
        error["error"]["message"]
            .as_str()
            .unwrap()
            .contains("leaky-tools")
    );
    let other = request(json!({"model": "plain"}), "/v1/embeddings");
    let status = |request| match demo.scene(request).0.front() {
        Some(Act::Head(status, _)) => status.as_u16(),
        act => panic!("{act:?}"),
    };
    assert_eq!(status(&other), 404);
    let mut broken = request(json!({}), "/v1/chat/completions");
    broken.body = Bytes::from_static(b"[");
    assert_eq!(status(&broken), 400);
}

#[test]
fn arguments_fit_their_schema() {
    let tool = |parameters: Value| {
        let tools = json!([{"function": {"name": "t", "parameters": parameters}}]);
        let body = json!({"model": "m", "tools": tools}).to_string();
        let arguments = Ask::read(body.as_bytes()).unwrap().tool.arguments;
        Value::from(arguments).to_string()
    };
    for (parameters, expected) in [
        (json!({}), "{}"),
        (
            json!({"type": "object", "properties": {"file_path": {"type": "string"}, "n": {}}}),
            r#"{"file_path":"README.md"}"#,
        ),
        (
            json!({"type": "object", "required": ["unit", "on", "at"], "properties": {
               "unit": {"enum": ["celsius", "kelvin"]},
               "on": {"type": ["null", "boolean"]},
               "at": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}},
            }}),
            r#"{"unit":"celsius","on":true,"at":[{"x":1.5}]}"#,
        ),
    ] {
        assert_eq!(tool(parameters), expected);
    }
}
