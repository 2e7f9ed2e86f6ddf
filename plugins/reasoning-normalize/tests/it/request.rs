//! What was written into the text comes back from the client, and is taken out again.

use yallmp_sdk::testkit::collect;

use crate::support::{chunk, finish, kit, message};

fn stripped(config: &str, content: &str) -> String {
    let request = format!(
        r#"{{"model":"m", "messages":[{{"role":"user","content":"<think>x</think>"}},{{"role":"assistant","content":{content}}}]}}"#
    );
    let out = kit(config, "{}").request(request).request_out().unwrap();
    let out: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(out["messages"][0]["content"], "<think>x</think>");
    out["messages"][1]["content"].to_string()
}

#[test]
fn tags_are_taken_out_of_assistant_messages() {
    let tags = r#"{"target":"think_tags"}"#;
    for (content, expected) in [
        (r#""<think>\nI greet.\n</think>\n\nHello.""#, r#""Hello.""#),
        (r#""<think>a</think><think>b</think>Hello.""#, r#""Hello.""#),
        (r#""<think>cut""#, r#""""#),
        (r#""Hello <think>.""#, r#""Hello <think>.""#),
        ("null", "null"),
        (
            r#"[{"type":"text","text":"<think>\na\n</think>\n\nb"}]"#,
            r#"[{"text":"b","type":"text"}]"#,
        ),
    ] {
        let found: serde_json::Value = serde_json::from_str(&stripped(tags, content)).unwrap();
        let expected: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(found, expected, "{content}");
    }
    let html = r#"{"target":"details_html"}"#;
    let content = r#""<details><summary>Thinking</summary>\n\nI.\n\n</details>\n\nHello.""#;
    assert_eq!(stripped(html, content), r#""Hello.""#);
    let own = r#"{"target":"think_tags","tags":["‹r›","‹/r›"]}"#;
    assert_eq!(stripped(own, r#""‹r›\na\n‹/r›\n\nb""#), r#""b""#);
}

/// What `multi_span` wrote behind text goes too; what stands in code is the answer's own.
#[test]
fn spans_behind_text_are_taken_out() {
    let tags = r#"{"target":"think_tags","multi_span":true}"#;
    for (content, expected) in [
        (
            r#""<think>\na\n</think>\n\nOne.<think>\nb\n</think>\n\nTwo.<think>\nc\n</think>""#,
            r#""One.Two.""#,
        ),
        (r#""One.<think>\ncut""#, r#""One.""#),
        (
            r#""Say <think>b</think> so.""#,
            r#""Say <think>b</think> so.""#,
        ),
        (
            r#""```\n<think>\nb\n</think>\n\n```""#,
            r#""```\n<think>\nb\n</think>\n\n```""#,
        ),
    ] {
        assert_eq!(stripped(tags, content), expected, "{content}");
    }
    let one = r#"{"target":"think_tags"}"#;
    let content = r#""One.<think>\nb\n</think>\n\nTwo.""#;
    assert_eq!(stripped(one, content), content);
}

/// However the client says that it wants none, text that begins without a tag is text.
#[test]
fn a_model_that_was_told_not_to_think_does_not_begin_inside() {
    let profile = r#"{"name":"x","reasoning":{"format":{"raw":true,"opened":true}}}"#;
    for (said, inside) in [
        (r#""x":1"#, true),
        (r#""reasoning_effort":"high""#, true),
        (r#""thinking":{"type":"enabled"}"#, true),
        (r#""enable_thinking":false"#, false),
        (r#""think":false"#, false),
        (r#""reasoning_effort":"none""#, false),
        (r#""thinking":{"type":"disabled"}"#, false),
        (r#""reasoning":{"enabled":false}"#, false),
        (r#""reasoning":{"effort":"none"}"#, false),
        (r#""chat_template_kwargs":{"enable_thinking":false}"#, false),
        (r#""chat_template_kwargs":{"thinking":false}"#, false),
        (r#""disable_reasoning":true"#, false),
        (r#""disable_reasoning":false"#, true),
        (r#""thinking_budget":0"#, false),
        (r#""thinking_token_budget":0"#, false),
    ] {
        let kit = kit("null", profile).request(format!("{{{said}}}"));
        let out = kit
            .stream(&[
                chunk(&serde_json::json!({"content": "Hello."})),
                finish("stop"),
            ])
            .unwrap();
        let name = if inside {
            "reasoning_content"
        } else {
            "content"
        };
        let message = message(&collect(&out));
        assert_eq!(message[name], "Hello.", "{said}: {message}");
    }
}

#[test]
fn other_targets_leave_requests_alone() {
    let text = r#""<think>a</think>b""#;
    for config in ["null", r#"{"target":"reasoning_content"}"#] {
        assert_eq!(stripped(config, text), text);
    }
}
