use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use http::HeaderMap;

use super::*;
use crate::tape::{Attempt, Request, Sent};

/// Remembers every batch.
#[derive(Default)]
struct Heard(Mutex<Vec<Vec<Timed>>>, AtomicBool);

impl Sink for Heard {
    fn is_watched(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }

    fn append(&self, _exchange: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        let notes = entries.into_iter().flat_map(Entry::unpack).collect();
        self.0.lock().unwrap().push(notes);
        None
    }
}

impl Heard {
    fn batches(&self) -> Vec<Vec<Note>> {
        let batches = self.0.lock().unwrap();
        let notes = |batch: &Vec<Timed>| batch.iter().map(|timed| timed.note.clone()).collect();
        batches.iter().map(notes).collect()
    }

    fn times(&self) -> Vec<Duration> {
        let batches = self.0.lock().unwrap();
        batches.iter().flatten().map(|timed| timed.at).collect()
    }

    fn end(&self) -> End {
        let notes: Vec<_> = self.batches().concat();
        let ends = notes.iter().filter(|n| matches!(n, Note::End(_))).count();
        assert_eq!(ends, 1, "one end in {notes:?}");
        match notes.last() {
            Some(Note::End(end)) => (**end).clone(),
            other => panic!("{other:?} is last"),
        }
    }
}

fn tape(level: LogLevel, max_bytes: usize) -> (Arc<Heard>, Tape) {
    let heard = Arc::new(Heard::default());
    let meta = ExchangeMeta {
        id: "id".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level,
    };
    (heard.clone(), Tape::new(heard, Arc::new(meta), max_bytes))
}

fn request(body: &'static str) -> Note {
    Note::Request(Box::new(Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        host: "localhost".into(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
        size: body.len(),
        streaming: true,
    }))
}

fn event(number: u32, raw: impl Into<Bytes>) -> Note {
    Note::EventIn {
        number,
        raw: raw.into(),
    }
}

#[test]
fn notes_are_gathered() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    tape.note(request("{}"));
    tape.note(event(1, "data: 1\n\n"));
    tape.end().events_in = 1;
    tape.finish(Outcome::Success);
    assert_eq!(heard.batches().len(), 1);
    assert_eq!(heard.end().outcome, Outcome::Success);
    assert_eq!(heard.end().events_in, 1);
}

#[test]
fn what_was_asked_is_on_its_way_before_the_answer() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    tape.note(request("{}"));
    tape.note(Note::Sent(Box::new(Sent {
        headers: HeaderMap::new(),
        body: Bytes::new(),
        size: 0,
    })));
    assert_eq!(heard.batches().len(), 1);
}

#[test]
fn a_dropped_tape_ends_as_cancelled_with_what_is_known() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    tape.note(request("{}"));
    tape.note(Note::Attempt(Box::new(Attempt {
        number: 2,
        deployment: "m#2".into(),
        backend: "b".into(),
        url: "http://b".into(),
        target_model: "t".into(),
    })));
    drop(tape);
    let end = heard.end();
    assert_eq!(end.outcome, Outcome::Cancelled);
    assert_eq!((end.attempts, end.deployment.as_deref()), (2, Some("m#2")));
}

#[test]
fn nothing_follows_the_end() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    let mut end = tape.end().clone();
    end.outcome = Outcome::Error;
    tape.note(Note::End(Box::new(end)));
    tape.note(event(1, "data: 1\n\n"));
    drop(tape);
    assert_eq!(heard.end().outcome, Outcome::Error);
}

#[test]
fn over_the_limit_events_go_and_the_frame_of_the_story_stays() {
    let (heard, mut tape) = tape(LogLevel::Full, 600);
    tape.note(request("{}"));
    tape.note(event(1, vec![b'x'; 200]));
    tape.note(event(2, vec![b'x'; 200]));
    tape.note(Note::BodyOut {
        body: vec![b'x'; 200].into(),
        size: 200,
    });
    tape.note(Note::Committed);
    drop(tape);
    let notes = heard.batches().concat();
    assert!(notes.contains(&event(1, vec![b'x'; 200])));
    assert!(
        !notes
            .iter()
            .any(|n| matches!(n, Note::EventIn { number: 2, .. }))
    );
    assert!(notes.contains(&Note::BodyOut {
        body: Bytes::new(),
        size: 200
    }));
    assert!(notes.contains(&Note::Committed));
    assert_eq!(heard.end().notes_dropped, 2);
}

#[test]
fn metadata_quotes_nothing() {
    let (heard, mut tape) = tape(LogLevel::Metadata, 1 << 20);
    tape.note(request("private"));
    tape.note(event(1, "data: private\n\n"));
    tape.note(Note::BodyIn {
        body: "private".into(),
        size: 7,
    });
    drop(tape);
    let notes = heard.batches().concat();
    assert!(matches!(&notes[0], Note::Request(r) if r.body.is_empty() && r.size == 7));
    assert_eq!(
        notes[1],
        Note::BodyIn {
            body: Bytes::new(),
            size: 7
        }
    );
    assert_eq!(heard.end().notes_dropped, 0);
}

fn attempt(number: u32) -> Note {
    Note::Attempt(Box::new(Attempt {
        number,
        deployment: "m#1".into(),
        backend: "b".into(),
        url: "http://b".into(),
        target_model: "t".into(),
    }))
}

#[test]
fn each_attempt_tells_what_its_plugins_cost_and_the_end_the_sum() {
    let cost = |calls, held_bytes| Spent {
        calls,
        time: Duration::from_micros(10),
        held_bytes,
        ..Spent::default()
    };
    for level in [LogLevel::Full, LogLevel::Metadata] {
        let (heard, mut tape) = tape(level, 1 << 20);
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        tape.note(attempt(1));
        tape.spend(&a, &cost(1, 50));
        tape.spend(&b, &cost(1, 0));
        tape.spend(&a, &cost(1, 20));
        tape.note(attempt(2));
        tape.spend(&a, &cost(1, 30));
        drop(tape);
        let notes = heard.batches().concat();
        let spent: Vec<_> = notes
            .iter()
            .map(|note| match note {
                Note::Attempt(attempt) => format!("attempt {}", attempt.number),
                Note::Spent { plugin, spent } => format!(
                    "{plugin}: {} in {:?}, held {}",
                    spent.calls, spent.time, spent.held_bytes
                ),
                Note::End(_) => "end".into(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            spent,
            [
                "attempt 1",
                "a: 2 in 20µs, held 50",
                "b: 1 in 10µs, held 0",
                "attempt 2",
                "a: 1 in 10µs, held 30",
                "end"
            ]
        );
        let total: Vec<_> = heard.end().plugins;
        let sum = Spent {
            time: Duration::from_micros(30),
            ..cost(3, 50)
        };
        assert_eq!(total, [(a, sum), (b, cost(1, 0))]);
    }
}

#[test]
fn before_a_wait_whoever_looks_on_gets_what_was_gathered() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    tape.note(request("{}"));
    tape.wait();
    assert_eq!(heard.batches().len(), 0);
    heard.1.store(true, Ordering::Relaxed);
    tape.wait();
    assert_eq!(heard.batches().len(), 1);
    tape.wait();
    assert_eq!(heard.batches().len(), 1);
}

#[test]
fn off_is_silent() {
    let (heard, mut tape) = tape(LogLevel::Off, 1 << 20);
    tape.note(request("{}"));
    drop(tape);
    assert!(heard.batches().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_events_or_much_time_make_batches() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    tape.note(request("{}"));
    for n in 0..100 {
        // Each as unlike the one before as can be.
        tape.note(event(n, vec![b'a' + (n % 26) as u8; 1000]));
    }
    let batches = heard.batches();
    assert!((2..5).contains(&batches.len()), "{} batches", batches.len());
    tape.flush();
    let before = heard.batches().len();
    tape.note(event(101, "a"));
    assert_eq!(heard.batches().len(), before);
    tokio::time::advance(BATCH_AGE).await;
    tape.note(event(102, "b"));
    assert_eq!(
        heard.batches().last().unwrap(),
        &vec![event(101, "a"), event(102, "b")]
    );
}

#[tokio::test(start_paused = true)]
async fn events_that_came_together_have_one_time_and_time_does_not_run_back() {
    let (heard, mut tape) = tape(LogLevel::Full, 1 << 20);
    let second = Duration::from_secs(1);
    tokio::time::advance(second).await;
    tape.came(Instant::now());
    tokio::time::advance(second).await;
    tape.note(event(1, "a"));
    tape.note(Note::Warning("odd".into()));
    tape.note(event(2, "b"));
    tape.flush();
    assert_eq!(heard.times(), [second, 2 * second, 2 * second]);
}

#[test]
fn a_waiting_event_is_small() {
    assert!(size_of::<Timed>() <= 80, "{} bytes", size_of::<Timed>());
}
