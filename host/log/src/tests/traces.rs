//! A trace says what the log says, in the words of `docs/trace.md`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::formats::{note, write};
use super::*;
use crate::text::parse;
use crate::trace::{Frame, Trace, frames};

const SCHEMA: &str = include_str!("../../../../docs/trace.schema.json");

/// The published schema, but nothing may be in a trace that it does not name.
fn closed(mut schema: Value) -> Value {
    if let Value::Object(members) = &mut schema {
        if members.contains_key("properties") {
            members.insert("additionalProperties".into(), false.into());
        }
        for (_, value) in members.iter_mut() {
            *value = closed(value.take());
        }
    } else if let Value::Array(items) = &mut schema {
        for item in items {
            *item = closed(item.take());
        }
    }
    schema
}

fn check(trace: &Trace) -> Value {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&closed(schema)).unwrap();
    let value = serde_json::to_value(trace).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    let back: Trace = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(&back, trace);
    value
}

#[test]
fn a_trace_tells_the_story_of_its_log() {
    let log = parse::parse(include_bytes!("sample.log")).unwrap();
    let trace = check(&Trace::of(&log));
    assert_eq!(trace["schema"], 1);
    assert_eq!(trace["client"]["headers"][1][1], "Bearer sk-...cdef");
    assert_eq!(trace["route"], json!(["demo#1", "demo#2"]));
    let attempt = &trace["attempts"][0];
    assert_eq!(attempt["target"], "leaky-tools");
    assert_eq!(attempt["patched"][0]["headers"][1], "-x-gone");
    assert_eq!(attempt["sent"]["size"], 158);
    assert_eq!(attempt["committed"], 0.008);
    assert_eq!(
        attempt["events"][2],
        json!({
            "at": 0.009,
            "number": 2,
            "raw": "data: {\"choices\":[{\"delta\":{\"content\":\"<tool_call>\"}}]}\n\n",
            "changes": [{
                "at": 0.01, "plugin": "tool-call-fix",
                "held": 1, "released": 1, "dropped": 0, "added": 2,
                "given": [
                    {"event": 1},
                    {"name": null, "data": "{\"choices\":[]}"},
                    {"name": "x", "data": "{}"},
                ],
            }],
        })
    );
    assert_eq!(
        attempt["plugins"][1],
        json!({
            "name": "tool-call-fix", "calls": 2, "time": 0.000118, "held_events": 1,
            "held_bytes": 58, "dropped": 0, "added": 2, "changed": 1, "failed": false,
        })
    );
    assert_eq!(
        trace["lines"][0],
        json!({"at": 0.013, "attempt": 1, "plugin": "tool-call-fix", "level": "info",
            "message": "repaired\none call"})
    );
    assert_eq!(trace["plugin_failures"][0]["input"], "{\"choices\":[]}");
    assert_eq!(trace["end"]["usage"]["total_tokens"], 7);
    assert_eq!(trace["summary"]["title"], "What is the weather in Köln?");
}

#[test]
fn logs_of_older_versions_have_traces() {
    let log = parse::parse(include_bytes!("sample_first.log")).unwrap();
    let trace = check(&Trace::of(&log));
    assert_eq!(trace["attempts"][0]["plugins"], json!([]));
    assert_eq!(
        trace["attempts"][0]["events"][2]["changes"][0]["given"],
        json!([])
    );
}

#[test]
fn changes_of_a_whole_answer_are_with_it() {
    let change = Note::EventPatched(Box::new(EventPatched {
        plugin: "p".into(),
        number: 1,
        what: EventChange {
            added: 1,
            dropped: 1,
            ..EventChange::default()
        },
        given: vec![Given::Made {
            name: None,
            data: "{}".into(),
        }],
    }));
    let whole = Note::BodyIn {
        body: "[]".into(),
        size: 2,
    };
    let trace = |notes| check(&Trace::of_notes(&meta("a", "b"), &timed(notes)));
    let kept = trace(vec![attempt(1), whole, change.clone()]);
    assert_eq!(
        kept["attempts"][0]["received"]["changes"][0]["given"][0]["data"],
        "{}"
    );
    // Of a stream whose event was left out of the log.
    let lost = trace(vec![attempt(1), change]);
    assert_eq!(lost["attempts"][0]["events"][0]["raw"], Value::Null);
    assert_eq!(
        lost["attempts"][0]["events"][0]["changes"][0]["plugin"],
        "p"
    );
}

fn attempt(number: u32) -> Note {
    Note::Attempt(Box::new(Attempt {
        number,
        deployment: format!("demo#{number}"),
        backend: "b".into(),
        url: "http://b".into(),
        target_model: "t".into(),
    }))
}

fn chunk(number: u32, text: &str) -> Note {
    let raw = format!(r#"data: {{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#) + "\n\n";
    Note::EventIn {
        number,
        raw: raw.into(),
    }
}

fn held(number: u32, held: u32, released: u32) -> Note {
    Note::EventPatched(Box::new(EventPatched {
        plugin: "p".into(),
        number,
        what: EventChange {
            held,
            released,
            ..EventChange::default()
        },
        given: Vec::new(),
    }))
}

fn out(text: &'static str) -> Note {
    Note::EventOut { raw: text.into() }
}

/// Frames of the client as `<milliseconds> <event> <text>`; `=` before those that are as they came.
fn shown(frames: Option<Vec<Frame>>) -> Vec<String> {
    let frames = frames.expect("a stream was begun");
    frames
        .iter()
        .map(|frame| {
            let text = String::from_utf8_lossy(&frame.raw);
            let text = text
                .split("content\":\"")
                .nth(1)
                .map_or(&*text, |rest| &rest[..1]);
            let event = frame.event.map_or("-".into(), |event| event.to_string());
            let same = if frame.same { "=" } else { "" };
            format!("{} {event} {same}{}", frame.at.as_millis(), text.trim_end())
        })
        .collect()
}

#[test]
fn what_went_out_is_put_together_from_what_came_in_and_what_changed() {
    let notes = timed([
        request("{}"),
        attempt(1),
        chunk(1, "a"),
        chunk(2, "b"),
        Note::AttemptFailed {
            error: "cut".into(),
            next: "again".into(),
        },
        attempt(2),
        chunk(1, "c"),
        chunk(2, "d"),
        Note::Committed,
        held(2, 1, 0),
        chunk(3, "e"),
        held(3, 0, 2),
        out("data: D\n\n"),
        out("data: E\n\n"),
        event(0, ": ping\n\n"),
        chunk(4, "f"),
        event(0, "data: [DONE]\n\n"),
        end(Outcome::Success),
    ]);
    assert_eq!(frames(&notes[..7]), None, "nothing went out yet");
    assert_eq!(
        shown(frames(&notes)),
        [
            "8 1 =c",
            "8 2 =d",
            "12 3 data: D",
            "13 3 data: E",
            "14 - =: ping",
            "15 4 =f",
            "17 - data: [DONE]",
        ]
    );
}

/// The members that HAR 1.2 requires, with their types.
fn har_schema() -> Value {
    let object = |members: Value| {
        let required: Vec<&String> = members.as_object().unwrap().keys().collect();
        json!({"type": "object", "required": required, "properties": members})
    };
    let list = |items: Value| json!({"type": "array", "items": items});
    let (text, number) = (json!({"type": "string"}), json!({"type": "number"}));
    let pairs = list(object(json!({"name": text, "value": text})));
    let positive = json!({"type": "number", "minimum": 0});
    object(json!({"log": object(json!({
        "version": {"const": "1.2"},
        "creator": object(json!({"name": text, "version": text})),
        "entries": list(object(json!({
            "startedDateTime": {"type": "string", "pattern": "^2026-11-22T18:03:11\\.[0-9]{6}Z$"},
            "time": positive,
            "request": object(json!({
                "method": text, "url": text, "httpVersion": text, "cookies": list(text.clone()),
                "headers": pairs, "queryString": pairs,
                "postData": object(json!({"mimeType": text, "text": text})),
                "headersSize": number, "bodySize": number,
            })),
            "response": object(json!({
                "status": number, "statusText": text, "httpVersion": text,
                "cookies": list(text.clone()), "headers": pairs,
                "content": object(json!({"size": number, "mimeType": text})),
                "redirectURL": text, "headersSize": number, "bodySize": number,
            })),
            "cache": {"type": "object"},
            "timings": object(json!({"send": positive, "wait": positive, "receive": positive})),
        }))),
    }))}))
}

fn check_har(traces: &[Trace]) -> Value {
    let har = crate::trace::har(traces, "1.0");
    let validator = jsonschema::draft202012::new(&har_schema()).unwrap();
    let errors: Vec<_> = validator.iter_errors(&har).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{har:#}");
    har
}

#[test]
fn an_archive_has_what_the_client_and_each_backend_saw() {
    let log = parse::parse(include_bytes!("sample.log")).unwrap();
    let har = check_har(&[Trace::of(&log)]);
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    let [client, backend] = &entries[..] else {
        unreachable!()
    };
    assert_eq!(client["comment"], "0199aa: the client");
    assert_eq!(
        client["request"]["url"],
        "http://127.0.0.1:17771/v1/chat/completions"
    );
    assert_eq!(
        (&client["timings"]["wait"], &client["time"]),
        (&json!(8.0), &json!(19.0))
    );
    let answer = client["response"]["content"]["text"].as_str().unwrap();
    assert!(answer.contains("event: x\ndata: {}\n\n"), "{answer}");
    assert_eq!(backend["startedDateTime"], "2026-11-22T18:03:11.127456Z");
    assert_eq!(backend["response"]["status"], 200);
    let asked = backend["request"]["postData"]["text"].as_str().unwrap();
    assert!(asked.starts_with(r#"{"model":"leaky-tools""#), "{asked}");
}

proptest! {
    #[test]
    fn every_trace_is_as_the_schema_says(notes in prop::collection::vec(note(), 0..12)) {
        let notes = timed(notes);
        let trace = Trace::of_notes(&meta("id", "m"), &notes);
        check(&trace);
        check_har(std::slice::from_ref(&trace));
        // From the file it is the same.
        let log = parse::parse(&write(&meta("id", "m"), &notes)).unwrap();
        prop_assert_eq!(Trace::of(&log), trace);
    }
}
