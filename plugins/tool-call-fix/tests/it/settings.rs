use serde_json::Value;
use yallmp_sdk::testkit::Kit;
use yallmp_sdk::{Interest, Patch, Wants};

use plugin_tool_call_fix::ToolCallFix;

fn plan(config: &str) -> Wants {
    let kit = Kit::<ToolCallFix>::new().config(config);
    kit.plan().expect("no error")
}

fn has(interest: &Interest, text: &str) -> bool {
    match interest {
        Interest::AnyOf(needles) => needles.iter().any(|needle| text.contains(needle.as_str())),
        Interest::None => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_requests_with_tools_are_asked_for() {
    let wants = plan("null");
    assert!(has(
        &wants.request,
        r#"{"model":"m","tools":[{"type":"function"}]}"#
    ));
    assert!(!has(
        &wants.request,
        r#"{"messages":[{"content":"tools, \"tools\", tools"}]}"#
    ));
    assert_eq!(plan(r#"{"formats": []}"#).request, Interest::None);
}

#[test]
fn without_tools_only_calls_are_asked_for() {
    let response = plan("null").response;
    assert!(has(
        &response,
        r#"{"choices":[{"delta":{"tool_calls":[]}}]}"#
    ));
    assert!(!has(
        &response,
        r#"{"choices":[{"delta":{"content":"<tool_call>"}}]}"#
    ));
}

#[test]
fn an_unknown_format_is_named() {
    let kit = Kit::<ToolCallFix>::new().config(r#"{"formats": ["hermes", "hermit"]}"#);
    let error = kit.plan().expect_err("no such format");
    let message = error.message;
    assert!(
        message.starts_with("`formats` names `hermit`, which is none of: deepseek_v32, "),
        "{message}"
    );
}

#[test]
fn the_schema_and_the_readme_name_all_settings() {
    let schema: Value = serde_json::from_str(ToolCallFix::INFO.config_schema).expect("JSON");
    let readme = include_str!("../../README.md");
    for name in schema["properties"].as_object().expect("settings").keys() {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}

/// `name` and `aliases` of every format stand in a row of the table.
#[test]
fn the_readme_lists_every_format() {
    let readme = include_str!("../../README.md");
    let kit = Kit::<ToolCallFix>::new().config(r#"{"formats": ["?"]}"#);
    let message = kit.plan().expect_err("no such format").message;
    let (_, names) = message.split_once("none of: ").expect("a list");
    for name in names.split(", ") {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
