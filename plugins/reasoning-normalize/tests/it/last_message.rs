//! Some gateways end a stream with the whole message, and some say the reasoning there alone.

use serde_json::{Value, json};
use yallmp_sdk::testkit::collect;

use crate::support::{chunk, finish, kit, message};

/// The last chunk, with the whole message; `delta` as some have it beside it.
fn last(message: &Value, delta: Option<&Value>) -> String {
    let mut choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    if let Some(delta) = delta {
        choice["delta"] = delta.clone();
    }
    json!({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}).to_string()
}

fn said(out: &[String]) -> Value {
    message(&collect(out))
}

fn text() -> String {
    chunk(&json!({"role": "assistant", "content": "Hello."}))
}

#[test]
fn reasoning_that_only_the_last_message_has_is_not_lost() {
    for field in ["reasoning_content", "reasoning"] {
        let whole = json!({"role": "assistant", "content": "Hello.", field: "I greet."});
        for delta in [None, Some(json!({}))] {
            let out = kit("null", "{}")
                .stream(&[text(), last(&whole, delta.as_ref())])
                .unwrap();
            let expected = json!({"role": "assistant", "content": "Hello.", field: "I greet.", "finish": "stop"});
            assert_eq!(said(&out), expected, "{out:#?}");
        }
    }
}

#[test]
fn it_goes_where_reasoning_goes() {
    let whole = json!({"role": "assistant", "content": "Hello.", "reasoning": "I greet."});
    let out = kit(r#"{"target":"reasoning_content"}"#, "{}").stream(&[text(), last(&whole, None)]);
    let expected = json!({"role": "assistant", "content": "Hello.", "reasoning_content": "I greet.", "finish": "stop"});
    assert_eq!(said(&out.unwrap()), expected);
}

#[test]
fn reasoning_that_was_streamed_is_not_said_twice() {
    let whole = json!({"role": "assistant", "content": "Hello.", "reasoning_content": "I greet."});
    for first in [
        vec![
            json!({"role": "assistant", "reasoning_content": "I "}),
            json!({"reasoning_content": "greet."}),
        ],
        vec![json!({"role": "assistant", "content": "<think>I greet.</think>"})],
    ] {
        for config in [
            "null",
            r#"{"target":"reasoning_content"}"#,
            r#"{"target":"think_tags"}"#,
        ] {
            let mut events: Vec<String> = first.iter().map(chunk).collect();
            events.extend([chunk(&json!({"content": "Hello."})), finish("stop")]);
            let alone = kit(config, "{}").stream(&events).unwrap();
            *events.last_mut().unwrap() = last(&whole, Some(&json!({})));
            let out = kit(config, "{}").stream(&events).unwrap();
            assert_eq!(said(&out), said(&alone), "{config} {out:#?}");
        }
    }
}

#[test]
fn a_stream_of_one_message_is_read() {
    let whole = json!({"role": "assistant", "content": "<think>I greet.</think>Hello."});
    let out = kit("null", "{}").stream(&[last(&whole, None)]).unwrap();
    let expected = json!({"role": "assistant", "content": "Hello.", "reasoning_content": "I greet.", "finish": "stop"});
    assert_eq!(said(&out), expected);
    assert!(out.iter().all(|it| !it.contains("\"message\"")), "{out:#?}");
}
