//! What the configuration names is in no log.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use yallmp_core::config::{Globs, JsonPath, LogMask};

use super::*;
use crate::record::Recorder;
use crate::record::mask::Mask;
use crate::text::parse;

const SECRET: &str = "hunter2";

fn mask(headers: &[&str], json: &[&str]) -> LogMask {
    LogMask {
        headers: Globs::new(headers.iter().copied()),
        json: json
            .iter()
            .map(|path| JsonPath::parse(path).unwrap())
            .collect(),
    }
}

/// The note as it is logged.
fn masked(mask: &LogMask, note: Note) -> Note {
    let mut notes = timed([note]);
    let mask = Mask::new(mask).unwrap();
    notes.iter_mut().for_each(|timed| mask.apply(timed));
    notes.remove(0).note
}

fn body(mask: &LogMask, text: &str) -> String {
    let note = Note::BodyIn {
        body: text.to_owned().into(),
        size: text.len(),
    };
    match masked(mask, note) {
        Note::BodyIn { body, size } => {
            assert_eq!(size, text.len(), "the size stays the true one");
            String::from_utf8(body.to_vec()).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_at_the_paths_are_hidden_and_nothing_else_is_touched() {
    for (paths, text, expected) in [
        (
            &["user"][..],
            r#"{ "user" : "a b", "x": [1,  2] }"#,
            r#"{ "user" : "***", "x": [1,  2] }"#,
        ),
        (
            &["messages.*.content"],
            r#"{"messages":[{"role":"user","content":"a"},{"content":[{"text":"b"}]},{}]}"#,
            r#"{"messages":[{"role":"user","content":"***"},{"content":"***"},{}]}"#,
        ),
        (
            &["a.1", "a.2.b", "*.0.b"],
            r#"{"a":[{"b":1},2,{"b":3,"c":4}]}"#,
            r#"{"a":[{"b":"***"},"***",{"b":"***","c":4}]}"#,
        ),
        // The longer way ends inside of what is hidden anyway.
        (&["a", "a.b"], r#"{"a":{"b":1}}"#, r#"{"a":"***"}"#),
        (
            &["k"],
            r#"{"k":1,"\u006b":2,"K":3}"#,
            r#"{"k":"***","\u006b":"***","K":3}"#,
        ),
        (&["*"], r#"["ä","ö"]"#, r#"["***","***"]"#),
        (
            &["a.b.c"],
            r#"{"a":"b","b":{"c":1}}"#,
            r#"{"a":"b","b":{"c":1}}"#,
        ),
        // Nobody can tell what is where in it.
        (&["a"], "not json", "***"),
        (&["a"], r#"{"a": "#, "***"),
        // A stream where a whole answer was asked for.
        (
            &["a"],
            "event: x\ndata: {\"a\":1}\n\n: ping\n\ndata: {\"b\":1}\n\ndata: torn\n\ndata: [DONE]\n\n",
            "event: x\ndata: {\"a\":\"***\"}\n\n: ping\n\ndata: {\"b\":1}\n\ndata: ***\n\ndata: [DONE]\n\n",
        ),
    ] {
        assert_eq!(body(&mask(&[], paths), text), expected, "{paths:?}");
    }
}

#[test]
fn without_paths_bodies_are_not_read() {
    assert_eq!(body(&mask(&["x-a"], &[]), "not json"), "not json");
    assert!(Mask::new(&LogMask::default()).is_none());
}

/// An exchange that has the secret wherever a configuration can reach it.
fn leaky() -> Vec<Timed> {
    let told = json!({"user": SECRET, "x": [{"key": SECRET}]}).to_string();
    let size = told.len();
    let held = headers(&[("x-customer-id", SECRET), ("x-plain", "seen")]);
    let frame = Bytes::from(format!("data: {told}\n\n"));
    timed([
        Note::Request(Box::new(Request {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            host: "h".into(),
            headers: held.clone(),
            body: told.clone().into(),
            size,
            streaming: true,
        })),
        Note::RequestPatched(Box::new(RequestPatched {
            plugin: "p".into(),
            body: format!("{told} ").into(),
            size,
            headers: vec![format!("X-Customer-Id: {SECRET}"), "-x-customer-id".into()],
        })),
        Note::Sent(Box::new(Sent {
            headers: held.clone(),
            body: told.clone().into(),
            size,
        })),
        Note::Head {
            status: StatusCode::OK,
            headers: Box::new(held),
        },
        Note::EventIn {
            number: 1,
            raw: frame.clone(),
        },
        Note::EventPatched(Box::new(EventPatched {
            plugin: "p".into(),
            number: 1,
            what: EventChange::default(),
            given: vec![Given::Made {
                name: None,
                data: told.clone().into(),
            }],
        })),
        Note::EventOut { raw: frame },
        Note::EventIn {
            number: 0,
            raw: Bytes::from(format!("data: \u{fffd}{SECRET}\n\n").replace('\u{fffd}', "?")),
        },
        Note::EventIn {
            number: 0,
            raw: [b"data: \xff", SECRET.as_bytes(), b"\n\n"].concat().into(),
        },
        Note::PluginFailed(Box::new(PluginFailed {
            plugin: "p".into(),
            hook: "on-event".into(),
            error: "trap".into(),
            input: told.clone().into(),
            skipped: true,
        })),
        Note::BodyIn {
            body: told.clone().into(),
            size,
        },
        Note::BodyOut {
            body: told.into(),
            size,
        },
        end(Outcome::Success),
    ])
}

#[test]
fn the_file_and_those_who_look_on_do_not_see_it() {
    let dir = TempDir::new();
    let settings = RequestLog {
        mask: mask(&["x-customer-*"], &["user", "x.*.key"]),
        ..settings(&dir.0)
    };
    let recorder = Recorder::start(&settings).unwrap();
    let meta = meta("a", "m");
    recorder.append(&meta, Entry::pack(leaky()));
    assert!(recorder.close(Duration::from_secs(30)));
    let name = &dir.names()[0];
    let text = std::fs::read_to_string(dir.0.join(name)).unwrap();
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.contains("x-customer-id: ***"), "{text}");
    assert!(text.contains("x-plain: seen"), "{text}");
    assert!(
        text.contains(r#"* data: {"user":"***","x":[{"key":"***"}]}"#),
        "{text}"
    );
    let log = parse::parse(text.as_bytes()).unwrap();
    assert_eq!(log.notes.len(), leaky().len(), "nothing is lost");
}

/// What is to be masked, by another way.
fn model(value: &Value, path: &[&str]) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return "***".into();
    };
    let fits = |name: &str| *step == "*" || *step == name;
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| match fits(name) {
                true => (name.clone(), model(value, rest)),
                false => (name.clone(), value.clone()),
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(n, value)| match fits(&n.to_string()) {
                    true => model(value, rest),
                    false => value.clone(),
                });
            Value::Array(items.collect())
        }
        other => other.clone(),
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[abc\"\\\\]", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_masked_where_the_path_leads(
        value in value(),
        path in prop::collection::vec(prop::sample::select(vec!["a", "b", "0", "1", "*"]), 1..4),
        pretty in any::<bool>(),
    ) {
        let text = if pretty { format!("{value:#}") } else { value.to_string() };
        let masked = body(&mask(&[], &[&path.join(".")]), &text);
        let masked: Value = serde_json::from_str(&masked).unwrap();
        prop_assert_eq!(masked, model(&value, &path));
    }
}
