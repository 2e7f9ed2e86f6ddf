//! What looked like a call and stayed text: the log says why.

use plugin_tool_call_fix::ToolCallFix;
use serde_json::json;
use yallmp_sdk::host::Level;
use yallmp_sdk::testkit::{Kit, logged, single_chars};

use crate::support::{REQUEST, chunk};

/// What is logged about a text, streamed whole and in single characters.
fn told(config: &str, request: &str, text: &str) -> Vec<String> {
    let kit = Kit::<ToolCallFix>::new().config(config).request(request);
    let stream = [
        chunk(&json!({"role": "assistant"}), None),
        chunk(&json!({ "content": text }), None),
        chunk(&json!({}), Some("stop")),
    ];
    let lines = |stream: &[String]| -> Vec<String> {
        let out = kit.stream(stream).expect("no error");
        assert_eq!(out, stream, "it is text");
        let line = |(level, line): (Level, String)| {
            assert_eq!(level, Level::Debug);
            line
        };
        logged().into_iter().map(line).collect()
    };
    let whole = lines(&stream);
    // What is not looked for must come in one event.
    let at_a_glance = ["do not name", "offers no tools"];
    let is_glance = |line: &String| at_a_glance.iter().any(|words| line.contains(words));
    if !whole.iter().any(is_glance) {
        assert_eq!(lines(&single_chars(&stream)), whole);
    }
    whole
}

fn says(config: &str, text: &str, reason: &str) {
    let told = told(config, REQUEST, text);
    let expected = format!("left as text: it looks like {reason}");
    assert_eq!(told, [expected], "{text}");
}

const HERMES: &str = r#"{"formats": ["hermes"], "unknown_tools": "text"}"#;

#[test]
fn why_it_stayed_text() {
    let call = r#"<tool_call>{"name": "fly", "arguments": {}}</tool_call>"#;
    says(
        HERMES,
        call,
        r#"hermes, but the request offers no tool "fly""#,
    );
    let broken = "<tool_call>{\"name\": stat?</tool_call>";
    says(HERMES, broken, "hermes, but it cannot be read as a call");
    let known = r#"<tool_call>{"name": "pwd", "arguments": {}}</tool_call>"#;
    let fenced = format!("Like this:\n```\n{known}\n```\n");
    says(HERMES, &fenced, "hermes, but it stands in Markdown code");
    let off = r#"{"formats": ["hermes"], "in_reasoning": "off"}"#;
    let thought = format!("<think>{known}</think>Done.");
    let reason = "hermes, but it stands in reasoning, and `in_reasoning` is `off`";
    says(off, &thought, reason);
    let end = r#"{"formats": ["hermes"]}"#;
    let reason = "hermes, but something follows, and here a call counts only at the end";
    says(end, &thought, reason);
    let long = format!("<tool_call>{{\"x\": \"{}", "x".repeat(70_000));
    let told = told(HERMES, REQUEST, &long);
    assert_eq!(
        told,
        ["left as text: it looks like hermes, but 64 KiB of it did not show a call"]
    );
}

#[test]
fn a_format_that_is_not_looked_for() {
    let call = "<|tool_call_begin|>functions.pwd:0<|tool_call_argument_begin|>{}";
    let reason = "kimi_k2, but `formats` or the profile do not name that format";
    says(HERMES, call, reason);
}

#[test]
fn an_answer_to_a_request_without_tools() {
    let call = r#"<tool_call>{"name": "pwd", "arguments": {}}</tool_call>"#;
    let told = told("null", r#"{"model": "m"}"#, call);
    let reason = "the request offers no tools, or forbids to call them";
    assert_eq!(
        told,
        [format!("left as text: it looks like hermes, but {reason}")]
    );
}

#[test]
fn a_text_says_no_more_than_four_reasons_and_each_once() {
    let names = ["a", "b", "c", "a", "d", "e", "f"];
    let call =
        |name| format!("<tool_call>{{\"name\": \"{name}x\", \"arguments\": {{}}}}</tool_call>\n");
    let told = told(HERMES, REQUEST, &names.map(call).concat());
    let named: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert_eq!(named, ["ax", "bx", "cx", "dx"]);
}

#[test]
fn plain_text_and_calls_say_nothing() {
    let plain = ["a < b, f<T>, [1], {x}", "`<tool_call>` opens a call"];
    for text in plain {
        let told = told(r#"{"formats": ["hermes", "bare_json"]}"#, REQUEST, text);
        assert_eq!(told, [""; 0], "{text}");
    }
    let call = r#"<tool_call>{"name": "pwd", "arguments": {}}</tool_call>"#;
    let kit = Kit::<ToolCallFix>::new().request(REQUEST);
    let stream = [chunk(&json!({ "content": call }), Some("stop"))];
    kit.stream(&stream).expect("no error");
    assert_eq!(logged(), []);
}
