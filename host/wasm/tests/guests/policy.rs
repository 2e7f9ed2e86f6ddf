//! What becomes of an answer when its plugin dies.

use std::sync::Arc;

use serde_json::{Value, json};
use yallmp_core::chain::{ChainFailure, Plugin};
use yallmp_core::config::OnError;

use crate::answer::{stream, whole};
use crate::support::{load, usage};

/// In any way that a guest can die or break the interface.
const DEATHS: [&str; 14] = [
    "error",
    "trap",
    "loop",
    "grow",
    "huge",
    "recurse",
    "bad-json",
    "bad-index",
    "bad-keep",
    "oversized",
    "many",
    "stand-in-for-nothing",
    "second-traps",
    "hold",
];

async fn puppet(orders: Value, on_error: OnError) -> Arc<dyn Plugin> {
    let mut usage = usage("puppet", orders);
    usage.on_error = Some(on_error);
    // `hold` has to die of something too.
    usage.limits.held_bytes = 10;
    load(&usage).await.unwrap()
}

#[tokio::test]
async fn skip_lets_the_answer_go_on_as_it_came() {
    let events = [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#];
    for death in DEATHS {
        let plugin = puppet(json!({"event": death}), OnError::Skip).await;
        assert_eq!(stream(plugin, &events).await.unwrap(), events, "{death}");
    }
}

#[tokio::test]
async fn skip_lets_a_whole_answer_go_on_as_it_came() {
    for death in DEATHS {
        let plugin = puppet(json!({"event": death}), OnError::Skip).await;
        let body = r#"{"choices":[],"id":1}"#;
        let out = whole(plugin, body).await.unwrap();
        // A single event that is held and never released is dropped by the plugin's own will.
        if death != "second-traps" {
            assert_eq!(out, [body], "{death}");
        }
    }
}

#[tokio::test]
async fn fail_ends_the_answer_with_the_plugins_name() {
    let events = [r#"{"n":1}"#, r#"{"n":2}"#, r#"{"n":3}"#];
    for death in DEATHS {
        let plugin = puppet(json!({"event": death}), OnError::Fail).await;
        match stream(plugin, &events).await {
            Err(ChainFailure::Plugin { plugin, .. }) => assert_eq!(plugin, "puppet", "{death}"),
            other => panic!("{death}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_death_at_the_end_releases_what_was_held() {
    for death in [
        "error",
        "trap",
        "loop",
        "bad-index",
        "bad-json",
        "oversized",
    ] {
        let mut usage = usage("puppet", json!({"event": "hold", "end": death}));
        usage.on_error = Some(OnError::Skip);
        let plugin = load(&usage).await.unwrap();
        let events = [r#"{"n":1}"#, r#"{"n":2}"#];
        assert_eq!(stream(plugin, &events).await.unwrap(), events, "{death}");
    }
}
