//! What is written is what is read.

use http::HeaderName;
use proptest::prelude::*;

use super::*;
use crate::text::format::{self, Bases};
use crate::text::parse::{self, Log};

pub(super) fn write(meta: &ExchangeMeta, notes: &[Timed]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bases = Bases::default();
    format::put_head(&mut out, meta);
    for note in notes {
        format::put_note(&mut out, &mut bases, note);
    }
    out
}

/// To change the format on purpose, write what the test prints into the file, and into the
/// documentation.
#[test]
fn a_log_looks_like_this() {
    let text = write(&meta("0199aa", "demo"), &story());
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text, include_str!("sample.log"), "written now:\n{text}");
}

#[test]
fn the_documentation_shows_it() {
    let documentation = include_str!("../../../../docs/log-format.md");
    assert!(documentation.contains(include_str!("sample.log")));
}

#[test]
fn and_reads_back_the_same() {
    let log = parse::parse(include_bytes!("sample.log")).unwrap();
    assert_eq!(
        log,
        Log {
            meta: (*meta("0199aa", "demo")).clone(),
            notes: story()
        }
    );
    assert_eq!(log.request().unwrap().path, "/v1/chat/completions");
    assert_eq!(log.end().unwrap().outcome, Outcome::Success);
}

/// `sample_first.log` was written before logs told what plugins gave out and spent.
#[test]
fn logs_of_the_first_version_are_read() {
    let log = parse::parse(include_bytes!("sample_first.log")).unwrap();
    let mut expect = story();
    expect.retain(|timed| !matches!(timed.note, Note::Spent { .. }));
    for timed in &mut expect {
        match &mut timed.note {
            Note::EventPatched(note) => {
                note.given.clear();
                note.what.released = 0;
            }
            Note::End(end) => {
                timed.at = Duration::from_millis(17);
                end.total = timed.at;
            }
            _ => {}
        }
    }
    assert_eq!(log.notes, expect);
}

#[test]
fn a_torn_log_reads_up_to_the_tear() {
    let text = include_bytes!("sample.log");
    let whole = story();
    for cut in 100..text.len() {
        let log =
            parse::parse(&text[..cut]).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        // The last note may be whole or, if it is a block or has fields, part of it.
        let same = log.notes.len().saturating_sub(1);
        assert_eq!(log.notes[..same], whole[..same], "cut at {cut}");
    }
}

#[test]
fn later_versions_may_add_fields_and_records() {
    let text = include_str!("sample.log")
        .replace("level: full\n", "level: full\nplanet: earth\n")
        .replace(
            "\n=== +0.001000 route\n",
            "\n=== +0.000500 weather sunny\nwind: 3\n\n=== +0.001000 route\nwhy: x\n",
        );
    assert_eq!(parse::parse(text.as_bytes()).unwrap().notes, story());
}

#[test]
fn errors_name_the_line() {
    let sample = include_str!("sample.log");
    for (text, expect) in [
        (
            String::new(),
            "line 1: this is no request log: `yallmp log 1` is missing",
        ),
        (
            "{}\n".into(),
            "line 1: this is no request log: `yallmp log 1` is missing",
        ),
        (
            "yallmp log 2\n".into(),
            "line 1: this is `yallmp log 2`; this program reads `yallmp log 1`",
        ),
        (sample.replace("level: full\n", ""), "line 1: no `level:`"),
        (
            sample.replace("+0.002000", "+0.2"),
            "line 20: `0.2` has not six decimals",
        ),
        (
            sample.replace("=== +0.013000 log", "* 1\n\n=== +0.013000 log"),
            "line 61: `* ` stands where no plugin changed an event",
        ),
        (sample.replace("host: ", "hots: "), "line 7: no `host:`"),
        (
            sample.replace("-. \"model\":\"demo\"", "-. \"model\":\"demi\""),
            "line 26: the body before does not hold at byte 1 what the `-` lines show",
        ),
    ] {
        assert_eq!(
            parse::parse(text.as_bytes()).unwrap_err().to_string(),
            expect
        );
    }
}

#[test]
fn an_edited_body_is_taken_as_it_stands() {
    let text = include_str!("sample.log").replacen("Köln", "Rome, and in Paris", 1);
    let log = parse::parse(&text.as_bytes()[..1000]).unwrap();
    assert!(String::from_utf8_lossy(&log.request().unwrap().body).contains("Rome, and in Paris"));
}

#[test]
fn metadata_keeps_sizes() {
    let notes = timed([
        Note::BodyIn {
            body: Bytes::new(),
            size: 7,
        },
        Note::BodyOut {
            body: Bytes::new(),
            size: 0,
        },
    ]);
    let text = write(&meta("a", "b"), &notes);
    assert!(String::from_utf8_lossy(&text).contains("body: 7, not kept\n"));
    assert_eq!(parse::parse(&text).unwrap().notes, notes);
}

proptest! {
    #[test]
    fn any_notes_read_back_the_same(model in any::<String>(), notes in prop::collection::vec(note(), 0..12)) {
        let meta = ExchangeMeta { model: model.into(), ..(*meta("id", "")).clone() };
        let notes = timed(notes);
        let text = write(&meta, &notes);
        prop_assert_eq!(parse::parse(&text), Ok(Log { meta, notes }), "{}", String::from_utf8_lossy(&text));
    }

    #[test]
    fn no_bytes_break_the_reader(text in prop::collection::vec(piece(), 0..60)) {
        let text = [b"yallmp log 1\nid: a\nstarted: 2026-01-01T00:00:00Z\nmodel: m\nlevel: full\n".to_vec(), text.concat()].concat();
        let _ = parse::parse(&text);
    }
}

/// Pieces of logs in any order.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "=== +0.000001 ",
        "< +1.000000 ",
        "> +",
        "~ +0.000000 ",
        "request POST /",
        "sent",
        "patched x",
        "end success",
        "\n",
        "body: ",
        "5",
        ", as before",
        ", changed at ",
        "| ",
        ". ",
        "\\. ",
        "\\x",
        "-",
        "+",
        "\\| a",
        "    a: b",
        "status: 200",
        "total: 0.000000",
        ": ",
        " by ",
        "held 1",
        "* ",
        "* new\n",
        "spent x",
    ];
    prop_oneof![
        8 => prop::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        any::<u32>().prop_map(Given::AsCame),
        (prop::option::of(any::<String>()), any::<String>()).prop_map(|(name, data)| {
            Given::Made {
                name: name.map(Into::into),
                data: data.into(),
            }
        }),
    ]
}

fn spent() -> impl Strategy<Value = Spent> {
    (any::<[u32; 7]>(), any::<u32>()).prop_map(
        |(
            [
                calls,
                held_events,
                held_bytes,
                dropped,
                added,
                changed,
                failed,
            ],
            micros,
        )| Spent {
            calls,
            time: Duration::from_micros(micros.into()),
            held_events,
            held_bytes: held_bytes as usize,
            dropped,
            added,
            changed,
            failed,
        },
    )
}

pub(super) fn note() -> impl Strategy<Value = Note> {
    let text = || any::<String>();
    let name = || any::<String>().prop_map(Arc::<str>::from);
    prop_oneof![
        (
            "[A-Z]{1,7}",
            text(),
            text(),
            header_map(),
            body(),
            any::<bool>()
        )
            .prop_map(|(method, path, host, headers, body, streaming)| {
                let size = body.len();
                Note::Request(Box::new(Request {
                    method,
                    path,
                    host,
                    headers,
                    body,
                    size,
                    streaming,
                }))
            }),
        prop::collection::vec(text(), 0..3).prop_map(|candidates| Note::Route { candidates }),
        (any::<u32>(), text(), text(), text(), text()).prop_map(
            |(number, deployment, backend, url, target_model)| {
                Note::Attempt(Box::new(Attempt {
                    number,
                    deployment,
                    backend,
                    url,
                    target_model,
                }))
            }
        ),
        (name(), body(), prop::collection::vec(text(), 0..3)).prop_map(
            |(plugin, body, headers)| {
                let size = body.len();
                Note::RequestPatched(Box::new(RequestPatched {
                    plugin,
                    body,
                    size,
                    headers,
                }))
            }
        ),
        (header_map(), body()).prop_map(|(headers, body)| {
            let size = body.len();
            Note::Sent(Box::new(Sent {
                headers,
                body,
                size,
            }))
        }),
        (100u16..=999, header_map()).prop_map(|(status, headers)| Note::Head {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Box::new(headers),
        }),
        body().prop_map(|body| Note::BodyIn {
            size: body.len(),
            body
        }),
        body().prop_map(|body| Note::BodyOut {
            size: body.len(),
            body
        }),
        (any::<u32>(), frame()).prop_map(|(number, raw)| Note::EventIn { number, raw }),
        frame().prop_map(|raw| Note::EventOut { raw }),
        (
            name(),
            any::<[u32; 4]>(),
            prop::collection::vec(given(), 0..3)
        )
            .prop_map(|(plugin, [number, held, dropped, added], given)| {
                Note::EventPatched(Box::new(EventPatched {
                    plugin,
                    number,
                    what: EventChange {
                        held,
                        released: 0,
                        dropped,
                        added,
                    },
                    given,
                }))
            }),
        (name(), spent()).prop_map(|(plugin, spent)| Note::Spent {
            plugin,
            spent: Box::new(spent),
        }),
        (name(), text()).prop_map(|(plugin, message)| Note::Plugin {
            plugin,
            line: LogLine {
                level: Level::Warn,
                message
            },
        }),
        (name(), "[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text()).prop_map(|(plugin, name, value)| {
            Note::Fact {
                plugin,
                fact: Fact { name, value },
            }
        }),
        (name(), text(), text(), body(), any::<bool>()).prop_map(
            |(plugin, hook, error, input, skipped)| {
                Note::PluginFailed(Box::new(PluginFailed {
                    plugin,
                    hook,
                    error,
                    input,
                    skipped,
                }))
            }
        ),
        Just(Note::Committed),
        (text(), text()).prop_map(|(error, next)| Note::AttemptFailed { error, next }),
        text().prop_map(Note::Warning),
        (
            prop::option::of(text()),
            prop::option::of(text()),
            any::<[u64; 4]>()
        )
            .prop_map(|(error, usage, counts)| {
                let Note::End(end) = end(Outcome::Cancelled) else {
                    unreachable!()
                };
                let [events_in, events_out, bytes_out, notes_dropped] = counts;
                Note::End(Box::new(End {
                    error,
                    usage,
                    events_in,
                    events_out,
                    bytes_out,
                    notes_dropped,
                    ..*end
                }))
            }),
    ]
}

/// Bodies that share parts, so that splices occur.
fn body() -> impl Strategy<Value = Bytes> {
    let word = prop::sample::select(vec![
        &b"{\"role\":\"user\",\"content\":\"0123456789012345678901234567890123456789\"}"[..],
        b"{\"model\":\"a\",",
        b"{\"model\":\"b\",",
        b"\n",
        b"\r\n",
        b"\\",
        b"\\n",
        b"\xff",
        b"\xc3\xa9",
        b"\xc3",
        b"\0",
        b"| ",
        b"=== +0.000000 end success\n",
        b"-. x\n",
    ]);
    prop_oneof![
        3 => prop::collection::vec(word, 0..12).prop_map(|words| Bytes::from(words.concat())),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from),
    ]
}

fn frame() -> impl Strategy<Value = Bytes> {
    let ending = prop::sample::select(vec!["", "\n", "\n\n", "\r\n\r\n", "\n\n\n"]);
    let start = prop::sample::select(vec!["data: ", "data:", ": ", "event: a\ndata: "]);
    (start, body(), ending).prop_map(|(start, body, ending)| {
        [start.as_bytes(), &body, ending.as_bytes()].concat().into()
    })
}

fn header_map() -> impl Strategy<Value = HeaderMap> {
    let value = prop::collection::vec(any::<u8>(), 0..8)
        .prop_filter_map("a header value", |bytes| {
            HeaderValue::from_bytes(&bytes).ok()
        });
    let name = "[a-c][a-z-]{0,3}".prop_map(|name| name.parse::<HeaderName>().unwrap());
    prop::collection::vec((name, value), 0..4).prop_map(|fields| {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(name, value);
        }
        map
    })
}
