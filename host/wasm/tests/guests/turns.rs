//! Guests give way to each other.

use serde_json::json;
use yallmp_core::chain::Outcome;

use crate::hostile::{EVIL, kind};
use crate::support::{chunk, puppet};

/// One thread for all: a guest that does not give way would stop the others.
#[tokio::test(flavor = "current_thread")]
async fn others_go_on_while_guests_misbehave() {
    let mut evildoers = tokio::task::JoinSet::new();
    for (order, expected) in EVIL.into_iter().cycle().take(24) {
        evildoers.spawn(async move { assert_eq!(kind("event", order).await, expected) });
    }
    let mut stage = puppet(json!({})).await;
    let mut passed = 0;
    while !evildoers.is_empty() {
        let out = stage.on_event(chunk("{}")).await;
        assert_eq!(out, Ok(Outcome::Unchanged));
        passed += 1;
        tokio::task::yield_now().await;
        while let Some(done) = evildoers.try_join_next() {
            done.unwrap();
        }
    }
    // A loop gives way at each of the 30 ticks that it has.
    assert!(passed > 20, "only {passed} calls came through");
}
