//! What the events and bodies of each API mean: which of them hold an answer, end one, or
//! are an error. Sources: the OpenAI API reference (chat completions, completions,
//! responses) and what servers do beside it.

mod responses;
mod said;
mod together;
mod tokens;
mod twin;

pub use said::Said;
pub use together::Together;
pub use tokens::Tokens;
pub use twin::Twin;

use std::sync::LazyLock;

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memmem::Finder;
use serde_json::{Map, Value, json};

use crate::body::RequestBody;
use crate::sse;

/// A key in its quotes. Each is looked for in every event, and making the search ready
/// costs more than the search.
type Key = LazyLock<Finder<'static>>;

static ERROR: Key = LazyLock::new(|| Finder::new("\"error\""));
static FINISH_REASON: Key = LazyLock::new(|| Finder::new("\"finish_reason\""));
static TOOL_CALLS: Key = LazyLock::new(|| Finder::new("\"tool_calls\""));
static USAGE: Key = LazyLock::new(|| Finder::new("\"usage\""));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Chat,
    Completions,
    Responses,
    /// Anything else under `/v1/`: passed on without being understood.
    Other,
}

impl Dialect {
    /// By path, with or without `/v1`.
    pub fn of(path: &str) -> Self {
        match path.strip_prefix("/v1").unwrap_or(path) {
            "/chat/completions" => Self::Chat,
            "/completions" => Self::Completions,
            "/responses" => Self::Responses,
            _ => Self::Other,
        }
    }

    /// Stable, for metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Responses => "responses",
            Self::Other => "other",
        }
    }

    /// Whether plugins see the answers. Requests go through the chain in every dialect.
    pub fn patches_answers(self) -> bool {
        matches!(self, Self::Chat | Self::Responses)
    }

    /// Whether a stream ends with `data: [DONE]`.
    pub fn ends_with_done(self) -> bool {
        matches!(self, Self::Chat | Self::Completions)
    }

    /// Whether an event holds a piece of an answer: text, reasoning, a tool call or the
    /// reason of the end. Roles, empty deltas and `choices: []` do not.
    pub fn is_meaningful(self, data: &str) -> bool {
        let Ok(event) = serde_json::from_str::<Value>(data) else {
            return false;
        };
        match self {
            Self::Chat | Self::Completions => {
                let choices = event["choices"].as_array().map(Vec::as_slice);
                choices.unwrap_or_default().iter().any(choice_is_meaningful)
            }
            Self::Responses => responses::is_meaningful(&event),
            Self::Other => true,
        }
    }

    /// Whether an event ends the answer. Decided without a JSON tree, since every event of
    /// every stream is asked.
    pub fn finishes(self, data: &str) -> bool {
        match self {
            Self::Chat | Self::Completions => member_is_set(data, &FINISH_REASON),
            Self::Responses => responses::finishes(data),
            Self::Other => false,
        }
    }

    /// Whether nothing follows the event that ends the answer.
    pub fn ends_with_event(self) -> bool {
        self == Self::Responses
    }

    /// Whether a stream can be made the whole answer that a client asked for.
    pub fn gathers_streams(self) -> bool {
        matches!(self, Self::Chat | Self::Responses)
    }

    /// The error body that an event or a whole answer is, instead of an answer. `name` is
    /// that of the event.
    pub fn failure(self, name: Option<&str>, data: &ByteString) -> Option<Bytes> {
        if is_error(data) {
            return Some(data.as_bytes().clone());
        }
        match self {
            Self::Responses => responses::failure(data).or_else(|| responses::failed(data)),
            _ if name == Some("error") => Some(format!("{{\"error\":{data}}}").into()),
            _ => None,
        }
    }

    /// The whole answer that the last event of a stream holds.
    pub fn whole(self, data: &str) -> Option<Bytes> {
        match self {
            Self::Responses if responses::finishes(data) => responses::whole(data),
            _ => None,
        }
    }

    /// The last chunk of an answer whose backend forgot it, made in the image of one that
    /// it sent.
    pub fn finish_chunk(self, like: &str, reason: &str) -> Option<ByteString> {
        let mut chunk: Map<String, Value> = serde_json::from_str(like).ok()?;
        chunk.remove("usage");
        let choice = match self {
            Self::Chat => json!({"index": 0, "delta": {}, "finish_reason": reason}),
            Self::Completions => json!({"index": 0, "text": "", "finish_reason": reason}),
            Self::Responses | Self::Other => return None,
        };
        chunk.insert("choices".into(), json!([choice]));
        Some(Value::Object(chunk).to_string().into())
    }

    /// What is missing from a whole answer, if anything is.
    pub fn lacks(self, body: &RequestBody) -> Option<&'static str> {
        let is_empty = |name| {
            body.member(name).is_none_or(|list| {
                list == "null"
                    || list
                        .strip_prefix('[')
                        .is_some_and(|l| l.trim_start() == "]")
            })
        };
        match self {
            Self::Chat | Self::Completions if is_empty("choices") => Some("no `choices`"),
            Self::Responses if body.member("output").is_none() => Some("no `output`"),
            _ => None,
        }
    }

    /// A whole answer as the frames of a stream, without `[DONE]`. Nothing of it is lost.
    pub fn stream_of(self, whole: &str, include_usage: bool) -> Option<Vec<Bytes>> {
        match self {
            Self::Chat => {
                let chunks = chunks_of(whole, include_usage)?;
                Some(
                    chunks
                        .iter()
                        .map(|chunk| sse::encode(None, chunk))
                        .collect(),
                )
            }
            // A chunk has the shape of a completion.
            Self::Completions => Some(vec![sse::encode(None, whole)]),
            Self::Responses => responses::stream_of(whole),
            Self::Other => None,
        }
    }

    /// An error as an event of a stream, after this event.
    pub fn error_event(self, error: &Value, last: Option<&str>) -> (Option<&'static str>, String) {
        match self {
            Self::Responses => (Some("error"), responses::error_event(error, last)),
            _ => (None, error.to_string()),
        }
    }
}

fn choice_is_meaningful(choice: &Value) -> bool {
    if !choice["finish_reason"].is_null() {
        return true;
    }
    let holds = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    let delta = choice.get("delta").or_else(|| choice.get("message"));
    let delta_holds = delta.and_then(Value::as_object).is_some_and(|delta| {
        delta
            .iter()
            .any(|(name, value)| name != "role" && holds(value))
    });
    delta_holds || holds(&choice["text"])
}

/// Whether the key stands somewhere with a value that is not null.
fn member_is_set(data: &str, key: &Key) -> bool {
    let bytes = data.as_bytes();
    key.find_iter(bytes).any(|at| {
        let rest = bytes[at + key.needle().len()..].trim_ascii_start();
        rest.strip_prefix(b":")
            .is_some_and(|value| !value.trim_ascii_start().starts_with(b"null"))
    })
}

/// Whether an event or body is an error instead of an answer: an object with an `error`
/// that is set and without `choices` (or with one that ended in `error`, as OpenRouter's do),
/// or one of type `error`.
fn is_error(data: &str) -> bool {
    if ERROR.find(data.as_bytes()).is_none() {
        return false;
    }
    let Ok(body) = RequestBody::from_text(data.into()) else {
        return false;
    };
    let has = |name| body.member(name).is_some_and(|value| value != "null");
    let is_answer = || (has("choices") && !gave_up(&body)) || has("output");
    (has("error") && !is_answer()) || body.member("type") == Some("\"error\"")
}

fn gave_up(body: &RequestBody) -> bool {
    let choices: Option<Vec<Value>> = body
        .member("choices")
        .and_then(|choices| serde_json::from_str(choices).ok());
    let choices = choices.unwrap_or_default();
    choices
        .iter()
        .any(|choice| choice["finish_reason"] == "error")
}

/// Whether an event or body may carry usage.
pub fn has_usage(data: &str) -> bool {
    member_is_set(data, &USAGE)
}

/// Whether an event holds (a part of) a tool call.
pub fn has_calls(data: &str) -> bool {
    TOOL_CALLS.find(data.as_bytes()).is_some_and(|at| {
        let rest = data.as_bytes()[at + TOOL_CALLS.needle().len()..].trim_ascii_start();
        let list = rest
            .strip_prefix(b":")
            .unwrap_or_default()
            .trim_ascii_start();
        list.strip_prefix(b"[")
            .is_some_and(|items| !items.trim_ascii_start().starts_with(b"]"))
    })
}

/// The `usage` object of an event or body, as JSON text.
pub fn usage(data: &str) -> Option<String> {
    if !has_usage(data) {
        return None;
    }
    let value: Value = serde_json::from_str(data).ok()?;
    let usage = [&value["usage"], &value["response"]["usage"]]
        .into_iter()
        .find(|u| u.is_object());
    usage.map(Value::to_string)
}

/// `total_tokens` of a `usage` object.
pub fn total_tokens(usage: &str) -> Option<u64> {
    let usage: Value = serde_json::from_str(usage).ok()?;
    usage["total_tokens"].as_u64()
}

/// Whether an event carries usage and nothing else (`choices: []`).
pub fn is_usage_only(data: &str) -> bool {
    has_usage(data)
        && serde_json::from_str::<Value>(data).is_ok_and(|event| {
            event["usage"].is_object() && event["choices"].as_array().is_some_and(Vec::is_empty)
        })
}

/// A whole chat completion as the events of a stream, without `[DONE]`. Nothing is lost:
/// unknown members of the message and of the completion go into the chunks.
fn chunks_of(whole: &str, include_usage: bool) -> Option<Vec<String>> {
    let mut head: Map<String, Value> = serde_json::from_str(whole).ok()?;
    let choices = match head.remove("choices")? {
        Value::Array(choices) => choices,
        _ => return None,
    };
    let usage = head.remove("usage");
    head.insert("object".into(), "chat.completion.chunk".into());
    let chunk = |choices: Value| {
        let mut chunk = head.clone();
        chunk.insert("choices".into(), choices);
        chunk
    };
    let mut chunks = Vec::new();
    for mut choice in choices {
        let mut delta = choice["message"].take();
        if let Some(calls) = delta.get_mut("tool_calls").and_then(Value::as_array_mut) {
            for (index, call) in calls.iter_mut().enumerate() {
                if let Some(call) = call.as_object_mut() {
                    call.entry("index").or_insert(index.into());
                }
            }
        }
        let index = choice.get("index").cloned().unwrap_or(0.into());
        let first = json!([{"index": index, "delta": delta, "finish_reason": null}]);
        chunks.push(Value::Object(chunk(first)).to_string());
        if let Some(choice) = choice.as_object_mut() {
            choice.remove("message");
            choice.insert("delta".into(), json!({}));
        }
        chunks.push(Value::Object(chunk(json!([choice]))).to_string());
    }
    if let Some(usage) = usage.filter(|_| include_usage) {
        let mut last = chunk(json!([]));
        last.insert("usage".into(), usage);
        chunks.push(Value::Object(last).to_string());
    }
    Some(chunks)
}
