use serde_json::Value;
use yallmp_sdk::testkit::Kit;
use yallmp_sdk::{Interest, Patch};

use plugin_tool_call_fix::ToolCallFix;

fn interest(config: &str) -> Vec<String> {
    let wants = Kit::<ToolCallFix>::new()
        .config(config)
        .plan()
        .expect("no error");
    assert_eq!(wants.request, Interest::None);
    match wants.response {
        Interest::AnyOf(needles) => needles,
        other => panic!("{other:?}"),
    }
}

#[test]
fn plain_text_is_never_asked_for() {
    let event = r#"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello there."},"logprobs":null,"finish_reason":"stop"}],"usage":null}"#;
    assert!(
        interest("null")
            .iter()
            .all(|needle| !event.contains(needle.as_str()))
    );
}

#[test]
fn only_what_the_formats_need() {
    let has = |config: &str, needle: &str| interest(config).iter().any(|known| known == needle);
    assert!(has("null", "<") && has("null", "functions"));
    assert!(has(r#"{"formats": ["hermes"]}"#, "\\u003c"));
    assert!(!has(r#"{"formats": ["hermes"]}"#, "functions"));
    assert!(!has(r#"{"formats": []}"#, "<"));
    assert!(has(r#"{"formats": []}"#, "\"tool_calls\""));
}

#[test]
fn an_unknown_format_is_named() {
    let kit = Kit::<ToolCallFix>::new().config(r#"{"formats": ["hermes", "hermit"]}"#);
    let error = kit.plan().expect_err("no such format");
    assert_eq!(
        error.message,
        "`formats` names `hermit`, which is none of: hermes, kimi_k2, qwen3_coder, glm45"
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
