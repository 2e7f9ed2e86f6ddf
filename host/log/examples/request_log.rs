//! What the request log costs: `cargo run --release -p yallmp-log --example request_log [DIR]`.
//!
//! Prints, for each kind of exchange, the time that making its notes takes on the thread of
//! the exchange, and (on Linux) the CPU time of the thread that writes them. `DIR` decides
//! which file system is measured; the default is the system's folder for temporary files.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use yallmp_core::config::{LogLevel, RequestLog};
use yallmp_core::tape::{Attempt, ExchangeMeta, Like, Note, Outcome, Request, Sent, Tape, mask};
use yallmp_log::record::Recorder;

struct Kind {
    name: &'static str,
    exchanges: u32,
    per_second: u32,
    body: usize,
    events: u32,
}

fn main() -> anyhow::Result<()> {
    let parent = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, Into::into);
    println!(
        "{:28} {:>12} {:>14} {:>10}",
        "", "notes", "writer", "dropped"
    );
    for kind in [
        Kind {
            name: "1 KB, 200/s",
            exchanges: 2000,
            per_second: 200,
            body: 1 << 10,
            events: 0,
        },
        Kind {
            name: "1 KB, 10000/s",
            exchanges: 50_000,
            per_second: 10_000,
            body: 1 << 10,
            events: 0,
        },
        Kind {
            name: "100 KB, 200/s",
            exchanges: 1000,
            per_second: 200,
            body: 100 << 10,
            events: 0,
        },
        Kind {
            name: "200 events, 200/s",
            exchanges: 1000,
            per_second: 200,
            body: 1 << 10,
            events: 200,
        },
        Kind {
            name: "200 events, 3000/s",
            exchanges: 9000,
            per_second: 3000,
            body: 1 << 10,
            events: 200,
        },
    ] {
        let dir = parent.join(format!("yallmp-request-log-{}", std::process::id()));
        measure(&kind, &dir)?;
        std::fs::remove_dir_all(&dir)?;
    }
    Ok(())
}

fn measure(kind: &Kind, dir: &Path) -> anyhow::Result<()> {
    let recorder = Arc::new(Recorder::start(&RequestLog {
        level: LogLevel::Full,
        dir: dir.to_path_buf(),
        max_exchange_bytes: 4 << 20,
        max_files: Some(1000),
        max_total_bytes: Some(512 << 20),
        max_age: None,
        mask: Default::default(),
    })?);
    let exchange = Exchange::new(kind);
    let mut noting = Duration::ZERO;
    let began = Instant::now();
    for n in 0..kind.exchanges {
        let due = began + Duration::from_secs(1) * n / kind.per_second;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let start = Instant::now();
        exchange.note(n, recorder.clone());
        noting += start.elapsed();
    }
    recorder.flush(Duration::from_secs(60));
    let writer = match writer_cpu() {
        Some(time) => format!("{:.1} us CPU", per(time, kind.exchanges)),
        None => "?".into(),
    };
    let (notes, dropped) = (per(noting, kind.exchanges), recorder.counts().notes_dropped);
    println!(
        "{:28} {notes:>9.1} us {writer:>14} {dropped:>10}",
        kind.name
    );
    Ok(())
}

fn per(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}

struct Exchange {
    headers: HeaderMap,
    body: Bytes,
    event: Bytes,
    events: u32,
}

impl Exchange {
    fn new(kind: &Kind) -> Self {
        let message = r#"{"role":"user","content":"Some words that a person wrote,\nand some more of them."},"#;
        let messages = message.repeat(kind.body / message.len());
        let header = |n| {
            let name = HeaderName::try_from(format!("x-header-{n}")).expect("a name");
            (name, HeaderValue::from_static("the value of a header"))
        };
        let event = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795350923,"model":"m","choices":[{"index":0,"delta":{"content":" words and more words, about as many as come at once"},"logprobs":null,"finish_reason":null}]}"#;
        Self {
            headers: (0..8).map(header).collect(),
            body: format!(
                r#"{{"model":"m","messages":[{messages}{{"role":"user","content":"?"}}]}}"#
            )
            .into(),
            event: format!("data: {event}\n\n").into(),
            events: kind.events,
        }
    }

    fn note(&self, n: u32, sink: Arc<Recorder>) {
        let meta = ExchangeMeta {
            id: format!("01a20341-0914-76ff-9cd8-{n:012}").into(),
            started: SystemTime::now(),
            model: "some/model".into(),
            level: LogLevel::Full,
        };
        let mut tape = Tape::new(sink, Arc::new(meta), 4 << 20);
        tape.note(Note::Request(Box::new(Request {
            method: "POST".into(),
            path: "/v1/chat/completions".into(),
            host: "127.0.0.1:17771".into(),
            headers: mask::headers(&self.headers),
            body: self.body.clone(),
            size: self.body.len(),
            streaming: self.events > 0,
        })));
        tape.note(Note::Route {
            candidates: vec!["m#1".into()],
        });
        tape.note(Note::Attempt(Box::new(Attempt {
            number: 1,
            deployment: "m#1".into(),
            backend: "http://127.0.0.1:8000".into(),
            url: "http://127.0.0.1:8000/v1/chat/completions".into(),
            target_model: "m".into(),
        })));
        tape.note(Note::Sent(Box::new(Sent {
            headers: mask::headers(&self.headers),
            body: self.body.clone(),
            size: self.body.len(),
        })));
        let headers = Box::new(mask::headers(&self.headers));
        tape.note(Note::Head {
            status: StatusCode::OK,
            headers,
        });
        tape.note(Note::Committed);
        for number in 1..=self.events {
            let like = Like::of(number - 1, &self.event, &self.event);
            tape.frame(number, &self.event, Some(like));
        }
        if self.events == 0 {
            tape.note(Note::BodyIn {
                body: self.event.clone(),
                size: self.event.len(),
            });
        }
        tape.finish(Outcome::Success);
    }
}

/// CPU time of the living thread `request-log`.
fn writer_cpu() -> Option<Duration> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    tasks.flatten().find_map(|task| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let times = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanos = times.split(' ').next()?.parse().ok()?;
        (name.trim() == "request-log").then_some(Duration::from_nanos(nanos))
    })
}
