//! What must hold for any text, any arguments and any cut.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use yallmp_sdk::testkit::Kit;

use crate::support::{REQUEST, check_protocol, chunk, collect, parse, summary};

type Plugin = Kit<plugin_tool_call_fix::ToolCallFix>;

fn run(stream: &[String]) -> Vec<String> {
    run_with("null", stream)
}

fn run_with(config: &str, stream: &[String]) -> Vec<String> {
    let out = Plugin::new()
        .config(config)
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
    "[",
    "]",
    "(",
    ")",
    "=",
    "'",
    "[TOOL_CALLS]",
    "[ARGS]",
    "functools",
    "]<]minimax[>[",
    "<invoke ",
    "<parameter name=\"p\">",
    "<function_calls>",
    "<tool_calls>",
    "<minimax:tool_call>",
    "<seed:tool_call>",
    "<|python_tag|>",
    "<|channel|>",
    "<|start|>assistant",
    "<|message|>",
    "<|tool_call>",
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁call▁begin｜>",
    "<｜DSML｜invoke ",
    "<|open|>call ",
    "<ifm|tool_calls>",
    "```json\n",
    "Action:",
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
    "[TOOL_CALLS]",
    "[ARGS]",
    "[",
    "]",
    "(",
    ")",
    "p=",
    "stat(p=\"",
    "[pwd(), ",
    "<invoke name=\"stat\">",
    "<parameter name=\"p\">",
    "</invoke>",
    "<minimax:tool_call>",
    "</minimax:tool_call>",
    "<stat>",
    "<p>",
    "</p>",
    "</stat>",
    "<|python_tag|>",
    "<|python_start|>[",
    "<|channel|>commentary to=functions.stat<|message|>",
    "<|call|>",
    "<|tool_call>call:stat{p:",
    "<|\"|>",
    "<tool_call|>",
    "]<]minimax[>[",
    "<invoke name=\"pwd\">",
    "</invoke>",
    "<think>",
    "</think>",
    "```json\n",
    "<｜tool▁call▁begin｜>stat<｜tool▁sep｜>",
    "<｜tool▁call▁end｜>",
    "<|open|>call tool=\"stat\"<|sep|>",
    "<|open|>argument key=\"p\" type=\"string\"<|sep|>",
    "<|close|>argument<|sep|>",
    "<|close|>call<|sep|>",
    "functools",
    "functions.stat:0",
    "<tool_call>{\"name\": \"nobody\", \"arguments\": {\"a\": 1}}</tool_call>",
    "<ifm|tool_call>",
    "</ifm|tool_call>",
    "<ifm|arg_key>p</ifm|arg_key>",
    "<ifm|arg_value>",
    "</ifm|arg_value>",
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
    const ENDS: [&str; 10] = [
        "</",
        "<parameter",
        "<arg_key>",
        "<ifm|arg_key>",
        "<|close|>",
        "<|open|>",
        "minimax[>[",
        "]]>",
        "<|\"|>",
        "<escape>",
    ];
    text_of(ANYTHING).prop_map(|mut text| {
        while let Some(end) = ENDS.iter().find(|end| text.contains(*end)) {
            text = text.replace(end, "");
        }
        text.trim_matches(['\n', '<', ']']).to_string()
    })
}

type Write = fn(&str) -> String;

/// By the arguments, as JSON, of one call of `stat`.
const JSON: &[(&str, Write)] = &[
    ("hermes", |a| {
        format!("Well:\n<tool_call>\n{{\"name\": \"stat\", \"arguments\": {a}}}\n</tool_call>")
    }),
    ("hermes", |a| {
        format!("<tool_call>{{\"arguments\": {a}, \"name\": \"stat\"}}</tool_call>")
    }),
    ("longcat", |a| {
        format!("<longcat_tool_call>{{\"name\": \"stat\", \"arguments\": {a}}}</longcat_tool_call>")
    }),
    ("llama3_json", |a| {
        format!("<|python_tag|>{{\"name\": \"stat\", \"parameters\": {a}}}")
    }),
    ("llama3_json", |a| {
        format!(
            "{{\"type\": \"function\", \"function\": {{\"name\": \"stat\", \"parameters\": {a}}}}}"
        )
    }),
    ("qwen3_coder", |a| format!("<function=stat>{a}</function>")),
    ("mistral", |a| {
        format!("[TOOL_CALLS] [{{\"name\": \"stat\", \"arguments\": {a}}}]")
    }),
    ("mistral", |a| format!("Well.[TOOL_CALLS]stat[ARGS]{a}")),
    ("mistral", |a| format!("stat{a}")),
    ("granite", |a| {
        format!("<function_call> {{\"name\": \"stat\", \"arguments\": {a}}}")
    }),
    ("phi4_mini_json", |a| {
        format!("<|tool_call|>[{{\"name\": \"stat\", \"arguments\": {a}}}]<|/tool_call|>")
    }),
    ("jamba", |a| {
        format!("<tool_calls>[{{\"name\": \"stat\", \"arguments\": {a}}}]</tool_calls>")
    }),
    ("nemotron_deci", |a| {
        format!("<TOOLCALL>[{{\"name\": \"stat\", \"arguments\": {a}}}]</TOOLCALL>")
    }),
    ("internlm", |a| {
        format!(
            "<|action_start|><|plugin|>\n{{\"name\": \"stat\", \"parameters\": {a}}}<|action_end|>"
        )
    }),
    ("xlam", |a| {
        format!("[{{\"name\": \"stat\", \"arguments\": {a}}}]")
    }),
    ("cohere_command3", |a| {
        format!(
            "<|START_ACTION|>[{{\"tool_call_id\": \"0\", \"tool_name\": \"stat\", \"parameters\": {a}}}]<|END_ACTION|>"
        )
    }),
    ("deepseek_v3", |a| {
        format!(
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>stat\n```json\n{a}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
        )
    }),
    ("deepseek_v31", |a| {
        format!("<｜tool▁call▁begin｜>stat<｜tool▁sep｜>{a}<｜tool▁call▁end｜>")
    }),
    ("deepseek_v32", |a| {
        format!("<｜DSML｜invoke name=\"stat\">{a}</｜DSML｜invoke>")
    }),
    ("kimi_k2", |a| {
        format!(
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.stat:3<|tool_call_argument_begin|>{a}<|tool_call_end|><|tool_calls_section_end|>"
        )
    }),
    ("kimi_k3", |a| {
        format!(
            "<|open|>call tool=\"stat\" index=\"1\"<|sep|><|open|>json<|sep|>{a}<|close|>json<|sep|><|close|>call<|sep|>"
        )
    }),
    ("openai", |a| {
        format!("<|channel|>commentary to=functions.stat <|constrain|>json<|message|>{a}<|call|>")
    }),
    ("inkling", |a| {
        format!(
            "<|message_model|>stat<|content_invoke_tool_json|>{{\"name\": \"stat\", \"args\": {a}}}<|end_message|>"
        )
    }),
    ("apertus", |a| {
        format!("<|tools_prefix|>[{{\"stat\": {a}}}]<|tools_suffix|>")
    }),
    ("gigachat3", |a| {
        format!("<|function_call|>{{\"name\": \"stat\", \"arguments\": {a}}}")
    }),
    ("k2_v3", |a| {
        format!(
            "<ifm|tool_calls>\n<ifm|tool_call>{{\"name\": \"stat\", \"arguments\": {a}}}</ifm|tool_call>\n</ifm|tool_calls>"
        )
    }),
    ("glm4", |a| format!("stat\n{a}")),
    ("bare_json", |a| {
        format!("{{\"name\": \"stat\", \"arguments\": {a}}}")
    }),
    ("bare_json", |a| {
        format!("```json\n{{\"name\": \"stat\", \"arguments\": {a}}}\n```")
    }),
];

type WriteFields = fn(&[(&str, &str)]) -> String;

fn fields(fields: &[(&str, &str)], write: impl Fn(&str, &str) -> String) -> String {
    fields
        .iter()
        .map(|(key, value)| write(key, value))
        .collect()
}

/// By the arguments, as texts, of one call of `write_file`.
const MARKUP: &[(&str, WriteFields)] = &[
    ("qwen3_coder", |f| {
        let f = fields(f, |k, v| format!("<parameter={k}>\n{v}\n</parameter>\n"));
        format!("<tool_call>\n<function=write_file>\n{f}</function>\n</tool_call>")
    }),
    ("seed_oss", |f| {
        let f = fields(f, |k, v| format!("<parameter={k}>{v}</parameter>\n"));
        format!("<seed:tool_call>\n<function=write_file>\n{f}</function>\n</seed:tool_call>")
    }),
    ("glm45", |f| {
        let f = fields(f, |k, v| {
            format!("<arg_key>{k}</arg_key>\n<arg_value>{v}</arg_value>\n")
        });
        format!("<tool_call>write_file\n{f}</tool_call>")
    }),
    ("glm47", |f| {
        let f = fields(f, |k, v| {
            format!("<arg_key>{k}</arg_key><arg_value>{v}</arg_value>")
        });
        format!("<tool_call>write_file{f}</tool_call>")
    }),
    ("k2_v3", |f| {
        let f = fields(f, |k, v| {
            format!("<ifm|arg_key>{k}</ifm|arg_key>\n<ifm|arg_value>{v}</ifm|arg_value>\n")
        });
        format!(
            "<ifm|tool_calls>\n<ifm|tool_call>write_file\n{f}</ifm|tool_call>\n</ifm|tool_calls>"
        )
    }),
    ("hy_v3", |f| {
        let f = fields(f, |k, v| {
            format!("<arg_key>{k}</arg_key>\n<arg_value>{v}</arg_value>\n")
        });
        format!("<tool_calls>\n<tool_call>write_file<tool_sep>\n{f}</tool_call>\n</tool_calls>")
    }),
    ("longcat", |f| {
        let f = fields(f, |k, v| {
            format!(
                "<longcat_arg_key>{k}</longcat_arg_key>\n<longcat_arg_value>{v}</longcat_arg_value>\n"
            )
        });
        format!("<longcat_tool_call>write_file\n{f}</longcat_tool_call>")
    }),
    ("minimax_m2", |f| {
        let f = fields(f, |k, v| {
            format!("<parameter name=\"{k}\">{v}</parameter>\n")
        });
        format!(
            "<minimax:tool_call>\n<invoke name=\"write_file\">\n{f}</invoke>\n</minimax:tool_call>"
        )
    }),
    ("anthropic", |f| {
        let f = fields(f, |k, v| {
            format!("<parameter name=\"{k}\">{v}</parameter>\n")
        });
        format!("<function_calls>\n<invoke name=\"write_file\">\n{f}</invoke>\n</function_calls>")
    }),
    ("deepseek_v32", |f| {
        let f = fields(f, |k, v| {
            let string = k == "path";
            format!("<｜DSML｜parameter name=\"{k}\" string=\"{string}\">{v}</｜DSML｜parameter>\n")
        });
        format!(
            "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"write_file\">\n{f}</｜DSML｜invoke>\n</｜DSML｜function_calls>"
        )
    }),
    ("step3", |f| {
        let f = fields(f, |k, v| {
            format!("<steptml:parameter name=\"{k}\">{v}</steptml:parameter>")
        });
        format!(
            "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name=\"write_file\">{f}</steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>"
        )
    }),
    ("minicpm5", |f| {
        let f = fields(f, |k, v| {
            format!("<param name=\"{k}\"><![CDATA[{v}]]></param>")
        });
        format!("<function name=\"write_file\">{f}</function>")
    }),
    ("kimi_k3", |f| {
        let f = fields(f, |k, v| {
            let kind = if k == "path" { "string" } else { "json" };
            format!(
                "<|open|>argument key=\"{k}\" type=\"{kind}\"<|sep|>{v}<|close|>argument<|sep|>"
            )
        });
        format!(
            "<|open|>tools<|sep|><|open|>call tool=\"write_file\" index=\"1\"<|sep|>{f}<|close|>call<|sep|><|close|>tools<|sep|><|end_of_msg|>"
        )
    }),
    ("solar_open2", |f| {
        let f = fields(f, |k, v| {
            format!("<|tool_arg:start|>{k}<|tool_arg:value|>{v}<|tool_arg:end|>\n")
        });
        format!("<|tool_call:start|>write_file\n{f}<|tool_call:end|>")
    }),
    ("minimax_m3", |f| {
        let f = fields(f, |k, v| {
            format!("]<]minimax[>[<{k}>{v}]<]minimax[>[</{k}>\n")
        });
        format!(
            "]<]minimax[>[<tool_call>\n]<]minimax[>[<invoke name=\"write_file\">\n{f}]<]minimax[>[</invoke>\n]<]minimax[>[</tool_call>"
        )
    }),
    ("cline", |f| {
        let f = fields(f, |k, v| format!("<{k}>\n{v}\n</{k}>\n"));
        format!("<write_file>\n{f}</write_file>")
    }),
    ("gemma4", |f| {
        let f = fields(f, |k, v| match k {
            "path" => format!("{k}:<|\"|>{v}<|\"|>,"),
            _ => format!("{k}:{v},"),
        });
        format!("<|tool_call>call:write_file{{{f}}}<tool_call|>")
    }),
    ("functiongemma", |f| {
        let f = fields(f, |k, v| match k {
            "path" => format!("{k}:<escape>{v}<escape>,"),
            _ => format!("{k}:{v},"),
        });
        format!("<start_function_call>call:write_file{{{f}}}<end_function_call>")
    }),
];

/// By the call.
const PYTHON: &[(&str, Write)] = &[
    ("pythonic", |call| format!("[{call}]")),
    ("pythonic", |call| {
        format!("<|python_start|>[{call}]<|python_end|>")
    }),
    ("lfm2", |call| {
        format!("<|tool_call_start|>[{call}]<|tool_call_end|>")
    }),
    ("olmo3", |call| {
        format!("<function_calls>\n{call}\n</function_calls>")
    }),
    ("gemma3", |call| format!("```tool_code\n{call}\n```")),
];

/// As Python writes it.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(python).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let member = |(key, value)| format!("{}: {}", json!(key), python(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

/// With one format alone.
fn run_only(format: &str, stream: &[String]) -> Vec<String> {
    let out = Plugin::new()
        .config(json!({"formats": [format], "types": false}).to_string())
        .request(REQUEST)
        .stream(stream)
        .expect("no error");
    check_protocol(&out);
    out
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

#[test]
fn every_format_has_a_round_trip() {
    let kit = Plugin::new().config(r#"{"formats": ["?"]}"#);
    let message = kit.plan().expect_err("no such format").message;
    let (_, known) = message.split_once("none of: ").expect("a list");
    let written = || {
        let markup = MARKUP.iter().map(|(name, _)| *name);
        JSON.iter()
            .chain(PYTHON)
            .map(|(name, _)| *name)
            .chain(markup)
    };
    for format in known.split(", ") {
        assert!(written().any(|name| name == format), "{format}");
    }
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
        is_named in any::<bool>(),
    ) {
        // Where no format is named, the first letter of a word wakes nobody, nor does white space.
        let is_named = is_named || text.contains("func") || text.starts_with([' ', '\n']);
        let config = match is_named {
            true => r#"{"formats": "all"}"#,
            false => "null",
        };
        let whole = run_with(config, &stream(&text, &[], finish));
        let cut = run_with(config, &stream(&text, &cuts, finish));
        prop_assert_eq!(summary(&collect(&whole)), summary(&collect(&cut)));
    }

    #[test]
    fn cuts_do_not_matter_whatever_is_left_out(
        text in text_of(ANYTHING),
        cuts in cuts(),
        finish in prop::sample::select(vec!["stop", "length"]),
        config in prop::sample::select(vec![
            r#"{"formats": "all", "broken": "drop"}"#,
            r#"{"formats": "all", "buffer": true}"#,
            r#"{"formats": "all", "unknown_tools": "drop", "text_after": "drop"}"#,
            r#"{"formats": "all", "broken": "drop", "unknown_tools": "drop", "text_after": "drop"}"#,
        ]),
    ) {
        let whole = run_with(config, &stream(&text, &[], finish));
        let cut = run_with(config, &stream(&text, &cuts, finish));
        prop_assert_eq!(summary(&collect(&whole)), summary(&collect(&cut)));
    }

    #[test]
    fn a_second_time_changes_nothing(text in text_of(ANYTHING), cuts in cuts()) {
        let once = run(&stream(&text, &cuts, "stop"));
        prop_assert_eq!(&run(&once), &once);
    }

    /// Formats whose arguments stand there as JSON.
    #[test]
    fn json_comes_back(format in prop::sample::select(JSON), arguments in arguments(), cuts in cuts()) {
        let (format, write) = format;
        let text = write(&arguments.to_string());
        prop_assert_eq!(
            calls_in(&run_only(format, &stream(&text, &cuts, "stop"))),
            [("stat".into(), arguments)],
            "{}", text
        );
    }

    /// Formats whose values stand between tags.
    #[test]
    fn values_between_tags_come_back(
        format in prop::sample::select(MARKUP),
        path in value_text(),
        mode in any::<i64>(),
        tags in vec(value_text(), 0..3),
        cuts in cuts(),
    ) {
        let (format, write) = format;
        let tags = json!(tags);
        let text = write(&[("path", &path), ("mode", &mode.to_string()), ("tags", &tags.to_string())]);
        let expected = json!({"path": path, "mode": mode, "tags": tags});
        prop_assert_eq!(
            calls_in(&run_only(format, &stream(&text, &cuts, "stop"))),
            [("write_file".into(), expected)],
            "{}", text
        );
    }

    /// Formats as in Python: what a value is in JSON, Python writes nearly alike.
    #[test]
    fn literals_come_back(
        format in prop::sample::select(PYTHON),
        value in arguments(),
        text in text_of(ANYTHING),
        cuts in cuts(),
    ) {
        let (format, write) = format;
        let call = format!("stat(p={}, x_any={})", json!(text), python(&value));
        let written = write(&call);
        prop_assert_eq!(
            calls_in(&run_only(format, &stream(&written, &cuts, "stop"))),
            [("stat".into(), json!({"p": text, "x_any": value}))],
            "{}", written
        );
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
