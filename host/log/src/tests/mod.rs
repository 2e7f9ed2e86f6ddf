mod files;
mod formats;
mod masks;
mod traces;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use yallmp_core::chain::{EndReason, Fact, Level, LogLine};
use yallmp_core::config::{LogLevel, RequestLog};
use yallmp_core::tape::*;

/// A folder of its own, deleted at the end.
pub(crate) struct TempDir(pub(crate) PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("yallmp-record-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) fn settings(dir: &Path) -> RequestLog {
    RequestLog {
        level: LogLevel::Full,
        dir: dir.to_path_buf(),
        max_exchange_bytes: 1 << 20,
        max_files: None,
        max_total_bytes: None,
        max_age: None,
        mask: Default::default(),
    }
}

/// 2026-11-22 18:03:11 UTC and a bit.
pub(crate) fn meta(id: &str, model: &str) -> Arc<ExchangeMeta> {
    Arc::new(ExchangeMeta {
        id: id.into(),
        started: SystemTime::UNIX_EPOCH + Duration::new(1_795_370_591, 123_456_000),
        model: model.into(),
        level: LogLevel::Full,
    })
}

/// Notes a millisecond apart.
pub(crate) fn timed(notes: impl IntoIterator<Item = Note>) -> Vec<Timed> {
    let at = (0..).map(Duration::from_millis);
    at.zip(notes).map(|(at, note)| Timed { at, note }).collect()
}

fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect()
}

pub(crate) fn request(body: &'static str) -> Note {
    Note::Request(Box::new(Request {
        method: "POST".into(),
        path: "/v1/chat/completions".into(),
        host: "127.0.0.1:17771".into(),
        headers: headers(&[
            ("content-type", "application/json"),
            ("authorization", "Bearer sk-...cdef"),
        ]),
        body: body.into(),
        size: body.len(),
        streaming: true,
    }))
}

pub(crate) fn event(number: u32, raw: impl Into<Bytes>) -> Note {
    Note::EventIn {
        number,
        raw: raw.into(),
    }
}

pub(crate) fn end(outcome: Outcome) -> Note {
    Note::End(Box::new(End {
        outcome,
        reason: Some(EndReason::Done),
        status: StatusCode::OK,
        error: None,
        deployment: Some("demo#1".into()),
        attempts: 1,
        events_in: 2,
        events_out: 2,
        bytes_out: 90,
        usage: Some(r#"{"total_tokens":7}"#.into()),
        first_event: Some(Duration::from_micros(8000)),
        total: Duration::from_micros(19_000),
        notes_dropped: 0,
        plugins: Vec::new(),
    }))
}

/// One of each note, as an exchange would make them.
pub(crate) fn story() -> Vec<Timed> {
    let asked = r#"{"model":"demo","messages":[{"role":"system","content":"Be brief\tand kind."},{"role":"user","content":"What is the weather in Köln?"}],"stream":true}"#;
    let patched = asked.replace(r#""demo""#, r#""leaky-tools""#);
    let size = patched.len();
    timed([
        request(asked),
        Note::Route {
            candidates: vec!["demo#1".into(), "demo#2".into()],
        },
        Note::Attempt(Box::new(Attempt {
            number: 1,
            deployment: "demo#1".into(),
            backend: "builtin://demo".into(),
            url: "builtin://demo/v1/chat/completions".into(),
            target_model: "leaky-tools".into(),
        })),
        Note::RequestPatched(Box::new(RequestPatched {
            plugin: "model-rewrite".into(),
            body: patched.clone().into(),
            size,
            headers: vec!["x-seen: yes".into(), "-x-gone".into()],
        })),
        Note::Sent(Box::new(Sent {
            headers: headers(&[("content-type", "application/json"), ("x-seen", "yes")]),
            body: patched.into(),
            size,
        })),
        Note::Head {
            status: StatusCode::OK,
            headers: Box::new(headers(&[("content-type", "text/event-stream")])),
        },
        event(
            1,
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n",
        ),
        event(0, ": ping\r\n\r\n"),
        Note::Committed,
        event(
            2,
            "data: {\"choices\":[{\"delta\":{\"content\":\"<tool_call>\"}}]}\n\n",
        ),
        Note::EventPatched(Box::new(EventPatched {
            plugin: "tool-call-fix".into(),
            number: 2,
            what: EventChange {
                held: 1,
                released: 1,
                added: 2,
                ..EventChange::default()
            },
            given: vec![
                Given::AsCame(1),
                Given::Made {
                    name: None,
                    data: r#"{"choices":[]}"#.into(),
                },
                Given::Made {
                    name: Some("x".into()),
                    data: "{}".into(),
                },
            ],
        })),
        Note::EventOut {
            raw: Bytes::from_static(b"event: x\ndata: {}\n\n"),
        },
        Note::EventOut {
            raw: Bytes::from_static(b"data: \xff\n\n"),
        },
        Note::Plugin {
            plugin: "tool-call-fix".into(),
            line: LogLine {
                level: Level::Info,
                message: "repaired\none call".into(),
            },
        },
        Note::Fact {
            plugin: "reasoning-keep".into(),
            fact: Fact {
                name: "restored".into(),
                value: "k1:1/3".into(),
            },
        },
        Note::PluginFailed(Box::new(PluginFailed {
            plugin: "my-fixer".into(),
            hook: "on-event".into(),
            error: "trap: unreachable".into(),
            input: Bytes::from_static(b"{\"choices\":[]}"),
            skipped: true,
        })),
        Note::Warning("the backend sent no [DONE]".into()),
        Note::Spent {
            plugin: "model-rewrite".into(),
            spent: Box::new(Spent {
                calls: 1,
                time: Duration::from_micros(45),
                changed: 1,
                ..Spent::default()
            }),
        },
        Note::Spent {
            plugin: "tool-call-fix".into(),
            spent: Box::new(Spent {
                calls: 2,
                time: Duration::from_micros(118),
                held_events: 1,
                held_bytes: 58,
                added: 2,
                changed: 1,
                ..Spent::default()
            }),
        },
        end(Outcome::Success),
    ])
}
