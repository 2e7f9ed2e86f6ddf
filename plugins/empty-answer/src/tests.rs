//! Each file in `tests/cases` is a case: sections that begin with `--- NAME`. The outcome is
//! `retry`, or `pass`: all events come out as they came.

use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;
use yallmp_sdk::Result;
use yallmp_sdk::host::Level;
use yallmp_sdk::testkit::{self, Kit, chunks, collect, cuts, logged, single_chars};

use crate::EmptyAnswer;

struct Case {
    name: String,
    kit: Kit<EmptyAnswer>,
    events: Vec<String>,
    retry: bool,
}

fn cases() -> Vec<Case> {
    let files = testkit::Case::all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"));
    let read = |file: testkit::Case| {
        let attempt = file.get("attempt").map_or(1, |text| text.parse().unwrap());
        let kit = Kit::new()
            .config(file.text("config"))
            .request(file.text("request"))
            .exchange(|exchange| exchange.attempt = attempt);
        Case {
            kit,
            events: file.lines("events"),
            retry: match file.text("outcome") {
                "retry" => true,
                "pass" => false,
                other => panic!("no outcome `{other}`"),
            },
            name: file.name,
        }
    };
    files.into_iter().map(read).collect()
}

fn check<T: PartialEq + core::fmt::Debug>(out: Result<T>, case: &Case, as_it_came: &T) {
    match out {
        Err(error) => assert!(
            case.retry && error.code == "retry",
            "{}: {error:?}",
            case.name
        ),
        Ok(out) => {
            assert!(!case.retry, "{}: no other try", case.name);
            assert_eq!(&out, as_it_came, "{}", case.name);
        }
    }
}

#[test]
fn every_case_streamed_and_cut_anywhere() {
    assert!(cases().len() > 20);
    for case in cases() {
        let cut = cuts(&case.events).chain([single_chars(&case.events), case.events.clone()]);
        for events in cut {
            check(case.kit.stream(&events), &case, &events);
        }
    }
}

#[test]
fn every_case_whole() {
    for case in cases()
        .iter()
        .filter(|case| case.name != "no_reason_at_all.txt")
    {
        let answer = collect(&case.events);
        if chunks(&answer).is_some() {
            check(case.kit.whole(&answer), case, &answer);
        }
    }
}

#[test]
fn the_reason_says_what_came() {
    let events = |delta: &str| {
        [
            std::format!(r#"{{"choices":[{{"index":0,"delta":{delta},"finish_reason":null}}]}}"#),
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_string(),
        ]
    };
    let reason = |delta: &str| {
        let kit = Kit::<EmptyAnswer>::new().config(r#"{"reasoning_alone":true}"#);
        kit.stream(&events(delta)).unwrap_err().message
    };
    assert_eq!(reason("{}"), "the answer ended in order and said nothing");
    let thought = reason(r#"{"reasoning":"Hm."}"#);
    assert_eq!(
        thought,
        "the answer ended in order and said nothing but reasoning"
    );
}

#[test]
fn reasoning_is_not_held_without_end() {
    let long = "x".repeat(100 << 10);
    let chunk = std::format!(r#"{{"choices":[{{"index":0,"delta":{{"reasoning":"{long}"}}}}]}}"#);
    let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let kit = Kit::<EmptyAnswer>::new().config(r#"{"reasoning_alone":true}"#);
    let events = [chunk.as_str(), &chunk, &chunk, stop];
    assert_eq!(kit.stream(&events).unwrap(), events);
    let [(Level::Info, said)] = &logged()[..] else {
        panic!("one line");
    };
    assert!(said.contains("too much reasoning"), "{said}");
}

#[test]
fn what_is_no_chat_is_left_alone() {
    for body in [
        r#"{"object":"response","output":[]}"#,
        r#"{"choices":[{"text":""}]}"#,
        "{}",
    ] {
        assert_eq!(Kit::<EmptyAnswer>::new().whole(body).unwrap(), body);
    }
}

proptest! {
    /// Nothing is invented or lost, whatever comes in whatever pieces.
    #[test]
    fn an_answer_that_says_something_comes_out_as_it_came(
        pieces in proptest::collection::vec("[ \n]{0,2}|[a-z \n]{1,3}", 1..8),
        field in prop_oneof!["content", "reasoning", "reasoning_content"],
        alone: bool,
    ) {
        let mut events: Vec<String> = pieces
            .iter()
            .map(|text| {
                let mut delta = yallmp_sdk::Json::object();
                delta.set(&field, text.as_str());
                std::format!(r#"{{"choices":[{{"index":0, "delta":{delta}}}]}}"#)
            })
            .collect();
        events.push(r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.into());
        let kit = Kit::<EmptyAnswer>::new().config(std::format!(r#"{{"reasoning_alone":{alone}}}"#));
        let says = pieces.concat().trim() != "" && (field == "content" || !alone);
        match kit.stream(&events) {
            Ok(out) => prop_assert!(says && out == events),
            Err(error) => prop_assert!(!says && error.code == "retry"),
        }
    }
}
