//! What must hold for any text, any arguments and any cut.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use yallmp_sdk::testkit::Kit;

use crate::support::{REQUEST, check_protocol, chunk, collect, parse, summary};

type Plugin = Kit<plugin_tool_call_fix::ToolCallFix>;

fn run(stream: &[String]) -> Vec<String> {
    let out = Plugin::new()
        .request(REQUEST)
        .stream(stream)
        .expect("no error");
    check_protocol(&out);
    out
}

/// A stream of the text, cut at these places.
fn stream(text: &str, cuts: &[prop::sample::Index], finish: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(chars.len() + 1)).collect();
    places.extend([0, chars.len()]);
    places.sort_unstable();
    places.dedup();
    let mut stream = vec![chunk(&json!({"role": "assistant"}), None)];
    for pair in places.windows(2) {
        let piece: String = chars[pair[0]..pair[1]].iter().collect();
        stream.push(chunk(&json!({ "content": piece }), None));
    }
    stream.push(chunk(&json!({}), Some(finish)));
    stream
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    vec(any::<prop::sample::Index>(), 0..40)
}

fn text_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(ToString::to_string),
        1 => "\\PC{0,4}",
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Parts of all formats, but the name of no tool.
const NO_CALL: &[&str] = &[
    "<",
    ">",
    "`",
    "```",
    "\n",
    " ",
    "<tool_call>",
    "</tool_call>",
    "<function=",
    "</function>",
    "<parameter=",
    "</parameter>",
    "<arg_key>",
    "</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>",
    "<|tool_call_end|>",
    "functions.",
    "get_weather",
    "{",
    "}",
    "\"name\"",
    "\"arguments\"",
    ":",
    ",",
    "\"",
    "{\"name\": \"get_weather\"}",
    "<think>",
    "</think>",
    "text",
    "0",
    "é",
];

/// Parts of calls too.
const ANYTHING: &[&str] = &[
    "<tool_call>",
    "\n",
    "</tool_call>",
    "<function=stat>",
    "<function=pwd>",
    "</function>",
    "<parameter=p>",
    "<parameter=n>",
    "</parameter>",
    "stat",
    "<arg_key>p</arg_key>",
    "<arg_value>",
    "</arg_value>",
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>",
    "<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
    "<|tool_calls_section_end|>",
    "stat:0",
    "{\"name\": \"stat\", \"arguments\": ",
    "{\"p\": \"",
    "\"}",
    "}",
    "{",
    "\"",
    ",",
    "5",
    "true",
    "`",
    "```",
    "<",
    " ",
    "x",
    "null",
    "\\",
    "'",
    "<tool_call>\n{\"name\": \"pwd\", \"arguments\": {}}\n</tool_call>",
    "<tool_call>\n<function=stat>\n<parameter=p>\n",
    "<tool_call>stat\n<arg_key>p</arg_key>\n<arg_value>",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text_of(ANYTHING).prop_map(Value::from),
        "[\\x00-\\x7f]{0,12}".prop_map(Value::from),
    ]
}

/// Arguments for a tool that takes anything.
fn arguments() -> impl Strategy<Value = Value> {
    let value = scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z\"<]{1,4}", inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("x_[a-z\"<]{0,4}", value, 0..4)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}

/// What a text format can say: values end where they say they end.
fn value_text() -> impl Strategy<Value = String> {
    text_of(ANYTHING).prop_filter("ends a value", |text| {
        [
            "</parameter>",
            "</arg_value>",
            "</function>",
            "<parameter=",
            "<arg_key>",
        ]
        .iter()
        .all(|tag| !text.contains(tag))
            && !text.starts_with('\n')
            && !text.ends_with('\n')
    })
}

fn calls_in(out: &[String]) -> Vec<(String, Value)> {
    let answer = collect(out);
    let calls = answer["choices"][0]["message"]["tool_calls"]
        .as_array()
        .cloned();
    let read = |call: Value| {
        let function = &call["function"];
        let arguments = function["arguments"].as_str().expect("text");
        (
            function["name"].as_str().expect("a name").to_string(),
            serde_json::from_str(arguments).unwrap_or_else(|e| panic!("{e}: {arguments}")),
        )
    };
    calls.unwrap_or_default().into_iter().map(read).collect()
}

proptest! {
    #[test]
    fn text_without_a_call_comes_out_as_it_went_in(text in text_of(NO_CALL), cuts in cuts()) {
        let stream = stream(&text, &cuts, "stop");
        prop_assert_eq!(run(&stream), stream);
    }

    #[test]
    fn cuts_do_not_matter(
        text in text_of(ANYTHING),
        cuts in cuts(),
        finish in prop::sample::select(vec!["stop", "length"]),
    ) {
        let whole = run(&stream(&text, &[], finish));
        let cut = run(&stream(&text, &cuts, finish));
        prop_assert_eq!(summary(&collect(&whole)), summary(&collect(&cut)));
    }

    #[test]
    fn a_second_time_changes_nothing(text in text_of(ANYTHING), cuts in cuts()) {
        let once = run(&stream(&text, &cuts, "stop"));
        prop_assert_eq!(&run(&once), &once);
    }

    #[test]
    fn hermes_gives_arguments_back(arguments in arguments(), cuts in cuts(), early in any::<bool>()) {
        let call = match early {
            true => json!({"arguments": arguments, "name": "stat"}),
            false => json!({"name": "stat", "arguments": arguments}),
        };
        let text = format!("Well:\n<tool_call>\n{call}\n</tool_call>");
        prop_assert_eq!(calls_in(&run(&stream(&text, &cuts, "stop"))), [("stat".into(), arguments)]);
    }

    #[test]
    fn kimi_gives_arguments_back(arguments in arguments(), cuts in cuts()) {
        let call = |n: u8| format!(
            "<|tool_call_begin|>functions.stat:{n}<|tool_call_argument_begin|>{arguments}<|tool_call_end|>"
        );
        let text = format!("<|tool_calls_section_begin|>{}{}<|tool_calls_section_end|>", call(0), call(1));
        let expected = [("stat".into(), arguments.clone()), ("stat".into(), arguments.clone())];
        prop_assert_eq!(calls_in(&run(&stream(&text, &cuts, "stop"))), expected);
    }

    #[test]
    fn qwen3_coder_gives_arguments_back(
        path in value_text(),
        mode in any::<i64>(),
        tags in vec(value_text(), 0..3),
        cuts in cuts(),
    ) {
        let tags = json!(tags);
        let parameter = |name: &str, value: &str| format!("<parameter={name}>\n{value}\n</parameter>\n");
        let text = format!(
            "<tool_call>\n<function=write_file>\n{}{}{}</function>\n</tool_call>",
            parameter("path", &path),
            parameter("mode", &mode.to_string()),
            parameter("tags", &tags.to_string()),
        );
        let expected = json!({"path": path, "mode": mode, "tags": tags});
        prop_assert_eq!(calls_in(&run(&stream(&text, &cuts, "stop"))), [("write_file".into(), expected)]);
    }

    #[test]
    fn glm_gives_arguments_back(
        path in value_text(),
        deep in any::<bool>(),
        lines in any::<bool>(),
        cuts in cuts(),
    ) {
        let line = if lines { "\n" } else { "" };
        let argument = |name: &str, value: &str| {
            format!("<arg_key>{name}</arg_key>{line}<arg_value>{value}</arg_value>{line}")
        };
        let text = format!(
            "<tool_call>stat{line}{}{}</tool_call>",
            argument("deep", &deep.to_string()),
            argument("p", &path),
        );
        let expected = json!({"deep": deep, "p": path});
        prop_assert_eq!(calls_in(&run(&stream(&text, &cuts, "stop"))), [("stat".into(), expected)]);
    }

    #[test]
    fn a_healthy_stream_of_calls_is_not_touched(
        calls in vec(arguments(), 1..4),
        cuts in cuts(),
    ) {
        let mut stream = Vec::new();
        for (index, arguments) in calls.iter().enumerate() {
            let function = json!({"name": "stat", "arguments": ""});
            let id = format!("call_{index}");
            let entry = json!({"index": index, "id": id, "type": "function", "function": function});
            stream.push(chunk(&json!({"tool_calls": [entry]}), None));
            for piece in pieces(&arguments.to_string(), &cuts) {
                let entry = json!({"index": index, "function": {"arguments": piece}});
                stream.push(chunk(&json!({"tool_calls": [entry]}), None));
            }
        }
        stream.push(chunk(&json!({}), Some("tool_calls")));
        prop_assert_eq!(run(&stream), stream);
    }

    /// Nothing that a backend does makes the plugin fail; and what strict readers can read stays.
    #[test]
    fn any_arguments(text in text_of(ANYTHING), cuts in cuts()) {
        let mut stream = Vec::new();
        let entry = json!({"index": 0, "id": "a", "type": "function", "function": {"name": "any", "arguments": ""}});
        stream.push(chunk(&json!({"tool_calls": [entry]}), None));
        for piece in pieces(&text, &cuts) {
            let entry = json!({"index": 0, "function": {"arguments": piece}});
            stream.push(chunk(&json!({"tool_calls": [entry]}), None));
        }
        stream.push(chunk(&json!({}), Some("tool_calls")));
        let out = run(&stream);
        prop_assert_eq!(&run(&out), &out);
        if serde_json::from_str::<Map<String, Value>>(&text).is_ok() {
            prop_assert_eq!(out, stream);
        }
    }

    #[test]
    fn any_entries(entries in vec(entry(), 0..12), finish in prop::sample::select(vec!["stop", "length"])) {
        let mut stream: Vec<String> = entries
            .chunks(2)
            .map(|entries| chunk(&json!({ "tool_calls": entries }), None))
            .collect();
        stream.push(chunk(&json!({}), Some(finish)));
        let kit = Plugin::new().request(REQUEST);
        prop_assert!(kit.stream(&stream).is_ok());
    }
}

fn pieces(text: &str, cuts: &[prop::sample::Index]) -> Vec<String> {
    let stream = stream(text, cuts, "stop");
    let content = |event: &String| {
        let chunk = parse(event);
        chunk["choices"][0]["delta"]["content"]
            .as_str()
            .map(ToString::to_string)
    };
    stream.iter().filter_map(content).collect()
}

fn entry() -> impl Strategy<Value = Value> {
    let odd = |values: &'static [&'static str]| {
        let text = prop::sample::select(values).prop_map(Value::from);
        prop::option::of(prop_oneof![4 => text, 1 => Just(Value::Null), 1 => Just(json!(7))])
    };
    let index = prop::option::of(prop_oneof![
        (0..3u8).prop_map(Value::from),
        Just(Value::Null)
    ]);
    (
        index,
        odd(&["", "a", "b", "functions.stat:0"]),
        odd(&["", "function"]),
        odd(&["", "stat", "St", "at", "files__", "made_up"]),
        odd(&["", "{}", "{\"p\":", "\"1\"}", "{'p': 1}", "oops"]),
    )
        .prop_map(|(index, id, kind, name, arguments)| {
            let mut entry = Map::new();
            let mut function = Map::new();
            let put = |map: &mut Map<String, Value>, key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    map.insert(key.to_string(), value);
                }
            };
            put(&mut entry, "index", index);
            put(&mut entry, "id", id);
            put(&mut entry, "type", kind);
            put(&mut function, "name", name);
            put(&mut function, "arguments", arguments);
            entry.insert("function".to_string(), Value::Object(function));
            Value::Object(entry)
        })
}
