//! Every file under `fixtures/` is one case: `facts` (as a profile gives them), `request`, and
//! `out`: what the backend gets, or `unchanged`: byte for byte. `@1` stands for an id that the
//! plugin made: the same in all its places, and of the right shape.

use std::path::{Path, PathBuf};

use plugin_request_fix::RequestFix;
use proptest::prelude::*;
use serde_json::{Value, json};
use yallmp_sdk::testkit::Kit;
use yallmp_sdk::{Interest, Patch};

fn kit(facts: &str, request: &str) -> Kit<RequestFix> {
    let kit = Kit::new().request(request);
    kit.exchange(|exchange| exchange.deployment.profile = facts.into())
}

fn sent(facts: &str, request: &str) -> String {
    kit(facts, request).request_out().expect("no error")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("folder of fixtures");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("entry").path())
        .flat_map(|path| {
            if path.is_dir() {
                self::files(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    files.sort();
    files
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Puts `@1` for ids that the request did not have.
fn mark_made_ids(sent: &mut Value, request: &str, expected: &str) {
    if !expected.contains("@1") {
        return;
    }
    let mut ids: Vec<String> = Vec::new();
    for message in sent["messages"].as_array().expect("messages") {
        let calls = message["tool_calls"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        ids.extend(
            calls
                .iter()
                .filter_map(|call| Some(call["id"].as_str()?.to_string())),
        );
    }
    let made: Vec<&String> = ids
        .iter()
        .filter(|id| !request.contains(&format!("\"{id}\"")))
        .collect();
    assert_eq!(made.len(), 1, "{ids:?}");
    let text = sent
        .to_string()
        .replace(&format!("\"{}\"", made[0]), "\"@1\"");
    *sent = parse(&text);
}

/// Whether a backend of these facts has the plugin called for the request.
fn asks_for(facts: &str, request: &str) -> bool {
    match kit(facts, request).plan().expect("no error").request {
        Interest::AnyOf(signs) => signs.iter().any(|sign| request.contains(sign)),
        Interest::All => true,
        _ => false,
    }
}

/// Name, facts, request and what comes out of every case.
fn cases() -> impl Iterator<Item = [String; 4]> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    files(&root).into_iter().map(|file| {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        let section = |title: &str| {
            let (_, rest) = text.split_once(&format!("--- {title}\n")).expect("section");
            let section = rest.split("\n--- ").next().expect("text");
            section.trim().to_string()
        };
        let name = file.display().to_string();
        [name, section("facts"), section("request"), section("out")]
    })
}

#[test]
fn requests_come_out_as_expected() {
    for [name, facts, request, out] in cases() {
        let sent = sent(&facts, &request);
        assert_eq!(
            self::sent(&facts, &sent),
            sent,
            "a second time changes more: {name}"
        );
        if out == "unchanged" {
            assert_eq!(sent, request, "{name}");
            continue;
        }
        for spelled in [&request, &parse(&request).to_string()] {
            assert!(asks_for(&facts, spelled), "never called for {name}");
        }
        let mut sent = parse(&sent);
        mark_made_ids(&mut sent, &request, &out);
        assert_eq!(sent, parse(&out), "{name}\n{sent}");
        // What a profile says, the configuration can say too; and it can switch the profile off.
        let config = kit("{}", &request).config(&facts);
        assert_ne!(config.request_out().expect("no error"), request, "{name}");
        let off = kit(&facts, &request).config(r#"{"profile": false}"#);
        assert_eq!(off.request_out().expect("no error"), request, "{name}");
    }
}

/// The paths of all facts in these, groups of facts before what is in them.
fn paths(facts: &Value) -> Vec<String> {
    let members = facts.as_object().into_iter().flatten();
    let below = |(name, value): (&String, &Value)| {
        let inner = if name == "roles" {
            Vec::new()
        } else {
            paths(value)
        };
        let inner = inner.into_iter().map(|path| format!("/{name}{path}"));
        std::iter::once(format!("/{name}"))
            .chain(inner)
            .collect::<Vec<_>>()
    };
    members.flat_map(below).collect()
}

/// Those that a configuration may have.
fn paths_of_schema(schema: &Value) -> Vec<String> {
    let members = schema["properties"].as_object().into_iter().flatten();
    let below = |(name, schema): (&String, &Value)| {
        let inner = paths_of_schema(schema).into_iter();
        let inner = inner.map(|path| format!("/{name}{path}"));
        std::iter::once(format!("/{name}"))
            .chain(inner)
            .collect::<Vec<_>>()
    };
    members.flat_map(below).collect()
}

/// `null` at this path.
fn nothing_at(path: &str) -> String {
    let inner = |rest: String, name: &str| format!(r#"{{"{name}":{rest}}}"#);
    path.split('/')
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .fold("null".into(), inner)
}

fn take_out(facts: &mut Value, path: &str) {
    let (group, name) = path.rsplit_once('/').expect("a path");
    let group = facts.pointer_mut(group).and_then(Value::as_object_mut);
    group.expect("a group").remove(name);
}

/// `null` in the configuration is as if the profile had no such fact, for each of them and for groups, and it
/// leaves all others.
#[test]
fn every_fact_of_a_profile_can_be_switched_off() {
    let mut switched = std::collections::BTreeSet::new();
    for [name, facts, request, _] in cases() {
        let on = sent(&facts, &request);
        let all = parse(&facts);
        for path in paths(&all) {
            let mut others = all.clone();
            take_out(&mut others, &path);
            let config = nothing_at(&path);
            let off = kit(&facts, &request).config(&config).request_out();
            let off = off.expect("no error");
            assert_eq!(off, sent(&others.to_string(), &request), "{name}: {config}");
            if off != on {
                switched.insert(path);
            }
        }
    }
    let schema = parse(RequestFix::INFO.config_schema);
    let mut known = paths_of_schema(&schema);
    known.retain(|path| path != "/profile");
    assert_eq!(switched.into_iter().collect::<Vec<_>>(), {
        known.sort();
        known
    });
}

#[test]
fn nothing_is_asked_for_without_facts() {
    let plan = kit("{}", "{}").plan().expect("no error");
    assert_eq!(
        (plan.request, plan.response),
        (Interest::None, Interest::None)
    );
    let facts = r#"{"request": {"roles": {"developer": "system"}}}"#;
    assert_eq!(
        kit(facts, "{}").plan().expect("no error").request,
        Interest::any_of(&["\"developer\""])
    );
}

#[test]
fn long_names_come_back() {
    let long = "mcp__a_server_with_a_long_name__a_tool_with_a_name_that_is_longer_still";
    let facts = r#"{"tools": {"names": {"max": 40}}}"#;
    let call =
        json!({"id": "a", "type": "function", "function": {"name": long, "arguments": "{}"}});
    let request = json!({
        "model": "m",
        "messages": [{"role": "assistant", "content": null, "tool_calls": [call]}],
        "tools": [{"type": "function", "function": {"name": long}}],
        "tool_choice": {"type": "function", "function": {"name": long}},
    })
    .to_string();
    let sent = parse(&sent(facts, &request));
    let short = sent["tools"][0]["function"]["name"]
        .as_str()
        .expect("a name");
    assert!(short.len() <= 40 && short.starts_with("mcp__a_server"));
    assert_eq!(sent["tool_choice"]["function"]["name"], short);
    assert_eq!(
        sent["messages"][0]["tool_calls"][0]["function"]["name"],
        short
    );

    let event = |name: &str| {
        let call = json!({"index": 0, "id": "b", "function": {"name": name, "arguments": ""}});
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}).to_string()
    };
    let stream = kit(facts, &request).stream(&[event(short), event("other")]);
    assert_eq!(stream.expect("no error"), [event(long), event("other")]);
}

/// Names of MCP tools have dots, slashes and digits where some backends take none.
#[test]
fn names_with_other_characters_come_back() {
    let facts = r#"{"tools": {"names": {"max": 64, "chars": "A-Za-z0-9_-", "first": "A-Za-z_"}}}"#;
    let names = ["files.read", "files/read", "2fa-code", "plain_name"];
    let tool = |name: &str| json!({"type": "function", "function": {"name": name}});
    let request = json!({"model": "m", "messages": [], "tools": names.map(tool)}).to_string();
    let sent = parse(&sent(facts, &request));
    let sent: Vec<&str> = (0..names.len())
        .filter_map(|at| sent["tools"][at]["function"]["name"].as_str())
        .collect();
    assert_eq!(sent[0], "files_read");
    assert!(sent[1].starts_with("files_read_"), "{}", sent[1]);
    assert_eq!(sent[2], "_2fa-code");
    assert_eq!(sent[3], "plain_name");
    let event = |name: &str| {
        let call = json!({"index": 0, "id": "b", "function": {"name": name, "arguments": ""}});
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}).to_string()
    };
    let answers: Vec<String> = sent.iter().map(|name| event(name)).collect();
    let stream = kit(facts, &request).stream(&answers);
    assert_eq!(stream.expect("no error"), names.map(event));
}

/// A tool that is not offered any more still stands in the history.
#[test]
fn names_in_the_history_are_fitted_too() {
    let facts = r#"{"tools": {"names": {"max": 64, "chars": "A-Za-z0-9_-"}}}"#;
    let call = |name: &str| {
        json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": name, "type": "function", "function": {"name": name, "arguments": "{}"}}
        ]})
    };
    let request = json!({
        "model": "m",
        "messages": [call("old.tool"), call("a.b"), call("a_b")],
        "tools": [{"type": "function", "function": {"name": "a_b"}}],
    })
    .to_string();
    let sent = parse(&sent(facts, &request));
    let name = |at: usize| sent["messages"][at]["tool_calls"][0]["function"]["name"].clone();
    assert_eq!(name(0), "old_tool");
    let other = name(1);
    let other = other.as_str().expect("a name");
    assert!(other.starts_with("a_b_"), "it is another tool: {other}");
    assert_eq!(name(2), "a_b");
}

#[test]
fn every_setting_is_in_the_schema() {
    let schema = parse(RequestFix::INFO.config_schema);
    let readme = include_str!("../README.md");
    for part in ["tools", "request"] {
        let members = schema["properties"][part]["properties"].as_object();
        for name in members.expect("members").keys() {
            assert!(
                readme.contains(&format!("| `{part}.{name}")),
                "{part}.{name}"
            );
        }
    }
}

fn message() -> impl Strategy<Value = Value> {
    let id = || {
        prop::sample::select(vec![
            "a",
            "b",
            "call_1",
            "functions.stat:0",
            "Abc123xyz",
            "",
        ])
    };
    let text = || prop::sample::select(vec!["", "x", "two\nlines"]);
    let call = id().prop_map(
        |id| json!({"id": id, "type": "function", "function": {"name": "stat", "arguments": "{}"}}),
    );
    prop_oneof![
        text().prop_map(|text| json!({"role": "user", "content": text})),
        (text(), prop::collection::vec(call, 0..3)).prop_map(
            |(text, calls)| json!({"role": "assistant", "content": text, "tool_calls": calls})
        ),
        (id(), text())
            .prop_map(|(id, text)| json!({"role": "tool", "tool_call_id": id, "content": text})),
        text().prop_map(
            |text| json!({"role": "system", "content": [{"type": "text", "text": text}]})
        ),
    ]
}

/// Any schema that mixes what Google refuses.
fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"type": "string", "description": "x"})),
        Just(json!({"type": ["integer", "null"], "default": 1})),
        Just(json!({"type": ["string", "number"]})),
        Just(json!({"type": "null"})),
        Just(json!({"const": "a"})),
        Just(json!({"enum": ["a", "b"], "type": "string"})),
        Just(json!({"$ref": "#/$defs/d"})),
        Just(json!({"required": ["a"]})),
        Just(json!({})),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            some().prop_map(|all| json!({"anyOf": all, "description": "y"})),
            some().prop_map(|all| json!({"oneOf": all, "type": "object"})),
            some().prop_map(|all| json!({"allOf": all})),
            inner.clone().prop_map(|one| json!({"type": "array", "items": one})),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| {
                json!({"type": "object", "properties": {"anyOf": a, "$schema": b}, "additionalProperties": false})
            }),
        ]
    })
}

/// Every schema in a schema.
fn each(schema: &Value, look: &mut impl FnMut(&Value)) {
    look(schema);
    for (name, member) in schema.as_object().into_iter().flatten() {
        match name.as_str() {
            "properties" => member
                .as_object()
                .into_iter()
                .flat_map(|map| map.values())
                .for_each(|one| each(one, look)),
            "anyOf" | "oneOf" | "allOf" => member
                .as_array()
                .into_iter()
                .flatten()
                .for_each(|one| each(one, look)),
            "items" => each(member, look),
            _ => {}
        }
    }
}

const GOOGLE: &str = r#"{"tools": {"schema": {
    "drop": ["$schema", "additionalProperties", "default"], "inline_refs": true, "nullable": true,
    "any_of": "alone", "const_as_enum": true, "complete": true
}}}"#;

const EVERYTHING: &str = r#"{
    "tools": {
        "order": "strict", "ids": {"form": "mistral"}, "content": "string", "content_null": "empty",
        "drop_empty_calls": true, "drop_empty_assistant": true, "tool_name": true,
        "empty_result": "(empty)", "arguments": "string"
    },
    "request": {"one_system": true, "roles": {"developer": "system"}}
}"#;

proptest! {
    /// Whatever the schema is: nothing is left in it that Google refuses, properties keep their
    /// names, and a second time changes nothing.
    #[test]
    fn any_schema(a in schema(), b in schema()) {
        let parameters = json!({"type": "object", "properties": {"default": a}, "$defs": {"d": b}});
        let tool = json!({"type": "function", "function": {"name": "stat", "parameters": parameters}});
        let request = json!({"model": "m", "messages": [], "tools": [tool]}).to_string();
        let once = sent(GOOGLE, &request);
        prop_assert_eq!(&sent(GOOGLE, &once), &once);
        let sent = parse(&once);
        let parameters = &sent["tools"][0]["function"]["parameters"];
        prop_assert!(parameters["properties"]["default"].is_object());
        let mut refused = Vec::new();
        each(parameters, &mut |schema| {
            let members = schema.as_object().expect("an object");
            let alone = !members.contains_key("anyOf") || members.len() == 1;
            let names = ["$schema", "additionalProperties", "default", "oneOf", "const", "$ref"];
            if !alone || schema["type"].is_array() || names.iter().any(|it| members.contains_key(*it)) {
                refused.push(schema.clone());
            }
        });
        prop_assert!(refused.is_empty(), "{refused:?} in {once}");
    }

    /// Whatever the history is: calls and results pair, ids are right and unique, and a second
    /// time changes nothing.
    #[test]
    fn any_history(messages in prop::collection::vec(message(), 0..12)) {
        let request = json!({"model": "m", "messages": messages}).to_string();
        let once = sent(EVERYTHING, &request);
        prop_assert_eq!(&sent(EVERYTHING, &once), &once);
        let sent = parse(&once);
        let mut open: Vec<String> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for message in sent["messages"].as_array().expect("messages") {
            if message["role"] == "tool" {
                let id = message["tool_call_id"].as_str().expect("an id");
                let at = open.iter().position(|known| known == id);
                prop_assert!(at.is_some(), "an orphan: {once}");
                open.remove(at.expect("checked"));
                continue;
            }
            prop_assert!(open.is_empty(), "unanswered: {once}");
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let id = call["id"].as_str().expect("an id").to_string();
                prop_assert!(id.len() == 9 && !seen.contains(&id), "{id}: {once}");
                seen.push(id.clone());
                open.push(id);
            }
        }
        prop_assert!(open.is_empty(), "unanswered at the end: {once}");
    }

    /// A longer history leads to the same beginning, so that prompt caches hold.
    #[test]
    fn ids_keep_the_beginning(
        turns in prop::collection::vec(prop::sample::select(vec!["a", "call_1", "functions.stat:0"]), 1..8),
        form in prop::sample::select(vec!["mistral", "kimi"]),
    ) {
        let facts = json!({"tools": {"ids": {"form": form}}}).to_string();
        let history = |turns: &[&str]| {
            let turn = |id: &&str| [
                json!({"role": "assistant", "content": null, "tool_calls": [
                    {"id": id, "type": "function", "function": {"name": "stat", "arguments": "{}"}}
                ]}),
                json!({"role": "tool", "tool_call_id": id, "content": "x"}),
            ];
            let messages: Vec<Value> = turns.iter().flat_map(turn).collect();
            let sent = sent(&facts, &json!({"model": "m", "messages": messages}).to_string());
            parse(&sent)["messages"].as_array().expect("messages").clone()
        };
        let all = history(&turns);
        for count in 1..turns.len() {
            prop_assert_eq!(&history(&turns[..count]), &all[..2 * count]);
        }
    }
}
