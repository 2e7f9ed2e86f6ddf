//! Guests as they were built against released versions of the interface. If one of these
//! fails, plugins of users fail: see `docs/growth.md`.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{BodyEdit, Plugin, RequestEdit, RequestOutcome};
use yallmp_core::config::PluginSource;

use crate::answer::stream;
use crate::support::{BODY, facts, load, usage};

fn frozen() -> Vec<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/frozen");
    let files = std::fs::read_dir(dir).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

async fn plugin(path: PathBuf, orders: Value) -> Arc<dyn Plugin> {
    let mut usage = usage("frozen", orders);
    usage.source = PluginSource::File(path);
    load(&usage).await.unwrap()
}

#[tokio::test]
async fn guests_of_every_released_version_still_work() {
    assert!(!frozen().is_empty());
    for path in frozen() {
        let reader = plugin(path.clone(), json!({"request": "read"})).await;
        let mut stage = reader.start(
            Arc::new(facts("t")),
            RequestBody::parse(BODY.into()).unwrap(),
        );
        let edit = RequestEdit {
            body: BodyEdit::Members(vec![
                ("member".into(), Some(r#""m""#.into())),
                ("size".into(), Some(BODY.len().to_string())),
                ("header".into(), Some(r#""yes""#.into())),
            ]),
            ..RequestEdit::default()
        };
        let outcome = stage.on_request().await;
        assert_eq!(
            outcome,
            Ok(RequestOutcome::Edit(edit)),
            "{}",
            path.display()
        );

        let holder = plugin(path.clone(), json!({"event": "hold", "end": "flush"})).await;
        let events = [r#"{"n":1}"#, r#"{"n":2}"#];
        assert_eq!(
            stream(holder, &events).await.unwrap(),
            events,
            "{}",
            path.display()
        );

        let writer = plugin(path.clone(), json!({"event": "rewrite"})).await;
        let out = stream(writer, &[r#"{"a":"needle"}"#]).await.unwrap();
        assert_eq!(out, [r#"{"a":"pin"}"#], "{}", path.display());
    }
}
