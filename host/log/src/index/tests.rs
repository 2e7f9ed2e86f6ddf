//! An index as those who ask it see it.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::Connection;
use yallmp_core::config::RequestLog;
use yallmp_core::tape::{End, Entry, ExchangeMeta, Note, Outcome, Sink as _};

use super::*;
use crate::record::Recorder;
use crate::tests::{TempDir, end, meta, request, settings, story, timed};

const SECOND: Duration = Duration::from_secs(10);

/// Log number `n`, which begins `n` seconds later than the first.
fn log(recorder: &Recorder, n: u64, model: &str, ending: Note) {
    let meta = ExchangeMeta {
        started: started(n),
        ..(*meta(&format!("id{n}"), model)).clone()
    };
    let mut notes = story();
    notes.pop();
    notes.extend(timed([ending]));
    recorder.append(&Arc::new(meta), Entry::pack(notes));
}

fn started(n: u64) -> SystemTime {
    meta("", "").started + Duration::from_secs(n)
}

fn micros(n: u64) -> i64 {
    let since = started(n).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_micros() as i64
}

fn logs(settings: &RequestLog, numbers: std::ops::Range<u64>) {
    let recorder = Recorder::start(settings).unwrap();
    for n in numbers {
        let (model, outcome) = match n % 3 {
            0 => ("a", Outcome::Success),
            1 => ("b", Outcome::Error),
            _ => ("c", Outcome::Cancelled),
        };
        log(&recorder, n, model, end(outcome));
    }
    assert!(recorder.flush(SECOND));
}

/// Bring the index up to date.
fn catch_up(dir: &Path) -> Ingest {
    let mut ingest = Ingest::open(dir).unwrap().unwrap();
    ingest.catch_up(|_| {}).unwrap();
    ingest
}

fn ids(page: &Page) -> Vec<&str> {
    page.found.iter().map(|found| &*found.place.id).collect()
}

fn listed(reader: &Reader, filter: &Filter) -> Vec<String> {
    let page = reader.list(filter, None, 100).unwrap();
    ids(&page).into_iter().map(str::to_owned).collect()
}

#[test]
fn filters() {
    let dir = TempDir::new();
    logs(&settings(&dir.0), 0..6);
    catch_up(&dir.0);
    let reader = Reader::open(&dir.0);
    let text = |text: &str| Some(text.to_owned());
    let all = Filter::default();
    for (filter, expect) in [
        (all.clone(), "id5 id4 id3 id2 id1 id0"),
        (
            Filter {
                model: text("b"),
                ..all.clone()
            },
            "id4 id1",
        ),
        (
            Filter {
                outcome: text("cancelled"),
                ..all.clone()
            },
            "id5 id2",
        ),
        (
            Filter {
                deployment: text("demo#1"),
                model: text("a"),
                ..all.clone()
            },
            "id3 id0",
        ),
        (
            Filter {
                plugin: text("model-rewrite"),
                since: Some(micros(2)),
                until: Some(micros(4)),
                ..all.clone()
            },
            "id3 id2",
        ),
        (
            Filter {
                plugin: text("reasoning-keep"),
                ..all.clone()
            },
            "",
        ),
        (
            Filter {
                text: text("weath* \"in Koln\""),
                model: text("c"),
                ..all.clone()
            },
            "id5 id2",
        ),
        (
            Filter {
                text: text("'); DROP TABLE exchange; --"),
                ..all.clone()
            },
            "",
        ),
        (
            Filter {
                text: text("\"*"),
                ..all.clone()
            },
            "",
        ),
    ] {
        assert_eq!(listed(&reader, &filter).join(" "), expect, "{filter:?}");
    }
    let located = reader.locate("id3").unwrap().unwrap();
    assert_eq!(located.file, "20261122_180314-id3_a.log");
    assert_eq!(reader.locate(&located.file).unwrap(), Some(located));
    assert_eq!(reader.locate("id9").unwrap(), None);
}

#[test]
fn pages_do_not_move_when_new_exchanges_come() {
    let dir = TempDir::new();
    logs(&settings(&dir.0), 0..7);
    let mut ingest = catch_up(&dir.0);
    let reader = Reader::open(&dir.0);
    let all = Filter::default();
    let first = reader.list(&all, None, 3).unwrap();
    assert_eq!(ids(&first), ["id6", "id5", "id4"]);
    logs(&settings(&dir.0), 7..12);
    ingest.catch_up(|_| {}).unwrap();
    let next = first.next.unwrap().to_string().parse().unwrap();
    let second = reader.list(&all, Some(&next), 3).unwrap();
    assert_eq!(ids(&second), ["id3", "id2", "id1"]);
    let third = reader.list(&all, second.next.as_ref(), 3).unwrap();
    assert_eq!(ids(&third), ["id0"]);
    assert_eq!(third.next, None);
}

#[test]
fn what_is_gone_from_the_folder_goes_from_the_index() {
    let dir = TempDir::new();
    logs(&settings(&dir.0), 0..3);
    fs::write(dir.0.join("20261122_180320-x_y.log"), "not ours").unwrap();
    let mut ingest = catch_up(&dir.0);
    assert_eq!(ingest.difference().unwrap(), Default::default());
    fs::remove_file(dir.0.join("20261122_180312-id1_b.log")).unwrap();
    fs::remove_file(dir.0.join("20261122_180320-x_y.log")).unwrap();
    ingest.catch_up(|_| {}).unwrap();
    assert_eq!(ingest.difference().unwrap(), Default::default());
    let reader = Reader::open(&dir.0);
    assert_eq!(listed(&reader, &Filter::default()), ["id2", "id0"]);
    let text = Filter {
        text: Some("weather".into()),
        ..Filter::default()
    };
    assert_eq!(listed(&reader, &text), ["id2", "id0"]);
}

#[test]
fn a_broken_index_is_made_anew() {
    let dir = TempDir::new();
    logs(&settings(&dir.0), 0..3);
    let file = dir.0.join(".index.sqlite");
    for damage in [
        &|| fs::write(&file, "no database at all").unwrap(),
        &|| {
            let index = Connection::open(&file).unwrap();
            index.pragma_update(None, "user_version", 4711).unwrap();
        },
        &|| {
            let length = fs::metadata(&file).unwrap().len();
            let torn = fs::OpenOptions::new().write(true).open(&file).unwrap();
            torn.set_len(length / 2).unwrap();
        },
    ] as [&dyn Fn(); 3]
    {
        drop(catch_up(&dir.0));
        damage();
        drop(catch_up(&dir.0));
        let reader = Reader::open(&dir.0);
        assert_eq!(listed(&reader, &Filter::default()), ["id2", "id1", "id0"]);
        assert_eq!(reader.count().unwrap(), 3);
    }
}

#[test]
fn one_process_writes_and_others_read() {
    let dir = TempDir::new();
    assert!(matches!(
        Reader::open(&dir.0).count(),
        Err(IndexError::Missing(_))
    ));
    logs(&settings(&dir.0), 0..2);
    let first = catch_up(&dir.0);
    assert!(Ingest::open(&dir.0).unwrap().is_none());
    assert_eq!(Reader::open(&dir.0).count().unwrap(), 2);
    drop(first);
    assert!(Ingest::open(&dir.0).unwrap().is_some());
}

#[test]
fn the_turn_before() {
    let dir = TempDir::new();
    let recorder = Recorder::start(&settings(&dir.0)).unwrap();
    let ask = r#"{"messages":[{"role":"system","content":"S1"},{"role":"user","content":"Hi"}"#;
    let more = r#",{"role":"assistant","content":"Ho"},{"role":"user","content":"More"}"#;
    let bodies = [
        format!("{ask}]}}"),
        r#"{"messages":[{"role":"user","content":"Something else"}]}"#.to_owned(),
        format!("{ask}{more}]}}").replace("S1", "S2"),
        format!("{ask}{more}{more}]}}").replace("Ho", "Edited"),
    ];
    for (n, body) in (0..).zip(bodies) {
        let meta = ExchangeMeta {
            started: started(n),
            ..(*meta(&format!("id{n}"), "m")).clone()
        };
        let notes = timed([request(body.leak()), end(Outcome::Success)]);
        recorder.append(&Arc::new(meta), Entry::pack(notes));
    }
    assert!(recorder.flush(SECOND));
    catch_up(&dir.0);
    let reader = Reader::open(&dir.0);
    let previous = |n: u64| {
        let located = reader.locate(&format!("id{n}")).unwrap().unwrap();
        let text = fs::read(dir.0.join(located.file)).unwrap();
        let log = crate::text::parse::parse(&text).unwrap();
        let previous = reader.previous(&Turn::of_log(&log), micros(n)).unwrap();
        previous.map(|located| located.id)
    };
    assert_eq!(previous(0), None);
    assert_eq!(previous(1), None);
    assert_eq!(previous(2).as_deref(), Some("id0"));
    // Its history was changed.
    assert_eq!(previous(3).as_deref(), Some("id2"));
}

#[test]
fn numbers_over_time() {
    let dir = TempDir::new();
    let recorder = Recorder::start(&settings(&dir.0)).unwrap();
    for n in 0..4 {
        let Note::End(end) = end(if n == 3 {
            Outcome::Error
        } else {
            Outcome::Success
        }) else {
            unreachable!();
        };
        let end = End {
            attempts: 1 + u32::from(n == 2),
            usage: Some(r#"{"prompt_tokens":5,"completion_tokens":9}"#.into()),
            first_event: Some(Duration::from_millis(8 + n)),
            total: Duration::from_millis(1008 + n),
            ..*end
        };
        log(&recorder, n * 10, "demo", Note::End(Box::new(end)));
    }
    // What comes at once has no speed.
    let Note::End(at_once) = end(Outcome::Success) else {
        unreachable!();
    };
    let at_once = End {
        usage: Some(r#"{"prompt_tokens":5,"completion_tokens":9}"#.into()),
        first_event: Some(Duration::from_millis(8)),
        total: Duration::from_millis(9),
        ..*at_once
    };
    log(&recorder, 5, "demo", Note::End(Box::new(at_once)));
    assert!(recorder.flush(SECOND));
    catch_up(&dir.0);
    let reader = Reader::open(&dir.0);
    let mut range = Range {
        since: micros(0),
        until: micros(40),
        buckets: 2,
        model: None,
        deployment: None,
    };
    let overview = reader.overview(&range).unwrap();
    assert_eq!(overview.series.len(), 1);
    let series = &overview.series[0];
    assert_eq!(series.model, "demo");
    assert_eq!(series.deployment.as_deref(), Some("demo#1"));
    assert_eq!(
        (&*series.requests, &*series.errors),
        (&[3, 2][..], &[0, 1][..])
    );
    assert_eq!(series.retries, [0, 1]);
    assert_eq!(series.first_event_p50, [Some(0.008), Some(0.010)]);
    assert_eq!(series.first_event_p95, [Some(0.009), Some(0.011)]);
    assert_eq!(series.tokens_per_second, [Some(9.0), Some(9.0)]);
    assert_eq!(series.gap_p50, [Some(0.003), Some(0.003)]);
    assert_eq!(series.overhead_p50, [Some(0.004), Some(0.004)]);
    assert_eq!(
        (overview.totals.requests, overview.totals.tokens_out),
        (5, 45)
    );
    let rewrite = overview.plugins.iter().find(|p| p.name == "model-rewrite");
    assert_eq!(rewrite.unwrap().changed, 5);
    let facets = reader.facets().unwrap();
    assert_eq!(facets.models, ["demo"]);
    assert_eq!(facets.outcomes, ["success", "error"]);
    range.model = Some("other".into());
    assert_eq!(reader.overview(&range).unwrap(), Overview::default());
}

#[test]
fn the_thread_follows_the_recorder_and_its_retention() {
    let dir = TempDir::new();
    let settings = RequestLog {
        max_files: Some(5),
        ..settings(&dir.0)
    };
    let recorder = Recorder::start(&settings).unwrap();
    let index = Index::start(&dir.0, recorder.changes().clone()).unwrap();
    let reader = index.reader();
    for n in 0..20 {
        log(&recorder, n, "demo", end(Outcome::Success));
    }
    assert!(recorder.flush(SECOND));
    wait_until("the newest five are in it", || {
        let found = reader.list(&Filter::default(), None, 10);
        found.is_ok_and(|page| ids(&page) == ["id19", "id18", "id17", "id16", "id15"])
    });
    assert_eq!((index.pending(), index.failures()), (0, 0));
}

/// `yallmp logs ls` has the lock for a moment, perhaps just when a proxy starts.
#[test]
fn a_lock_that_another_process_had_is_asked_for_again_soon() {
    let dir = TempDir::new();
    let settings = settings(&dir.0);
    logs(&settings, 0..1);
    let other = catch_up(&dir.0);
    let recorder = Recorder::start(&settings).unwrap();
    let index = Index::start(&dir.0, recorder.changes().clone()).unwrap();
    log(&recorder, 1, "demo", end(Outcome::Success));
    assert!(recorder.flush(SECOND));
    // Time for the thread to find it locked.
    thread::sleep(Duration::from_millis(500));
    let reader = index.reader();
    assert_eq!(reader.count().unwrap(), 1);
    drop(other);
    wait_until("both are in it", || {
        reader.count().is_ok_and(|count| count == 2)
    });
}

fn wait_until(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < SECOND, "in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
