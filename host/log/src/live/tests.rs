use std::sync::Arc;
use std::time::Duration;

use yallmp_core::tape::{Entry, Note, Outcome, Timed};

use super::*;
use crate::tests::{end, event, meta, request, story, timed};
use crate::trace::State;

/// As the log's writer hears them.
fn heard(notes: &[Timed]) -> Vec<Entry> {
    Entry::pack(notes.to_vec())
}

fn key(n: usize) -> usize {
    n
}

#[test]
fn an_exchange_is_known_from_its_first_note_and_after_its_end() {
    let hub = Hub::new();
    let meta = meta("a", "demo");
    hub.hear(key(1), &meta, &heard(&story()[..7]));
    hub.saved(key(1), || "x.log.partial".into());
    let known = hub.find("a").unwrap();
    assert_eq!(known.file.as_deref(), Some("x.log.partial"));
    let summary = known.summary();
    assert_eq!((summary.state, summary.file), (State::Running, None));
    assert_eq!(
        summary.title.as_deref(),
        Some("What is the weather in Köln?")
    );
    hub.hear(key(1), &meta, &heard(&story()[7..]));
    hub.filed(&meta, "x.log".into());
    let known = hub.list();
    assert_eq!(known.len(), 1);
    let summary = known[0].summary();
    assert_eq!(summary.state, State::Success);
    assert_eq!(summary.file.as_deref(), Some("x.log"));
    assert_eq!(summary.changed_by, ["model-rewrite", "tool-call-fix"]);
    assert_eq!(summary.failed_plugins, ["my-fixer"]);
}

#[tokio::test]
async fn a_watcher_gets_each_exchange_as_it_is_and_hears_of_what_it_missed() {
    let hub = Arc::new(Hub::new());
    let ask = timed([request("{}")]);
    hub.hear(key(4), &meta("early", "demo"), &heard(&ask));
    hub.hear(
        key(5),
        &meta("over", "demo"),
        &heard(&timed([end(Outcome::Success)])),
    );
    assert!(!hub.is_watched());
    let mut watch = hub.watch();
    assert!(hub.is_watched());
    let (known, lost) = watch.take();
    assert_eq!((known.len(), &*known[0].id, lost), (1, "early", 0));
    hub.hear(key(1), &meta("a", "demo"), &heard(&ask));
    hub.hear(key(2), &meta("b", "demo"), &heard(&ask));
    hub.hear(
        key(1),
        &meta("a", "demo"),
        &heard(&timed([end(Outcome::Error)])),
    );
    watch.changed().await;
    let (known, lost) = watch.take();
    let states: Vec<_> = known
        .iter()
        .map(|known| (&*known.id, known.summary().state))
        .collect();
    assert_eq!(states, [("b", State::Running), ("a", State::Error)]);
    assert_eq!(lost, 0);
    let (known, lost) = watch.take();
    assert_eq!((known.len(), lost), (0, 0));
    for n in 0..1200 {
        let meta = meta(&n.to_string(), "demo");
        hub.hear(key(3), &meta, &heard(&ask));
        hub.hear(key(3), &meta, &heard(&timed([end(Outcome::Success)])));
    }
    let (known, lost) = watch.take();
    assert_eq!((known.len(), lost), (1000, 200));
    drop(watch);
    assert!(!hub.is_watched());
}

#[test]
fn large_requests_are_not_kept_for_their_titles() {
    let hub = Hub::new();
    let large: &'static str = format!(
        r#"{{"messages":[{{"role":"user","content":"Hi {}"}}]}}"#,
        "x".repeat(1 << 20)
    )
    .leak();
    for n in 0..1100 {
        let meta = meta(&n.to_string(), "demo");
        hub.hear(
            key(1),
            &meta,
            &heard(&timed([request(large), end(Outcome::Success)])),
        );
    }
    let known = hub.list();
    let titles = known.iter().filter(|k| k.summary().title.is_some());
    assert_eq!((known.len(), titles.count()), (1000, 3));
    assert!(hub.find("1099").unwrap().summary().title.is_some());
}

#[tokio::test]
async fn a_follower_hears_frames_from_now_on_and_finds_the_rest_in_the_log() {
    let hub = Arc::new(Hub::new());
    let meta = meta("a", "demo");
    assert!(hub.follow("a").is_none());
    let story = story();
    hub.hear(key(1), &meta, &heard(&story[..8]));
    let mut follow = hub.follow("a").unwrap();
    hub.hear(key(1), &meta, &heard(&story[8..]));
    let sides = |frames: &[Followed]| -> Vec<_> {
        frames
            .iter()
            .map(|frame| match frame {
                Followed::Frame { side, .. } => Some(*side),
                _ => None,
            })
            .collect()
    };
    // Also if the log has more by then.
    let history = follow.history(&story);
    assert_eq!(sides(&history), [None, Some(Side::Both), Some(Side::Both)]);
    let rest = follow.next().await.unwrap();
    assert_eq!(
        sides(&rest),
        [Some(Side::In), Some(Side::Out), Some(Side::Out)]
    );
    assert_eq!(follow.next().await, None);
}

#[tokio::test]
async fn a_slow_follower_is_told_what_it_lost() {
    let hub = Arc::new(Hub::new());
    let meta = meta("a", "demo");
    hub.hear(key(1), &meta, &heard(&timed([request("{}")])));
    let mut follow = hub.follow("a").unwrap();
    let one = [Timed {
        at: Duration::ZERO,
        note: event(1, "data: {}\n\n"),
    }];
    for _ in 0..300 {
        hub.hear(key(1), &meta, &heard(&one));
    }
    for _ in 0..256 {
        assert_eq!(follow.next().await.unwrap().len(), 1);
    }
    hub.hear(key(1), &meta, &heard(&one));
    let batch = follow.next().await.unwrap();
    assert_eq!(batch[0], Followed::Lost(44));
    assert_eq!(batch.len(), 2);
    hub.hear(
        key(1),
        &meta,
        &heard(&[Timed {
            at: Duration::ZERO,
            note: Note::Committed,
        }]),
    );
    hub.gone(key(1));
    assert_eq!(follow.next().await, None);
}
