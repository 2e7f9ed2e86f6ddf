//! What holds for guests on fibers holds for those that are called without one. Only giving way
//! to others is different: it begins when a call took long.

#[path = "guests/answer.rs"]
mod answer;
#[path = "guests/hooks.rs"]
mod hooks;
#[path = "guests/hostile.rs"]
mod hostile;
#[path = "guests/policy.rs"]
mod policy;
#[path = "guests/support.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{Outcome, Plugin, Stage, StageErrorKind};

use support::{BODY, chunk, facts, load, usage};

const DIRECT: bool = true;

/// Its second event is never done.
async fn plugin() -> Arc<dyn Plugin> {
    load(&usage("puppet", json!({"event": "second-loops"})))
        .await
        .unwrap()
}

/// An instance that has seen its first event.
async fn stage(plugin: &Arc<dyn Plugin>) -> Box<dyn Stage> {
    let body = RequestBody::parse(BODY.into()).unwrap();
    let mut stage = plugin.start(Arc::new(facts("tenant")), body);
    let first = stage.on_event(chunk("{}")).await.unwrap();
    assert_eq!(first, Outcome::Unchanged);
    stage
}

/// How often others had their turn during its second event, which kills it.
async fn turns(mut stage: Box<dyn Stage>) -> u32 {
    let turns = AtomicU32::new(0);
    let others = async {
        loop {
            turns.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    };
    let outcome = match stage.on_event_now(chunk("{}")) {
        Some(outcome) => outcome,
        None => tokio::select! {
            outcome = stage.on_event(chunk("{}")) => outcome,
            () = others => unreachable!(),
        },
    };
    assert_eq!(outcome.unwrap_err().kind, StageErrorKind::Time);
    turns.load(Ordering::Relaxed)
}

#[tokio::test]
async fn a_plugin_that_took_long_gives_way_from_then_on() {
    let plugin = plugin().await;
    let (first, second) = (stage(&plugin).await, stage(&plugin).await);
    assert_eq!(turns(first).await, 0);
    // One that was made before, and one that is made now.
    let (second, third) = (turns(second).await, turns(stage(&plugin).await).await);
    // It has 30 ticks.
    assert!(second > 20 && third > 20, "{second} and {third}");
}

#[tokio::test]
async fn a_plugin_is_not_held_to_account_for_another() {
    let (slow, quick) = (plugin().await, plugin().await);
    turns(stage(&slow).await).await;
    let mut stage = stage(&quick).await;
    assert!(stage.on_event_now(chunk("{}")).is_some());
}
