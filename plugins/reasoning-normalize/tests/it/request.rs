//! What was written into the text comes back from the client, and is taken out again.

use crate::support::kit;

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

#[test]
fn other_targets_leave_requests_alone() {
    let text = r#""<think>a</think>b""#;
    for config in ["null", r#"{"target":"reasoning_content"}"#] {
        assert_eq!(stripped(config, text), text);
    }
}
