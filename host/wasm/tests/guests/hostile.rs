//! Guests that misbehave die alone, in bounded time, for the right reason.

use std::time::{Duration, Instant};

use serde_json::json;
use yallmp_core::chain::{EndReason, StageErrorKind};

use crate::support::{chunk, puppet, start, usage};

/// Far over what any of them should take, on a slow machine too.
const PATIENCE: Duration = Duration::from_secs(20);

pub const EVIL: [(&str, StageErrorKind); 6] = [
    ("error", StageErrorKind::Refused),
    ("trap", StageErrorKind::Trap),
    ("loop", StageErrorKind::Time),
    ("grow", StageErrorKind::Memory),
    ("huge", StageErrorKind::Memory),
    ("recurse", StageErrorKind::Trap),
];

/// How the puppet's instance died of this.
pub async fn kind(hook: &str, order: &str) -> StageErrorKind {
    let mut usage = usage("puppet", json!({hook: order}));
    // A busy machine may need long for what is not about time.
    if order != "loop" {
        usage.limits.call = PATIENCE;
    }
    let mut stage = start(&usage, "tenant").await;
    let died = async {
        let error = match hook {
            "begin" | "request" => stage.on_request().await.map(drop),
            "event" => stage.on_event(chunk("{}")).await.map(drop),
            _ => {
                stage.on_event(chunk("{}")).await.unwrap();
                stage.on_end(EndReason::Done).await.map(drop)
            }
        };
        error.expect_err("it should have died")
    };
    let error = tokio::time::timeout(PATIENCE, died)
        .await
        .unwrap_or_else(|_| panic!("{hook}: {order} never ended"));
    // The instance is gone for good.
    assert_eq!(
        stage.on_event(chunk("{}")).await.unwrap_err().kind,
        StageErrorKind::Start,
        "{hook}: {order}"
    );
    assert_eq!(stage.on_end(EndReason::Done).await, Ok(vec![]));
    error.kind
}

#[tokio::test]
async fn evil_in_any_hook_has_its_kind() {
    for hook in ["begin", "request", "event", "end"] {
        for (order, expected) in EVIL {
            assert_eq!(kind(hook, order).await, expected, "{hook}: {order}");
        }
    }
}

#[tokio::test]
async fn results_that_the_interface_forbids_have_their_kind() {
    let cases = [
        ("request", "bad-status", StageErrorKind::Invalid),
        ("request", "listen-badly", StageErrorKind::Invalid),
        ("request", "oversized", StageErrorKind::Output),
        ("event", "stand-in-for-nothing", StageErrorKind::Invalid),
        ("event", "oversized", StageErrorKind::Output),
        ("event", "many", StageErrorKind::Output),
        ("end", "oversized", StageErrorKind::Output),
    ];
    for (hook, order, expected) in cases {
        assert_eq!(kind(hook, order).await, expected, "{hook}: {order}");
    }
}

#[tokio::test]
async fn an_error_carries_the_plugins_own_words() {
    let mut stage = puppet(json!({"event": "error"})).await;
    let error = stage.on_event(chunk("{}")).await.unwrap_err();
    assert_eq!(error.to_string(), "error: puppet-error: told to fail");
}

#[tokio::test]
async fn what_went_over_a_limit_names_the_setting() {
    for (order, setting) in [("loop", "limits.call_ms"), ("grow", "limits.memory_mb")] {
        let mut stage = puppet(json!({"event": order})).await;
        let error = stage.on_event(chunk("{}")).await.unwrap_err();
        assert!(error.message.contains(setting), "{error}");
        assert!(error.message.lines().count() == 1, "{error}");
    }
}

#[tokio::test]
async fn each_call_has_the_whole_budget() {
    // Together these take longer than one call may.
    let mut stage = puppet(json!({"event": "rewrite"})).await;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(700) {
        stage.on_event(chunk(r#"{"a":"needle"}"#)).await.unwrap();
    }
}
