use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use yallmp_sdk::host::Level;
use yallmp_sdk::testkit::{logged, noted, stored};

use super::{kit, message};

/// What is said to differ in the last of these requests.
fn told_by(requests: &[String]) -> Option<String> {
    let mut told = None;
    for request in requests {
        drop(noted());
        drop(logged());
        kit("null").request(request.as_str()).on_request().unwrap();
        told = noted()
            .into_iter()
            .find(|(name, _)| name == "changed")
            .map(|(_, place)| place);
        let warned = logged().iter().any(|(level, _)| *level == Level::Warn);
        assert_eq!(told.is_some(), warned, "{request}");
    }
    told
}

fn request(messages: &[&str]) -> String {
    format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(","))
}

/// The same request, told apart by `marker` from those of other tests: the store of a thread
/// goes on.
struct Talk {
    system: String,
    opening: String,
}

impl Talk {
    fn new(marker: &str) -> Self {
        Talk {
            system: message("system", "Be brief."),
            opening: message("user", marker),
        }
    }

    fn turn(&self, more: &[&str]) -> String {
        let start = [self.system.as_str(), self.opening.as_str()];
        request(&[&start, more].concat())
    }
}

const CALLED: &str =
    r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c1"}],"reasoning_content":"Hm."}"#;
const RESULT: &str = r#"{"role":"tool","tool_call_id":"c1","content":"ok"}"#;
const ANSWER: &str = r#"{"role":"assistant","content":"Done."}"#;
const NEXT: &str = r#"{"role":"user","content":"And now?"}"#;

#[test]
fn a_conversation_that_grows_is_no_news() {
    let talk = Talk::new("grows");
    for turn in [&[][..], &[CALLED, RESULT], &[CALLED, RESULT, ANSWER, NEXT]] {
        assert_eq!(told_by(&[talk.turn(turn)]), None);
        // Another attempt at it.
        assert_eq!(told_by(&[talk.turn(turn)]), None);
    }
}

#[test]
fn a_system_prompt_with_the_time_is_found() {
    let at = |time: &str| Talk {
        system: message("system", time),
        ..Talk::new("time")
    };
    let turns = [
        at("It is 12:01.").turn(&[]),
        at("It is 12:02.").turn(&[CALLED, RESULT]),
    ];
    assert_eq!(told_by(&turns), Some("message 0 (system)".to_string()));
}

#[test]
fn what_differs_is_named() {
    for (name, first, second, place) in [
        (
            "message",
            [CALLED, RESULT].as_slice(),
            [
                CALLED,
                r#"{"role":"tool","tool_call_id":"c1","content":"ok!"}"#,
                ANSWER,
                NEXT,
            ]
            .as_slice(),
            None,
        ),
        (
            "reasoning",
            &[CALLED, RESULT],
            &[
                r#"{"role":"assistant","tool_calls":[{"id":"c1"}],"reasoning_content":"Hm!"}"#,
                RESULT,
                ANSWER,
                NEXT,
            ],
            Some("message 2 (assistant)"),
        ),
        (
            "id",
            &[CALLED, RESULT],
            &[
                r#"{"role":"assistant","tool_calls":[{"id":"c2"}],"reasoning_content":"Hm."}"#,
                RESULT,
                ANSWER,
                NEXT,
            ],
            Some("message 2 (assistant)"),
        ),
    ] {
        let talk = Talk::new(&format!("differs {name}"));
        let told = told_by(&[talk.turn(first), talk.turn(second)]);
        // The last message of the turn before is what the turns are known by.
        assert_eq!(told.as_deref(), place, "{name}");
    }
}

#[test]
fn tools_that_change_are_found() {
    let talk = Talk::new("tools");
    let with =
        |tools: &str, turn: String| turn.replacen('{', &format!(r#"{{"tools":[{tools}],"#), 1);
    let turns = [
        with("1", talk.turn(&[])),
        with("2", talk.turn(&[CALLED, RESULT])),
    ];
    assert_eq!(told_by(&turns), Some("tools or instructions".to_string()));
}

#[test]
fn spelling_marks_and_reasoning_that_is_gone_are_no_change() {
    for (name, other) in [
        (
            "space",
            r#"{ "role": "assistant", "tool_calls": [ {"id": "c1"} ], "reasoning_content": "\u0048m." }"#,
        ),
        (
            "gone",
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c1"}]}"#,
        ),
        (
            "mark",
            r#"{"role":"assistant","tool_calls":[{"id":"c1"}],"reasoning_content":"Hm.","cache_control":{"type":"ephemeral"}}"#,
        ),
    ] {
        let talk = Talk::new(&format!("spelling {name}"));
        let turns = [
            talk.turn(&[CALLED, RESULT]),
            talk.turn(&[other, RESULT, ANSWER, NEXT]),
        ];
        assert_eq!(told_by(&turns), None, "{name}");
    }
    let parts = Talk {
        system: r#"{"role":"system","content":[{"type":"text","text":"Be "},{"type":"text","text":"brief.","cache_control":{}}]}"#.to_string(),
        ..Talk::new("spelling parts")
    };
    let turns = [
        Talk::new("spelling parts").turn(&[]),
        parts.turn(&[CALLED, RESULT]),
    ];
    assert_eq!(told_by(&turns), None);
}

#[test]
fn other_requests_with_the_same_opening_do_not_disturb() {
    let talk = Talk::new("title");
    let title = Talk {
        system: message("system", "Make a title."),
        ..Talk::new("title")
    };
    let turns = [
        talk.turn(&[]),
        title.turn(&[]),
        talk.turn(&[CALLED, RESULT]),
    ];
    assert_eq!(told_by(&turns), None);
}

#[test]
fn an_edited_or_shortened_history_is_no_news() {
    let talk = Talk::new("edited");
    let edited = r#"{"role":"user","content":"No, this."}"#;
    let turns = [
        talk.turn(&[CALLED, RESULT, ANSWER, NEXT]),
        talk.turn(&[CALLED, RESULT, ANSWER, edited, ANSWER, NEXT]),
    ];
    assert_eq!(told_by(&turns), None);
    let short = Talk::new("shortened");
    let turns = [
        short.turn(&[CALLED, RESULT, ANSWER, NEXT]),
        short.turn(&[NEXT]),
    ];
    assert_eq!(told_by(&turns), None);
}

#[test]
fn the_volatile_line_that_stays_for_anthropic_is_no_news() {
    let at = |checksum: &str| Talk {
        system: message(
            "system",
            &format!("x-anthropic-billing-header: cch={checksum};\nHi"),
        ),
        ..Talk::new("anthropic")
    };
    let out = |turn: String| {
        let kit = kit("null").request(turn.as_str()).exchange(|exchange| {
            exchange.deployment.api_base = "https://api.anthropic.com/v1".into();
        });
        assert_eq!(kit.request_out().unwrap(), turn);
        noted()
    };
    assert_eq!(out(at("aaaaa").turn(&[])), []);
    assert_eq!(out(at("bbbbb").turn(&[CALLED, RESULT])), []);
}

#[test]
fn a_continued_answer_and_a_switched_off_watch_remember_nothing() {
    let before = stored();
    let talk = Talk::new("off");
    kit(r#"{"watch":false}"#)
        .request(talk.turn(&[]))
        .on_request()
        .unwrap();
    let continued = r#"{"previous_response_id":"r","input":[{"role":"user","content":"off"}]}"#;
    kit("null").request(continued).on_request().unwrap();
    kit("null")
        .request(r#"{"messages":[{"role":"system","content":"alone"}]}"#)
        .on_request()
        .unwrap();
    assert_eq!(stored(), before);
}

#[test]
fn what_is_remembered_has_a_limit() {
    let before = stored();
    for number in 0..6 {
        let talk = Talk {
            system: message("system", &number.to_string()),
            ..Talk::new("limit")
        };
        let long: Vec<&str> = [ANSWER, NEXT].into_iter().cycle().take(5000).collect();
        kit("null").request(talk.turn(&long)).on_request().unwrap();
    }
    let new = stored()
        .into_iter()
        .filter(|(key, _)| !before.contains_key(key));
    let sizes: Vec<usize> = new.map(|(_, value)| value.len()).collect();
    assert_eq!(sizes, [4 * (8 + 2048 * 16)]);
}
