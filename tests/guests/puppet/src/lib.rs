//! A guest for tests: does in each hook what its configuration says, good or evil. Uses no
//! SDK, so that it can break every rule, and imports nothing that it could wait for.
//!
//! `{"plan": …, "begin": …, "request": …, "event": …, "end": …}`, each a word of [`evil`] or
//! of the hook's own function. A hook that is not named does nothing.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod runtime;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use exports::yallmp::patch::plugin::Guest;
use yallmp::patch::types::*;
use yallmp::patch::{host, request};

wit_bindgen::generate!({ path: "../../../wit", world: "patch" });

struct Puppet;

/// The only thread of the instance owns it.
struct Memory(RefCell<(String, u32)>);
unsafe impl Sync for Memory {}
static MEMORY: Memory = Memory(RefCell::new((String::new(), 0)));

/// What the configuration says for a hook, or "".
fn told(config: &str, hook: &str) -> String {
    let key = format!("\"{hook}\":\"");
    let Some(at) = config.find(&key) else {
        return String::new();
    };
    let rest = &config[at + key.len()..];
    rest[..rest.find('"').unwrap_or(0)].to_string()
}

fn order(hook: &str) -> String {
    told(&MEMORY.0.borrow().0, hook)
}

/// How many events this instance has seen, this one included.
fn seen() -> u32 {
    let mut memory = MEMORY.0.borrow_mut();
    memory.1 += 1;
    memory.1
}

/// What no plugin should do.
fn evil(word: &str) -> Result<(), PluginError> {
    match word {
        "error" => Err(PluginError {
            code: "puppet-error".into(),
            message: "told to fail".into(),
        }),
        "trap" => core::hint::black_box(Option::<()>::None).map_or_else(|| trap(), Ok),
        "loop" => loop {
            core::hint::black_box(0);
        },
        "grow" => loop {
            core::mem::forget(vec![1u8; 1 << 20]);
        },
        "huge" => {
            core::hint::black_box(vec![1u8; 1 << 30]);
            Ok(())
        }
        "recurse" => {
            core::hint::black_box(recurse(0));
            Ok(())
        }
        _ => Ok(()),
    }
}

fn trap() -> ! {
    panic!("told to panic")
}

#[expect(unconditional_recursion, reason = "the test of the stack's limit")]
fn recurse(depth: u64) -> u64 {
    let frame = core::hint::black_box([depth; 8]);
    core::hint::black_box(recurse(frame[7] + 1)) + 1
}

/// Over the limit of a call, if that is less than the memory.
fn oversized() -> String {
    "x".repeat(3 << 20)
}

fn new(data: &str) -> Item {
    Item::New(NewEvent {
        name: None,
        data: data.into(),
    })
}

fn emit(items: Vec<Item>, keep: u32) -> Outcome {
    Outcome::Emit(Emission {
        items,
        keep,
        stand_in: None,
    })
}

fn edit(body: BodyEdit) -> RequestOutcome {
    RequestOutcome::Edit(RequestEdit {
        body,
        set_headers: Vec::new(),
        remove_headers: Vec::new(),
    })
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

impl Guest for Puppet {
    fn describe() -> Info {
        Info {
            name: "puppet".into(),
            version: "0.1.0".into(),
            summary: "Does what it is told".into(),
            config_schema: r#"{
                "type": ["object", "null"],
                "properties": {
                    "plan": {"type": "string"}, "begin": {"type": "string"},
                    "request": {"type": "string"}, "event": {"type": "string"},
                    "end": {"type": "string"}
                },
                "additionalProperties": false
            }"#
            .into(),
        }
    }

    fn plan(config: String, deployment: Deployment) -> Result<Wants, PluginError> {
        let word = told(&config, "plan");
        evil(&word)?;
        let interest = match word.as_str() {
            "none" => Interest::None,
            "words" => Interest::AnyOf(vec!["needle".into(), deployment.target_model]),
            "bad-interest" => Interest::AnyOf(vec![String::new()]),
            _ => Interest::All,
        };
        Ok(Wants {
            request: interest.clone(),
            response: if word == "request-only" {
                Interest::None
            } else {
                interest
            },
            errors: match word.as_str() {
                "errors" => Interest::AnyOf(vec!["needle".into()]),
                _ => Interest::None,
            },
        })
    }

    fn begin(config: String, _: Exchange) -> Result<(), PluginError> {
        evil(&told(&config, "begin"))?;
        MEMORY.0.borrow_mut().0 = config;
        Ok(())
    }

    fn on_request() -> Result<RequestOutcome, PluginError> {
        let word = order("request");
        evil(&word)?;
        Ok(match word.as_str() {
            "members" => edit(BodyEdit::Members(vec![
                ("puppet".into(), Some("true".into())),
                ("gone".into(), None),
            ])),
            "replace" => edit(BodyEdit::Replace(r#"{"model":"replaced"}"#.into())),
            "headers" => RequestOutcome::Edit(RequestEdit {
                body: BodyEdit::Keep,
                set_headers: vec![("x-puppet".into(), "1".into())],
                remove_headers: vec!["x-gone".into()],
            }),
            "read" => edit(BodyEdit::Members(vec![
                ("member".into(), request::member("model")),
                ("size".into(), Some(request::body().len().to_string())),
                (
                    "header".into(),
                    request::header("x-test").map(|value| quoted(&value)),
                ),
            ])),
            "answer" => RequestOutcome::Answer(Answer {
                status: 200,
                body: r#"{"choices":[]}"#.into(),
            }),
            "reject" => RequestOutcome::Reject(Rejection {
                status: 403,
                message: "told to reject".into(),
                kind: "permission_error".into(),
                param: Some("model".into()),
                code: None,
            }),
            "log" => {
                host::log(host::Level::Warn, "told to log");
                RequestOutcome::Unchanged
            }
            "note" => {
                host::note("told", "1 of 2, ü");
                host::note("to note", &"v".repeat(300));
                RequestOutcome::Unchanged
            }
            "note-flood" => {
                for _ in 0..100 {
                    host::note("n", "v");
                }
                RequestOutcome::Unchanged
            }
            "log-flood" => {
                let line = "l".repeat(20 << 10);
                for _ in 0..1500 {
                    host::log(host::Level::Debug, &line);
                }
                RequestOutcome::Unchanged
            }
            "listen" => {
                host::listen(&Interest::AnyOf(vec!["later".into()]));
                RequestOutcome::Unchanged
            }
            "listen-badly" => {
                host::listen(&Interest::AnyOf(vec!["x".repeat(200)]));
                RequestOutcome::Unchanged
            }
            "bad-status" => RequestOutcome::Answer(Answer {
                status: 99,
                body: "{}".into(),
            }),
            "bad-json" => edit(BodyEdit::Replace("{no json".into())),
            "oversized" => edit(BodyEdit::Replace(oversized())),
            _ => RequestOutcome::Unchanged,
        })
    }

    fn on_event(event: Event) -> Result<Outcome, PluginError> {
        let word = order("event");
        let seen = seen();
        evil(&word)?;
        Ok(match word.as_str() {
            "drop" => emit(Vec::new(), 0),
            "hold" => emit(Vec::new(), seen),
            "rewrite" => emit(vec![new(&event.data.replace("needle", "pin"))], 0),
            "split" => emit(vec![Item::Held(0), new(&format!("{{\"copy\":{seen}}}"))], 0),
            "stand-in" => Outcome::Emit(Emission {
                items: Vec::new(),
                keep: 1,
                stand_in: Some(r#"{"stand":"in"}"#.into()),
            }),
            "stand-in-for-nothing" => Outcome::Emit(Emission {
                items: Vec::new(),
                keep: 0,
                stand_in: Some("{}".into()),
            }),
            "second-traps" if seen == 2 => trap(),
            "second-traps" => emit(Vec::new(), seen),
            "second-loops" if seen == 2 => evil("loop").map(|()| Outcome::Unchanged)?,
            "retry" => Outcome::Retry("told to retry".into()),
            "bad-index" => emit(vec![Item::Held(7)], 0),
            "bad-keep" => emit(Vec::new(), seen + 7),
            "bad-json" => emit(vec![new("{no json")], 0),
            "oversized" => emit(vec![new(&oversized())], 0),
            "many" => {
                let text = "y".repeat(64 << 10);
                emit((0..40).map(|_| new(&text)).collect(), 0)
            }
            _ => Outcome::Unchanged,
        })
    }

    fn on_end(reason: EndReason) -> Result<Vec<Item>, PluginError> {
        let word = order("end");
        evil(&word)?;
        let seen = MEMORY.0.borrow().1;
        Ok(match word.as_str() {
            "flush" => (0..seen).map(Item::Held).collect(),
            "say" => vec![new(&quoted(&format!("{reason:?}")))],
            "bad-index" => vec![Item::Held(seen + 7)],
            "bad-json" => vec![new("{no json")],
            "oversized" => vec![new(&oversized())],
            _ => Vec::new(),
        })
    }
}

export!(Puppet);
