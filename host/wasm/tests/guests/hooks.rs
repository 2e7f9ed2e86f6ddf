//! Guests that behave: each hook, each import.

use serde_json::{Value, json};
use yallmp_core::chain::{
    BodyEdit, Emission, EndReason, Fact, Interest, Item, Level, LogLine, Outcome, Rejection,
    RequestEdit, RequestOutcome,
};

use crate::support::{BODY, chunk, load, puppet, start, usage};

fn members(members: &[(&str, Option<&str>)]) -> RequestOutcome {
    let owned = |(name, value): &(&str, Option<&str>)| (name.to_string(), value.map(String::from));
    RequestOutcome::Edit(RequestEdit {
        body: BodyEdit::Members(members.iter().map(owned).collect()),
        ..RequestEdit::default()
    })
}

fn new(data: &str) -> Item {
    Item::New {
        name: None,
        data: data.into(),
    }
}

#[tokio::test]
async fn a_request_can_be_left_edited_replaced_answered_or_rejected() {
    let cases = [
        ("", RequestOutcome::Unchanged),
        (
            "members",
            members(&[("puppet", Some("true")), ("gone", None)]),
        ),
        (
            "replace",
            RequestOutcome::Edit(RequestEdit {
                body: BodyEdit::Replace(r#"{"model":"replaced"}"#.into()),
                ..RequestEdit::default()
            }),
        ),
        (
            "headers",
            RequestOutcome::Edit(RequestEdit {
                set_headers: vec![("x-puppet".into(), "1".into())],
                remove_headers: vec!["x-gone".into()],
                ..RequestEdit::default()
            }),
        ),
        (
            "answer",
            RequestOutcome::Answer {
                status: 200,
                body: r#"{"choices":[]}"#.into(),
            },
        ),
        (
            "reject",
            RequestOutcome::Reject(Rejection {
                status: 403,
                message: "told to reject".into(),
                kind: "permission_error".into(),
                param: Some("model".into()),
                code: None,
            }),
        ),
    ];
    for (order, outcome) in cases {
        let mut stage = puppet(json!({"request": order})).await;
        assert_eq!(stage.on_request().await, Ok(outcome), "{order}");
    }
}

#[tokio::test]
async fn a_guest_reads_the_request_and_the_headers_of_its_attempt() {
    let mut stage = puppet(json!({"request": "read"})).await;
    let size = BODY.len().to_string();
    assert_eq!(
        stage.on_request().await,
        Ok(members(&[
            ("member", Some(r#""m""#)),
            ("size", Some(&size)),
            ("header", Some(r#""yes""#)),
        ]))
    );
}

#[tokio::test]
async fn events_are_left_dropped_held_and_made_anew() {
    let emit = |items: Vec<Item>, keep| {
        Outcome::Emit(Emission {
            items,
            keep,
            stand_in: None,
        })
    };
    let cases = [
        ("", Outcome::Unchanged),
        ("drop", emit(vec![], 0)),
        ("hold", emit(vec![], 1)),
        ("rewrite", emit(vec![new(r#"{"a":"pin"}"#)], 0)),
        ("split", emit(vec![Item::Held(0), new(r#"{"copy":1}"#)], 0)),
        ("retry", Outcome::Retry("told to retry".into())),
        (
            "stand-in",
            Outcome::Emit(Emission {
                items: vec![],
                keep: 1,
                stand_in: Some(r#"{"stand":"in"}"#.into()),
            }),
        ),
    ];
    for (order, outcome) in cases {
        let mut stage = puppet(json!({"event": order})).await;
        let out = stage.on_event(chunk(r#"{"a":"needle"}"#)).await;
        assert_eq!(out, Ok(outcome), "{order}");
    }
}

#[tokio::test]
async fn memory_lasts_through_one_attempt_and_no_longer() {
    for _ in 0..2 {
        let mut stage = puppet(json!({"event": "hold", "end": "flush"})).await;
        for _ in 0..3 {
            stage.on_event(chunk("{}")).await.unwrap();
        }
        assert_eq!(
            stage.on_end(EndReason::Done).await,
            Ok(vec![Item::Held(0), Item::Held(1), Item::Held(2)])
        );
    }
}

#[tokio::test]
async fn the_end_comes_with_its_reason_and_only_to_an_instance_that_lives() {
    let mut stage = puppet(json!({"end": "say"})).await;
    assert_eq!(stage.on_end(EndReason::Done).await, Ok(vec![]));

    let mut stage = puppet(json!({"end": "say"})).await;
    stage.on_event(chunk("{}")).await.unwrap();
    let said = stage.on_end(EndReason::EndOfInput).await;
    assert_eq!(said, Ok(vec![new(r#""EndReason::EndOfInput""#)]));
}

#[tokio::test]
async fn an_instance_that_wants_no_events_is_gone_after_the_request() {
    let mut stage = puppet(json!({"plan": "request-only", "end": "say"})).await;
    stage.on_request().await.unwrap();
    assert_eq!(stage.on_end(EndReason::Done).await, Ok(vec![]));

    let mut stage = puppet(json!({"end": "say"})).await;
    stage.on_request().await.unwrap();
    assert_eq!(stage.on_end(EndReason::Done).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_plan_declares_interest_for_a_deployment() {
    let planned = async |word: &str| {
        let plugin = load(&usage("puppet", json!({"plan": word}))).await.unwrap();
        (plugin.request().clone(), plugin.response().clone())
    };
    let words = Interest::AnyOf(vec!["needle".into(), "target".into()]);
    assert_eq!(planned("").await, (Interest::All, Interest::All));
    assert_eq!(planned("none").await, (Interest::None, Interest::None));
    assert_eq!(planned("words").await, (words.clone(), words));
}

#[tokio::test]
async fn listen_replaces_the_interest_once() {
    let mut stage = puppet(json!({"request": "listen"})).await;
    stage.on_request().await.unwrap();
    assert_eq!(
        stage.take_listen(),
        Some(Interest::AnyOf(vec!["later".into()]))
    );
    assert_eq!(stage.take_listen(), None);
}

#[tokio::test]
async fn logs_come_with_the_stage_and_are_bounded() {
    let mut stage = puppet(json!({"request": "log"})).await;
    stage.on_request().await.unwrap();
    let line = LogLine {
        level: Level::Warn,
        message: "told to log".into(),
    };
    assert_eq!(stage.take_logs(), vec![line]);
    assert_eq!(stage.take_logs(), vec![]);

    let mut flood = puppet(json!({"request": "log-flood"})).await;
    flood.on_request().await.unwrap();
    let logs = flood.take_logs();
    assert_eq!(logs.len(), 1000);
    assert!(logs.iter().all(|line| line.message.len() <= (16 << 10) + 4));
}

#[tokio::test]
async fn notes_come_with_the_stage_clean_and_bounded() {
    let mut stage = puppet(json!({"request": "note"})).await;
    stage.on_request().await.unwrap();
    let fact = |name: &str, value: String| Fact {
        name: name.into(),
        value,
    };
    assert_eq!(
        stage.take_facts(),
        [
            fact("told", "1 of 2, ü".into()),
            fact("to-note", "v".repeat(256)),
        ]
    );
    assert_eq!(stage.take_facts(), []);

    let mut flood = puppet(json!({"request": "note-flood"})).await;
    flood.on_request().await.unwrap();
    assert_eq!(flood.take_facts().len(), 32);
}

#[tokio::test]
async fn the_store_outlives_the_attempt_and_is_divided_by_plugin_and_tenant() {
    let mut mine = usage("std", Value::Null);
    mine.name = "counter".into();
    let mut other = mine.clone();
    other.name = "other-counter".into();
    let mut counts = Vec::new();
    for (usage, tenant) in [(&mine, "a"), (&mine, "a"), (&mine, "b"), (&other, "a")] {
        let outcome = start(usage, tenant).await.on_request().await.unwrap();
        counts.push(outcome);
    }
    let count = |n: &str| members(&[("count", Some(n))]);
    assert_eq!(counts, [count("1"), count("2"), count("1"), count("1")]);
}
