//! A guest with a standard library: it gets clocks, random numbers and a way to print, and
//! nothing else of WASI.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
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

/// Where the log of a test goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_it_prints_is_logged_with_the_plugins_name() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut usage = usage("std", Value::Null);
    usage.name = "printer".into();
    start(&usage, "tenant")
        .await
        .on_event(chunk("{}"))
        .await
        .unwrap();
    drop(guard);

    let bytes = log.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    for stream in ["stdout", "stderr"] {
        let found = text
            .lines()
            .any(|line| line.contains("printer") && line.contains(&format!("a line on {stream}")));
        assert!(found, "{stream}: {text}");
    }
}
