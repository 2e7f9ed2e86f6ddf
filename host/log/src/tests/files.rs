//! Files as a user finds them.

use std::time::Instant;
use std::{fs, thread};

use super::*;
use crate::record::folder::Folder;
use crate::record::open::Open;
use crate::record::pace::Pace;
use crate::record::queue::Queue;
use crate::record::spool::Spool;
use crate::record::writer::Writer;
use crate::record::{self, Recorder, name};
use crate::text::parse;

const SECOND: Duration = Duration::from_secs(10);

fn start(settings: &RequestLog) -> Recorder {
    Recorder::start(settings).unwrap()
}

fn read(dir: &TempDir, file: &str) -> parse::Log {
    parse::parse(&fs::read(dir.0.join(file)).unwrap()).unwrap()
}

#[test]
fn one_file_for_each_exchange() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    recorder.append(
        &meta("0199aa", "openai/gpt:4 \u{fc}ber"),
        Entry::pack(story()),
    );
    recorder.append(
        &meta("0199ab", "demo"),
        Entry::pack(timed([request("{}"), end(Outcome::Error)])),
    );
    assert!(recorder.flush(SECOND));
    assert_eq!(
        dir.names(),
        [
            "20261122_180311-0199aa_openai-gpt-4-ber.log",
            "20261122_180311-0199ab_demo.log"
        ]
    );
    assert_eq!(read(&dir, &dir.names()[0]).notes, story());
    assert_eq!(recorder.counts().logs, 2);
}

#[test]
fn a_log_has_its_name_only_when_it_is_whole() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    let meta = meta("a", "demo");
    let (first, rest) = (story()[..7].to_vec(), story()[7..].to_vec());
    recorder.append(&meta, Entry::pack(first.clone()));
    assert!(recorder.flush(SECOND));
    assert_eq!(dir.names(), ["20261122_180311-a_demo.log.partial"]);
    assert_eq!(read(&dir, &dir.names()[0]).notes, first);
    recorder.append(&meta, Entry::pack(rest));
    assert!(recorder.flush(SECOND));
    assert_eq!(dir.names(), ["20261122_180311-a_demo.log"]);
    assert_eq!(read(&dir, &dir.names()[0]).notes, story());
}

#[test]
fn a_log_that_is_off_makes_no_folder_until_a_model_wants_it() {
    let dir = TempDir::new();
    let logs = TempDir(dir.0.join("requests"));
    let recorder = start(&RequestLog {
        level: LogLevel::Off,
        ..settings(&logs.0)
    });
    assert!(recorder.flush(SECOND));
    assert!(!logs.0.exists());
    recorder.append(&meta("a", "m"), Entry::pack(story()));
    assert!(recorder.flush(SECOND));
    assert_eq!(logs.names().len(), 1);
}

#[test]
fn an_id_used_twice_makes_two_files() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    for _ in 0..2 {
        recorder.append(
            &meta("same", "demo"),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
    }
    // At the same time, too.
    let both = [meta("same", "demo"), meta("same", "demo")];
    for meta in &both {
        recorder.append(meta, Entry::pack(timed([request("{}")])));
    }
    for meta in &both {
        recorder.append(meta, Entry::pack(timed([end(Outcome::Success)])));
    }
    assert!(recorder.flush(SECOND));
    assert_eq!(dir.names().len(), 4, "{:?}", dir.names());
    assert!(
        dir.names()
            .iter()
            .all(|name| read(&dir, name).notes.len() == 2)
    );
}

#[test]
fn a_killed_proxy_leaves_what_was_there() {
    let dir = TempDir::new();
    let whole = include_bytes!("sample.log");
    // As a kill leaves it: in the middle of a line, of the first event.
    let torn = whole.windows(10).position(|w| w == b"assistant\"").unwrap();
    fs::write(
        dir.0.join("20261122_180311-a_demo.log.partial"),
        &whole[..torn],
    )
    .unwrap();
    fs::write(dir.0.join("20261122_180311-b_demo.log.partial"), b"").unwrap();
    fs::write(dir.0.join("notes.log.partial"), b"not ours").unwrap();
    drop(start(&settings(&dir.0)));
    assert_eq!(
        dir.names(),
        [
            "20261122_180311-a_demo.log",
            "20261122_180311-b_demo.log",
            "notes.log.partial"
        ]
    );
    let log = read(&dir, &dir.names()[0]);
    assert_eq!(log.notes[..6], story()[..6]);
    let end = log.end().unwrap();
    assert_eq!(
        (end.outcome, end.attempts, end.deployment.as_deref()),
        (Outcome::Error, 1, Some("demo#1"))
    );
    assert!(
        end.error.as_deref().unwrap().starts_with("interrupted"),
        "{end:?}"
    );
    // Nothing was in it yet: its name tells what it was.
    let log = read(&dir, &dir.names()[1]);
    assert_eq!((&*log.meta.id, &*log.meta.model), ("b", "demo"));
    assert_eq!(log.notes.len(), 1);
}

#[test]
fn another_process_in_the_same_folder_is_left_alone() {
    let dir = TempDir::new();
    let first = start(&settings(&dir.0));
    let meta = meta("a", "demo");
    first.append(&meta, Entry::pack(timed([request("{}")])));
    assert!(first.flush(SECOND));
    // A lock is held by a handle, so a second recorder stands for a second process.
    drop(start(&settings(&dir.0)));
    assert_eq!(dir.names(), ["20261122_180311-a_demo.log.partial"]);
    first.append(&meta, Entry::pack(timed([end(Outcome::Success)])));
    assert!(first.flush(SECOND));
    assert_eq!(dir.names(), ["20261122_180311-a_demo.log"]);
}

#[test]
fn a_folder_that_cannot_be_written_hurts_nobody_and_may_come_back() {
    let dir = TempDir::new();
    let blocked = dir.0.join("logs");
    fs::write(&blocked, b"a file where the folder should be").unwrap();
    let recorder = start(&settings(&blocked.join("requests")));
    let long = meta("long", "demo");
    let began = Instant::now();
    recorder.append(&meta("lost", "demo"), Entry::pack(story()));
    recorder.append(
        &long,
        Entry::pack(timed([request("{}"), event(1, "data: 1\n\n")])),
    );
    assert!(began.elapsed() < Duration::from_secs(1));
    assert!(recorder.flush(SECOND));
    assert_eq!(recorder.counts().logs, 0);
    assert_eq!(
        recorder.counts().notes_unwritten,
        story().len() as u64 - 1 + 2
    );

    fs::remove_file(&blocked).unwrap();
    recorder.append(
        &long,
        Entry::pack(timed([event(2, "data: 2\n\n"), end(Outcome::Success)])),
    );
    assert!(recorder.flush(SECOND));
    let logs = TempDir(blocked.join("requests"));
    assert_eq!(logs.names(), ["20261122_180311-long_demo.log"]);
    let log = read(&logs, &logs.names()[0]);
    assert!(
        matches!(&log.notes[0].note, Note::Warning(text) if text.contains("2 notes")),
        "{:?}",
        log.notes[0]
    );
    assert_eq!(log.end().unwrap().notes_dropped, 2);
}

#[test]
fn a_deleted_folder_is_made_again() {
    let dir = TempDir::new();
    let logs = TempDir(dir.0.join("requests"));
    let recorder = start(&settings(&logs.0));
    recorder.append(&meta("a", "demo"), Entry::pack(story()));
    assert!(recorder.flush(SECOND));
    fs::remove_dir_all(&logs.0).unwrap();
    recorder.append(&meta("b", "demo"), Entry::pack(story()));
    assert!(recorder.flush(SECOND));
    assert_eq!(logs.names(), ["20261122_180311-b_demo.log"]);
}

#[test]
fn what_does_not_fit_is_dropped_and_the_log_says_so() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    let meta = meta("a", "demo");
    recorder.append(&meta, Entry::pack(timed([request("{}")])));
    let huge = Note::EventIn {
        number: 1,
        raw: vec![b'x'; 64 << 20].into(),
    };
    recorder.append(&meta, Entry::pack(timed([huge])));
    let events = ["data: 2\n\n", "data: 3\n\n"].map(|raw| event(2, raw));
    recorder.append(&meta, Entry::pack(timed(events)));
    recorder.append(&meta, Entry::pack(timed([end(Outcome::Success)])));
    assert!(recorder.flush(SECOND));
    assert_eq!(recorder.counts().notes_dropped, 1);
    let log = read(&dir, &dir.names()[0]);
    let Note::Warning(text) = &log.notes[1].note else {
        panic!("{:?}", log.notes)
    };
    assert_eq!(
        text,
        "this log is incomplete: 1 notes before this one are lost"
    );
    let times: Vec<_> = log.notes[1..4].iter().map(|timed| timed.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(log.end().unwrap().notes_dropped, 1);
}

#[test]
fn closing_ends_what_is_open() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    let meta = meta("a", "demo");
    recorder.append(&meta, Entry::pack(timed([request("{}")])));
    assert!(recorder.close(SECOND));
    assert_eq!(dir.names(), ["20261122_180311-a_demo.log"]);
    assert!(
        read(&dir, &dir.names()[0])
            .end()
            .unwrap()
            .error
            .as_deref()
            .unwrap()
            .starts_with("interrupted")
    );
    // Nobody listens any more, and nobody minds.
    recorder.append(&meta, Entry::pack(timed([end(Outcome::Success)])));
    assert!(recorder.flush(SECOND));
    assert_eq!(recorder.counts().notes_dropped, 1);
}

/// Twenty logs, one for each second, and two files that are none of ours.
fn twenty(dir: &TempDir) {
    for second in 10..30 {
        fs::write(
            dir.0.join(format!("20261122_1803{second}-x_m.log")),
            vec![b'x'; 1000],
        )
        .unwrap();
    }
    fs::write(dir.0.join("notes.log"), b"mine").unwrap();
    fs::write(dir.0.join("20261122_180300.log"), b"mine").unwrap();
}

fn after_retention(change: impl FnOnce(&mut RequestLog)) -> Vec<String> {
    let dir = TempDir::new();
    twenty(&dir);
    let mut settings = settings(&dir.0);
    change(&mut settings);
    let recorder = start(&settings);
    assert!(recorder.close(SECOND));
    let (mine, ours): (Vec<_>, Vec<_>) = dir
        .names()
        .into_iter()
        .partition(|name| name::started(name).is_none());
    assert_eq!(mine, ["20261122_180300.log", "notes.log"]);
    assert_eq!(recorder.counts().logs_deleted, 20 - ours.len() as u64);
    ours
}

#[test]
fn retention_deletes_the_oldest() {
    assert_eq!(after_retention(|_| {}).len(), 20);
    let by_count = after_retention(|s| s.max_files = Some(3));
    assert_eq!(
        by_count,
        [
            "20261122_180327-x_m.log",
            "20261122_180328-x_m.log",
            "20261122_180329-x_m.log"
        ]
    );
    assert_eq!(after_retention(|s| s.max_total_bytes = Some(4500)).len(), 4);
}

#[test]
fn retention_by_age() {
    let dir = TempDir::new();
    twenty(&dir);
    let day = Duration::from_secs(86_400);
    let limits = RequestLog {
        max_age: Some(day),
        ..settings(&dir.0)
    };
    let mut folder = Folder::new(&limits, Arc::default());
    folder.prepare().unwrap();
    let newest = meta("", "").started + Duration::from_secs(16);
    let mut left = |now| {
        folder.tidy(now);
        dir.names()
            .iter()
            .filter(|name| name::started(name).is_some())
            .count()
    };
    assert_eq!(left(newest), 20);
    assert_eq!(left(newest + day), 2);
    assert_eq!(left(newest + day * 2), 0);
}

#[test]
fn retention_holds_while_writing() {
    let dir = TempDir::new();
    let recorder = start(&RequestLog {
        max_files: Some(5),
        ..settings(&dir.0)
    });
    for n in 0..100 {
        recorder.append(
            &meta(&format!("{n:03}"), "m"),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
    }
    assert!(recorder.flush(SECOND));
    let names = dir.names();
    assert_eq!(names.len(), 5, "{names:?}");
    assert_eq!(names[4], "20261122_180311-099_m.log");
}

#[test]
fn a_log_is_found_by_its_id_or_its_name() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    for (id, model) in [("a", "m"), ("a-b", "m"), ("b", "a_m"), ("a", "m")] {
        recorder.append(
            &meta(id, model),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
    }
    assert!(recorder.flush(SECOND));
    let find = |key: &str| record::find(&dir.0, key).unwrap().map(|found| found.name);
    assert_eq!(find("a").unwrap(), "20261122_180311-a_m.log");
    assert_eq!(find("b").unwrap(), "20261122_180311-b_a_m.log");
    let same = "20261122_180311-a_m-2.log";
    assert_eq!(find(same).unwrap(), same);
    for missing in ["", "c", "../a", "20261122_180311-c_m.log"] {
        assert_eq!(find(missing), None, "{missing}");
    }
    let running = meta("c", "m");
    recorder.append(&running, Entry::pack(timed([request("{}")])));
    assert!(recorder.save(SECOND));
    let grows = "20261122_180311-c_m.log.partial";
    for key in ["c", grows, "20261122_180311-c_m.log"] {
        assert_eq!(find(key).as_deref(), Some(grows), "{key}");
    }
    recorder.append(&running, Entry::pack(timed([end(Outcome::Success)])));
    assert!(recorder.flush(SECOND));
    assert_eq!(find(grows).unwrap(), "20261122_180311-c_m.log");
}

/// The name of a file says where an id ends only to whoever knows the model.
#[test]
fn an_id_is_not_taken_for_a_longer_one_that_begins_with_it() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    for id in ["job", "job_2", "job--2", "job-2"] {
        recorder.append(
            &meta(id, "m"),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
    }
    assert!(recorder.flush(SECOND));
    for id in ["job", "job_2", "job--2", "job-2"] {
        let found = record::find(&dir.0, id).unwrap().unwrap();
        let log = parse::parse(&found.text).unwrap();
        assert_eq!(&*log.meta.id, id, "{}", found.name);
    }
    assert_eq!(record::find(&dir.0, "job_").unwrap(), None);
}

#[test]
fn names_are_safe() {
    for (id, model, expect) in [
        ("a", "openai/gpt-4o", "20261122_180311-a_openai-gpt-4o"),
        ("../../etc", "C:\\x|y?*", "20261122_180311-etc_C-x-y"),
        ("a", "", "20261122_180311-a_-"),
        ("a", "日本", "20261122_180311-a_-"),
    ] {
        let stem = name::stem(&meta(id, model));
        assert_eq!(stem, expect);
        assert!(name::started(&format!("{stem}.log")).is_some());
    }
    assert!(name::stem(&meta(&"i".repeat(500), &"m".repeat(500))).len() < 230);
}

/// A recorder that never has the time to make a file, unless it is told to.
fn hurried(settings: &RequestLog) -> (Arc<Queue>, thread::JoinHandle<()>) {
    let queue = Arc::new(Queue::new(settings.max_exchange_bytes));
    let writer = Writer::new(
        Folder::new(settings, Arc::default()),
        queue.clone(),
        Arc::default(),
        None,
        Pace::new(Duration::ZERO),
    );
    (queue, thread::spawn(move || writer.run()))
}

#[test]
fn logs_wait_when_there_is_no_time_for_files() {
    let dir = TempDir::new();
    let (queue, writer) = hurried(&settings(&dir.0));
    for n in 0..300 {
        queue.push(&meta(&format!("{n:03}"), "m"), Entry::pack(story()));
    }
    assert!(queue.flush(SECOND, true));
    assert_eq!(dir.names().len(), 300);
    assert_eq!(queue.counts().logs, 300);
    assert!(
        dir.names()
            .iter()
            .all(|name| read(&dir, name).notes == story())
    );
    assert!(queue.close(SECOND));
    writer.join().unwrap();
}

#[test]
fn a_log_that_waits_for_its_file_is_found() {
    let dir = TempDir::new();
    let mut spool = Spool::open(&dir.0, usize::MAX, u64::MAX).unwrap();
    for id in ["one", "one_two", "two", "torn"] {
        let meta = meta(id, "m");
        let mut open = Open::new(meta.clone(), Vec::new());
        open.add(&Entry::pack(stream(200).concat()), 0);
        open.complete();
        spool.put(&name::stem(&meta), open.text.bytes());
    }
    spool.write().unwrap();
    let path = dir.0.join(".spool-0");
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 10).unwrap();
    let find = |key: &str| record::find(&dir.0, key).unwrap();
    for key in ["one", "two", "20261122_180311-two_m.log"] {
        let found = find(key).unwrap();
        assert!(found.waits && found.name.contains(key), "{}", found.name);
        let log = parse::parse(&found.text).unwrap();
        assert_eq!(log.notes, stream(200).concat());
        assert_eq!(record::find_waiting(&dir.0, key).unwrap(), Some(found));
    }
    for missing in ["torn", "none", "one_"] {
        assert_eq!(find(missing), None, "{missing}");
    }
    // A file is written at once, and taken out of the spool later.
    let mut folder = Folder::new(&settings(&dir.0), Arc::default());
    folder
        .put("20261122_180311-two_m", include_bytes!("sample.log"))
        .unwrap();
    assert!(!find("20261122_180311-two_m.log").unwrap().waits);
}

/// An answer of so many events, in batches.
fn stream(events: u32) -> Vec<Vec<Timed>> {
    let delta = |n| {
        event(
            n,
            format!("data: {{\"n\":{n},\"text\":\" and so on\"}}\n\n"),
        )
    };
    let mut notes = vec![request("{}")];
    notes.extend((1..=events).map(delta));
    notes.push(end(Outcome::Success));
    timed(notes).chunks(40).map(<[_]>::to_vec).collect()
}

#[test]
fn streams_are_written_whole_at_once_bit_by_bit_and_later() {
    let dir = TempDir::new();
    let recorder = start(&settings(&dir.0));
    let [at_once, bit_by_bit, later] = ["a", "b", "c"].map(|id| meta(id, "m"));
    for batch in stream(200) {
        recorder.append(&at_once, Entry::pack(batch));
    }
    for batch in stream(200) {
        recorder.append(&bit_by_bit, Entry::pack(batch));
        assert!(recorder.save(SECOND));
    }
    assert!(recorder.close(SECOND));
    let (queue, writer) = hurried(&settings(&dir.0));
    for batch in stream(200) {
        queue.push(&later, Entry::pack(batch));
    }
    assert!(queue.close(SECOND));
    writer.join().unwrap();
    assert_eq!(dir.names().len(), 3);
    for name in dir.names() {
        assert_eq!(read(&dir, &name).notes, stream(200).concat(), "{name}");
    }
}

#[test]
fn waiting_logs_that_retention_would_delete_never_become_files() {
    let dir = TempDir::new();
    let (queue, writer) = hurried(&RequestLog {
        max_files: Some(5),
        ..settings(&dir.0)
    });
    for n in 0..3000 {
        queue.push(
            &meta(&format!("{n:04}"), "m"),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
    }
    assert!(queue.close(SECOND));
    writer.join().unwrap();
    let expect = (2995..3000).map(|n| format!("20261122_180311-{n}_m.log"));
    assert_eq!(dir.names(), expect.collect::<Vec<_>>());
    assert_eq!(queue.counts().logs_deleted + 5, 3000);
}

#[test]
fn waiting_logs_survive_a_kill() {
    let dir = TempDir::new();
    let text = include_bytes!("sample.log");
    let mut spool = Spool::open(&dir.0, usize::MAX, u64::MAX).unwrap();
    for id in ["a", "b", "c"] {
        spool.put(&name::stem(&meta(id, "m")), text);
    }
    spool.write().unwrap();
    drop(spool);
    // It was killed when the first had its file and the last was half written.
    fs::write(dir.0.join("20261122_180311-a_m.log"), text).unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(dir.0.join(".spool-0"))
        .unwrap();
    file.set_len(file.metadata().unwrap().len() - 10).unwrap();
    let recorder = start(&settings(&dir.0));
    assert!(recorder.flush(SECOND));
    assert_eq!(
        dir.names(),
        ["20261122_180311-a_m.log", "20261122_180311-b_m.log"]
    );
    assert_eq!(read(&dir, &dir.names()[1]).notes, story());
}

/// Old files are written anew; a log that someone linked to is not one of them.
#[cfg(unix)]
#[test]
fn a_deleted_log_that_has_another_name_keeps_its_text() {
    let dir = TempDir::new();
    let recorder = start(&RequestLog {
        max_files: Some(1),
        ..settings(&dir.0)
    });
    recorder.append(&meta("a", "m"), Entry::pack(story()));
    assert!(recorder.flush(SECOND));
    fs::hard_link(dir.0.join(&dir.names()[0]), dir.0.join("kept")).unwrap();
    for id in ["b", "c", "d"] {
        recorder.append(
            &meta(id, "m"),
            Entry::pack(timed([request("{}"), end(Outcome::Success)])),
        );
        assert!(recorder.flush(SECOND));
    }
    assert_eq!(dir.names(), ["20261122_180311-d_m.log", "kept"]);
    assert_eq!(read(&dir, "kept").notes, story());
    assert_eq!(read(&dir, &dir.names()[0]).notes.len(), 2);
}
