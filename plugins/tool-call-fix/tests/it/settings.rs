use serde_json::{Value, json};
use yallmp_sdk::testkit::Kit;
use yallmp_sdk::{Interest, Patch, Wants};

use plugin_tool_call_fix::ToolCallFix;

use crate::support::{REQUEST, chunk};

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
    let wants = plan(r#"{"formats": "all"}"#);
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
    let response = plan(r#"{"formats": "all"}"#).response;
    assert!(has(
        &response,
        r#"{"choices":[{"delta":{"tool_calls":[]}}]}"#
    ));
    assert!(!has(
        &response,
        r#"{"choices":[{"delta":{"content":"<tool_call>"}}]}"#
    ));
}

/// No instance for plain text of a model that nobody knows.
#[test]
fn a_model_without_a_profile_is_heard_when_it_looks_like_a_call() {
    let wants = plan("null");
    assert_eq!(wants.request, Interest::None);
    let content = |text: &str| json!({"choices": [{"delta": {"content": text}}]}).to_string();
    for call in [
        "<tool_call>",
        "{\"name",
        "\n {\"name",
        "[stat",
        " [stat",
        "[TOOL_CALLS]",
        "```",
        "\n\n",
    ] {
        assert!(has(&wants.response, &content(call)), "{call}");
    }
    for plain in ["Hello", " of {", "stat", " functional"] {
        assert!(!has(&wants.response, &content(plain)), "{plain}");
    }
}

/// A bracket in the middle of a text is no start.
#[test]
fn a_bare_call_counts_only_where_the_message_starts() {
    let call = chunk(&json!({"content": "[stat(p='/x')]"}), Some("stop"));
    let answer = |words: usize| {
        let mut stream = vec![chunk(&json!({"role": "assistant", "content": ""}), None)];
        stream.extend((0..words).map(|_| chunk(&json!({"content": "word "}), None)));
        stream.push(call.clone());
        let kit = Kit::<ToolCallFix>::new().request(REQUEST);
        kit.stream(&stream).expect("no error").concat()
    };
    assert!(answer(0).contains("tool_calls"));
    assert!(!answer(3).contains("tool_calls"));
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

/// A name that a profile gives and nobody knows would be passed over in silence.
#[test]
fn the_shipped_profiles_name_formats_that_there_are() {
    let profiles = include_str!("../../../profiles.yaml");
    let lists = profiles.split("formats: [").skip(1);
    let names: Vec<&str> = lists
        .filter_map(|rest| rest.split(']').next())
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .collect();
    assert!(names.len() > 30);
    for name in names {
        let kit = Kit::<ToolCallFix>::new().config(json!({"formats": [name]}).to_string());
        assert!(kit.plan().is_ok(), "{name}");
    }
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

#[test]
fn what_was_mended_is_noted() {
    let entry =
        json!({"id": "a", "type": "function", "function": {"name": "Pwd", "arguments": {}}});
    let stream = [chunk(&json!({ "tool_calls": [entry] }), Some("stop"))];
    let kit = Kit::<ToolCallFix>::new().request(REQUEST);
    kit.stream(&stream).expect("no error");
    let noted = yallmp_sdk::testkit::noted();
    assert_eq!(noted, [("mended".into(), "calls finish_reason".into())]);
    let text = [chunk(&json!({"content": "Hello"}), Some("stop"))];
    kit.stream(&text).expect("no error");
    assert_eq!(yallmp_sdk::testkit::noted(), []);
}

/// Every case that `DEFECTS.md` names is there, and names every case of a defect.
#[test]
fn the_table_of_defects_names_the_cases() {
    let table = include_str!("../../DEFECTS.md");
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let others = fixtures.join("../../../request-fix/tests/fixtures");
    let named = |text: &str| -> Vec<String> {
        let words = text.split('`').skip(1).step_by(2);
        let cases = words.filter(|word| word.contains('/') && !word.contains(' '));
        cases.map(ToString::to_string).collect()
    };
    for line in table.lines().filter(|line| line.starts_with('|')) {
        let (own, theirs) = line.split_once("request-fix: ").unwrap_or((line, ""));
        for (root, text) in [(&fixtures, own), (&others, theirs)] {
            for case in named(text) {
                assert!(root.join(format!("{case}.txt")).is_file(), "{case}");
            }
        }
    }
    let all = named(table);
    for folder in [
        "arguments",
        "chunks",
        "finish",
        "identity",
        "names",
        "policies",
        "reasoning",
        "types",
    ] {
        for entry in std::fs::read_dir(fixtures.join(folder)).expect("folder") {
            let file = entry
                .expect("entry")
                .file_name()
                .into_string()
                .expect("text");
            let case = format!("{folder}/{}", file.trim_end_matches(".txt"));
            assert!(all.contains(&case), "{case}");
        }
    }
}

/// Some servers never send `[DONE]`, nor a finish.
#[test]
fn a_stream_that_just_ends_is_finished_if_its_calls_are_whole() {
    let entry = |arguments: &str| {
        let function = json!({"name": "stat", "arguments": arguments});
        let call = json!({"index": 0, "id": "a", "type": "function", "function": function});
        vec![chunk(&json!({ "tool_calls": [call] }), None)]
    };
    let end = |stream: &[String]| {
        let kit = Kit::<ToolCallFix>::new().request(REQUEST);
        let out = kit.stream_until(stream, yallmp_sdk::EndReason::EndOfInput);
        out.expect("no error")
    };
    let whole = end(&entry("{}"));
    assert_eq!(whole.len(), 2);
    assert!(whole[1].contains(r#""finish_reason":"tool_calls""#));
    let cut = entry("{\"p\": \"half");
    assert_eq!(end(&cut), cut);
}
