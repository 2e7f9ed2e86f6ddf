//! What is particular to the Responses API: a stream says where it stands in events of many
//! types, and its last event holds the whole answer.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::{Value, json};

use crate::body::RequestBody;
use crate::sse;

static TYPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"response."));

/// Whether an event is a piece of an answer, or of the work of a tool on the server's side.
/// Announcements, empty parts that will be filled, and signs of life are not.
pub(super) fn is_meaningful(event: &Value) -> bool {
    let Some(kind) = event["type"]
        .as_str()
        .and_then(|kind| kind.strip_prefix("response."))
    else {
        return false;
    };
    if kind.ends_with(".delta") {
        return event["delta"] != "";
    }
    match kind {
        "created" | "queued" | "in_progress" => false,
        "output_item.added" => !matches!(
            event["item"]["type"].as_str(),
            Some("message" | "reasoning")
        ),
        _ => !kind.ends_with("_part.added"),
    }
}

/// Whether an event ends an answer, be it cut short by a limit. Asked of every event, so a
/// name is looked for before anything is parsed.
pub(super) fn finishes(event: &str) -> bool {
    may_be(event, &["completed\"", "incomplete\""])
        && matches!(
            kind(event).as_deref(),
            Some("\"response.completed\"" | "\"response.incomplete\"")
        )
}

/// The error of a `response.failed`, in the shape of an error body.
pub(super) fn failure(event: &str) -> Option<Bytes> {
    if !may_be(event, &["failed\""]) || kind(event)? != "\"response.failed\"" {
        return None;
    }
    failed(&member(event, "response")?)
}

/// The same of a whole answer whose status is `failed`.
pub(super) fn failed(response: &str) -> Option<Bytes> {
    if member(response, "status")? != "\"failed\"" {
        return None;
    }
    let error = member(response, "error").unwrap_or_else(|| "null".to_owned());
    Some(Bytes::from(format!("{{\"error\":{error}}}")))
}

/// The answer in the event that [`finishes`] it.
pub(super) fn whole(event: &str) -> Option<Bytes> {
    Some(Bytes::from(member(event, "response")?))
}

/// A whole answer as the frames of a stream: its items in turn, their text in one piece,
/// and the answer itself at the end.
pub(super) fn stream_of(whole: &str) -> Option<Vec<Bytes>> {
    let response: Value = serde_json::from_str(whole).ok()?;
    let mut events = Events::default();
    let mut begun = response.clone();
    begun["status"] = "in_progress".into();
    begun["output"] = json!([]);
    events.say("response.created", json!({"response": begun}));
    for (i, item) in response["output"].as_array()?.iter().enumerate() {
        events.say(
            "response.output_item.added",
            json!({"output_index": i, "item": item}),
        );
        let parts = item["content"].as_array().map(Vec::as_slice);
        for (j, part) in parts.unwrap_or_default().iter().enumerate() {
            if let Some(text) = part["text"]
                .as_str()
                .filter(|_| part["type"] == "output_text")
            {
                let place = json!({
                    "item_id": item["id"], "output_index": i, "content_index": j, "delta": text,
                });
                events.say("response.output_text.delta", place);
            }
        }
        events.say(
            "response.output_item.done",
            json!({"output_index": i, "item": item}),
        );
    }
    let end = match response["status"].as_str() {
        Some("incomplete") => "response.incomplete",
        _ => "response.completed",
    };
    events.say(end, json!({"response": response}));
    Some(events.0)
}

#[derive(Default)]
struct Events(Vec<Bytes>);

impl Events {
    fn say(&mut self, kind: &str, members: Value) {
        let mut event = json!({"type": kind, "sequence_number": self.0.len()});
        if let (Value::Object(event), Value::Object(members)) = (&mut event, members) {
            event.extend(members);
        }
        self.0.push(sse::encode(Some(kind), &event.to_string()));
    }
}

/// An error as an event that follows `last`.
pub(super) fn error_event(error: &Value, last: Option<&str>) -> String {
    let inner = &error["error"];
    let mut event = json!({
        "type": "error",
        "code": inner["code"],
        "message": inner["message"],
        "param": inner["param"],
    });
    let number = last.and_then(|last| member(last, "sequence_number")?.parse::<u64>().ok());
    if let Some(number) = number {
        event["sequence_number"] = (number + 1).into();
    }
    event.to_string()
}

/// Whether one of these follows `"response.` somewhere.
fn may_be(event: &str, ends: &[&str]) -> bool {
    let bytes = event.as_bytes();
    TYPE.find_iter(bytes).any(|at| {
        let rest = &bytes[at + TYPE.needle().len()..];
        ends.iter().any(|end| rest.starts_with(end.as_bytes()))
    })
}

fn kind(event: &str) -> Option<String> {
    member(event, "type")
}

fn member(object: &str, name: &str) -> Option<String> {
    let object = RequestBody::from_text(object.into()).ok()?;
    object.member(name).map(str::to_owned)
}
