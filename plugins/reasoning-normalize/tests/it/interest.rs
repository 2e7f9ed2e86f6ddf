//! Who is not concerned is not woken.

use yallmp_sdk::Interest;

use crate::support::{chunk, finish, kit};

fn initial(config: &str, profile: &str) -> Interest {
    kit(config, profile).plan().unwrap().response
}

#[test]
fn plain_text_of_a_server_with_a_parser_wakes_nobody() {
    let known = r#"{"name":"x","reasoning":{"format":{"from":"reasoning_content"}}}"#;
    let Interest::AnyOf(needles) = initial("null", known) else {
        panic!("some events")
    };
    for delta in [
        serde_json::json!({"content": "a < b </x> \"reasoning\""}),
        serde_json::json!({"reasoning_content": "so"}),
    ] {
        let event = chunk(&delta);
        assert!(
            !needles.iter().any(|it| event.contains(it.as_str())),
            "{event}"
        );
    }
}

#[test]
fn an_unknown_server_is_watched_for_tags_only() {
    let maybe = r#"{"name":"x","reasoning":{"format":{"raw":"maybe"}}}"#;
    for profile in ["{}", maybe] {
        let Interest::AnyOf(needles) = initial("null", profile) else {
            panic!("some events")
        };
        let wakes = |text: &str| {
            let event = chunk(&serde_json::json!({ "content": text }));
            needles.iter().any(|it| event.contains(it.as_str()))
        };
        assert!(!wakes("plain a < b") && wakes("<thi") && wakes("x</think>"));
    }
    let raw = r#"{"name":"x","reasoning":{"format":{"raw":true}}}"#;
    assert_eq!(initial("null", raw), Interest::All);
    assert_eq!(initial(r#"{"tags":["<r>","</r>"]}"#, "{}"), Interest::All);
}

/// Where reasoning may come again at the end, the first of it is looked at, and counts of it are not.
#[test]
fn an_unknown_server_is_watched_for_its_first_reasoning() {
    let Interest::AnyOf(needles) = initial("null", "{}") else {
        panic!("some events")
    };
    let wakes = |event: &str| needles.iter().any(|it| event.contains(it.as_str()));
    assert!(wakes(&chunk(
        &serde_json::json!({"reasoning_content": "so"})
    )));
    let usage = serde_json::json!({"completion_tokens_details": {"reasoning_tokens": 1}});
    assert!(!wakes(
        &serde_json::json!({"choices": [], "usage": usage}).to_string()
    ));
}

/// A whole answer without reasoning is what most exchanges are: an instance for each would cost more
/// than all else that the proxy does for it.
#[test]
fn a_whole_plain_answer_of_an_unknown_server_wakes_nobody() {
    let Interest::AnyOf(needles) = initial("null", "{}") else {
        panic!("some events")
    };
    for message in [
        serde_json::json!({"role": "assistant", "content": "Hello."}),
        serde_json::json!({"role": "assistant", "content": "Hello.", "refusal": null, "annotations": []}),
    ] {
        for to_string in [serde_json::to_string, serde_json::to_string_pretty] {
            let whole = to_string(&serde_json::json!({
                "id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            }))
            .unwrap();
            assert!(
                !needles.iter().any(|it| whole.contains(it.as_str())),
                "{whole}"
            );
        }
    }
}

/// Many servers write all letters beyond ASCII as escapes.
#[test]
fn tags_are_seen_however_json_spells_them() {
    let Interest::AnyOf(needles) = initial("null", "{}") else {
        panic!("some events")
    };
    for spelled in [
        "◁think▷I",
        r"\u25c1think\u25b7I",
        r"\u25C1think\u25B7I",
        r"\u003cthink>",
        "I◁/think▷",
        r"I\u25c1/think\u25b7",
        r"I\u25C1/think\u25B7",
    ] {
        let event = chunk(&serde_json::json!({ "content": "@" })).replace('@', spelled);
        assert!(
            needles.iter().any(|it| event.contains(it.as_str())),
            "{event}"
        );
    }
}

/// What is not concerned stays byte for byte.
#[test]
fn what_is_right_is_passed_on() {
    let events = [
        r#"{"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}"#.to_owned(),
        r#"{"id": "c", "choices": [{"index": 0, "delta": {"reasoning_content": "I gr\u0065et."}}]}"#.to_owned(),
        r#"{"id": "c", "choices": [{"index": 0, "delta": {"content": "Hello \u003cthere>"}}]}"#.to_owned(),
        r#"{"id": "c", "choices": [{"index": 0, "delta": {"content": "."}, "finish_reason": "stop"}]}"#.to_owned(),
        r#"{"id": "c", "choices": [], "usage": {"n": 1.0}}"#.to_owned(),
    ];
    assert_eq!(kit("null", "{}").stream(&events).unwrap(), events);
    let whole = r#"{"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello.", "reasoning": "x"}, "finish_reason": "stop"}]}"#;
    assert_eq!(kit("null", "{}").whole(whole).unwrap(), whole);
}

#[test]
fn other_events_go_on_at_once() {
    let events = [
        chunk(&serde_json::json!({"content": "<thi"})),
        r#"{"error": {"message": "odd"}}"#.to_owned(),
        chunk(&serde_json::json!({"content": "nk>a</think>b"})),
        finish("stop"),
    ];
    let out = kit("null", "{}").stream(&events).unwrap();
    assert_eq!(out[0], events[1]);
    assert!(out[1].contains(r#""reasoning_content":"a""#), "{out:#?}");
}

#[test]
fn choices_are_kept_apart() {
    let event = |a: &str, b: &str| {
        serde_json::json!({"choices": [
            {"index": 0, "delta": {"content": a}, "finish_reason": null},
            {"index": 1, "delta": {"content": b}, "finish_reason": null},
        ]})
        .to_string()
    };
    let out = kit("null", "{}")
        .stream(&[
            event("<think>a", "x"),
            event("b</think>", "y"),
            event("c", "z"),
        ])
        .unwrap();
    let answer: serde_json::Value =
        serde_json::from_str(&yallmp_sdk::testkit::collect(&out)).unwrap();
    assert_eq!(answer["choices"][0]["message"]["reasoning_content"], "ab");
    assert_eq!(answer["choices"][0]["message"]["content"], "c");
    assert_eq!(answer["choices"][1]["message"]["content"], "xyz");
}
