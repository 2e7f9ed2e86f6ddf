//! How fast the index is: `cargo run --release -p yallmp-log --example index [LOGS]`. Writes that
//! many logs (100,000 unless told) into a temporary folder, reads them into an index, and
//! asks it what the inspector asks.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use yallmp_core::chain::EndReason;
use yallmp_core::config::{LogLevel, LogMask, RequestLog};
use yallmp_core::tape::*;
use yallmp_log::index::{Filter, Ingest, Range, Reader};
use yallmp_log::record::Recorder;

/// Words that conversations are made of; the rank of a word is how rare it is.
const WORDS: usize = 20_000;
const HOUR: Duration = Duration::from_secs(3600);

fn main() -> anyhow::Result<()> {
    let logs = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let dir = std::env::temp_dir().join(format!("yallmp-index-{}", std::process::id()));
    write(&dir, logs)?;

    let began = Instant::now();
    let mut ingest = Ingest::open(&dir)?.expect("nobody else is here");
    ingest.catch_up(|_| {})?;
    let took = began.elapsed();
    println!("read {logs} logs in {took:.1?}, {:.0?} each", took / logs);
    let began = Instant::now();
    ingest.difference()?;
    println!("compared folder and index in {:.1?}", began.elapsed());
    let size = std::fs::metadata(dir.join(".index.sqlite"))?.len();
    println!("index: {} MB", size >> 20);

    let reader = Reader::open(&dir);
    for (what, filter) in filters()? {
        let found = reader.list(&filter, None, 100)?;
        measure(&format!("{what} ({} found)", found.found.len()), || {
            reader.list(&filter, None, 100).map(drop)
        })?;
    }
    let mut page = reader.list(&Filter::default(), None, 100)?;
    for _ in 0..logs / 200 {
        page = reader.list(&Filter::default(), page.next.as_ref(), 100)?;
    }
    let middle = page.next;
    measure("a page from the middle", || {
        reader
            .list(&Filter::default(), middle.as_ref(), 100)
            .map(drop)
    })?;
    let until = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64;
    let range = |span: Duration| Range {
        since: until - span.as_micros() as i64,
        until,
        buckets: 60,
        model: None,
        deployment: None,
    };
    for (what, span) in [("an hour", HOUR), ("all", HOUR * 24 * 400)] {
        measure(&format!("overview of {what}"), || {
            reader.overview(&range(span)).map(drop)
        })?;
    }
    measure("facets", || reader.facets().map(drop))?;
    measure("one by its id", || reader.locate("id500").map(drop))?;
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

fn filters() -> anyhow::Result<Vec<(&'static str, Filter)>> {
    let all = Filter::default;
    let is = |text: &str| Some(text.to_owned());
    let words = |text: &str| Filter {
        text: is(text),
        ..all()
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH)? - HOUR;
    Ok(vec![
        ("the newest", all()),
        (
            "of the last hour",
            Filter {
                since: Some(since.as_micros() as i64),
                ..all()
            },
        ),
        (
            "of a model",
            Filter {
                model: is("model-3"),
                ..all()
            },
        ),
        (
            "errors of a deployment",
            Filter {
                deployment: is("model-2#1"),
                outcome: is("error"),
                ..all()
            },
        ),
        (
            "changed by a plugin",
            Filter {
                plugin: is("tool-call-fix"),
                ..all()
            },
        ),
        ("a frequent word", words("word1")),
        ("a rare word", words("word15000")),
        ("a phrase", words("\"word1 word2\"")),
        ("a beginning", words("word123*")),
        (
            "a frequent word of a model",
            Filter {
                model: is("model-3"),
                ..words("word1")
            },
        ),
    ])
}

/// The median of some calls.
fn measure<E>(what: &str, mut call: impl FnMut() -> Result<(), E>) -> Result<(), E> {
    let mut times = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        call()?;
        times.push(began.elapsed());
    }
    times.sort();
    println!("{what}: {:.2?}, at most {:.2?}", times[5], times[10]);
    Ok(())
}

fn write(dir: &Path, logs: u32) -> anyhow::Result<()> {
    let recorder = Recorder::start(&RequestLog {
        level: LogLevel::Full,
        dir: dir.to_path_buf(),
        max_exchange_bytes: 1 << 20,
        max_files: None,
        max_total_bytes: None,
        max_age: None,
        mask: LogMask::default(),
    })?;
    let random = RandomState::new();
    let began = Instant::now();
    let newest = SystemTime::now();
    for n in 0..logs {
        let meta = ExchangeMeta {
            id: format!("id{n}").into(),
            started: newest - HOUR / 60 * (logs - n),
            model: format!("model-{}", n % 8).into(),
            level: LogLevel::Full,
        };
        recorder.append(&Arc::new(meta), Entry::pack(exchange(n, &random)));
        if n % 1000 == 999 {
            recorder.flush(HOUR);
        }
    }
    recorder.flush(HOUR);
    println!("wrote {logs} logs in {:.1?}", began.elapsed());
    Ok(())
}

fn exchange(n: u32, random: &RandomState) -> Vec<Timed> {
    let word = |place: u32| {
        // The square of a random number: small ones are frequent.
        let number = (random.hash_one((n, place)) >> 11) as f64 / (1u64 << 53) as f64;
        format!("word{}", (number * number * WORDS as f64) as usize)
    };
    let text = |from: u32, count: u32| {
        let words: Vec<_> = (from..from + count).map(word).collect();
        words.join(" ")
    };
    let body = format!(
        r#"{{"model":"m","stream":true,"messages":[{{"role":"system","content":"You are an agent."}},{{"role":"user","content":"{}"}}]}}"#,
        text(0, 120)
    );
    let deployment = format!("model-{}#1", n % 8);
    let outcome = match n % 50 {
        0 => Outcome::Error,
        1 => Outcome::Cancelled,
        _ => Outcome::Success,
    };
    let mut notes = vec![
        Note::Request(Box::new(Request {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            host: "127.0.0.1:17771".into(),
            headers: HeaderMap::new(),
            size: body.len(),
            body: body.clone().into(),
            streaming: true,
        })),
        Note::Route {
            candidates: vec![deployment.clone()],
        },
        Note::Attempt(Box::new(Attempt {
            number: 1,
            deployment: deployment.clone(),
            backend: "http://127.0.0.1:9".into(),
            url: "http://127.0.0.1:9/v1/chat/completions".into(),
            target_model: "m".into(),
        })),
        Note::Sent(Box::new(Sent {
            headers: HeaderMap::new(),
            size: body.len(),
            body: body.into(),
        })),
        Note::Head {
            status: StatusCode::OK,
            headers: Box::default(),
        },
        Note::Committed,
    ];
    notes.extend((1..=20).map(|number| {
        let text = text(1000 + number * 4, 4);
        let raw = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\" {text}\"}}}}]}}\n\n");
        Note::EventIn {
            number,
            raw: Bytes::from(raw),
        }
    }));
    if n.is_multiple_of(10) {
        notes.push(Note::Spent {
            plugin: "tool-call-fix".into(),
            spent: Box::new(Spent {
                calls: 20,
                changed: 2,
                time: Duration::from_micros(300),
                ..Spent::default()
            }),
        });
    }
    notes.push(Note::End(Box::new(End {
        outcome,
        reason: Some(EndReason::Done),
        status: StatusCode::OK,
        error: None,
        deployment: Some(deployment),
        attempts: 1,
        events_in: 20,
        events_out: 20,
        bytes_out: 3000,
        usage: Some(r#"{"prompt_tokens":150,"completion_tokens":80}"#.into()),
        first_event: Some(Duration::from_millis(200)),
        total: Duration::from_millis(900),
        notes_dropped: 0,
        plugins: Vec::new(),
    })));
    let at = (0..).map(|n| Duration::from_millis(n * 10));
    at.zip(notes).map(|(at, note)| Timed { at, note }).collect()
}
