//! A guest with a standard library: it gets clocks, random numbers and a way to print, and
//! nothing else of WASI.

use std::time::Duration;

use serde_json::Value;
use yallmp_core::chain::{Emission, Item, Outcome, StageErrorKind};

use crate::support::{chunk, host, start, usage};

#[tokio::test]
async fn it_has_clocks_and_random_numbers_and_nothing_else() {
    let usage = usage("std", Value::Null);
    assert!(host().inspect(&usage).await.unwrap().wasi);
    let mut stage = start(&usage, "tenant").await;
    let found = Item::New {
        name: None,
        data: r#"["clock", "random", "time"]"#.into(),
    };
    let expected = Outcome::Emit(Emission {
        items: vec![found],
        ..Emission::default()
    });
    assert_eq!(stage.on_event(chunk("{}")).await, Ok(expected));
}

#[tokio::test]
async fn a_guest_that_sleeps_is_not_waited_for() {
    let mut stage = start(&usage("std", Value::Null), "tenant").await;
    let call = stage.on_event(chunk(r#"{"do":"sleep"}"#));
    let error = tokio::time::timeout(Duration::from_secs(20), call)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind, StageErrorKind::Time);
}
