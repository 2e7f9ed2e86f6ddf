//! Turns of the Responses API that name the answer they go on from, and send only what is new:
//! the backend keeps the rest.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use yallmp_core::tape::{Note, Timed};

use crate::record::mask::HIDDEN;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    response: Option<Answer<'a>>,
}

/// The id of the answer that a request goes on from.
pub fn before(request: &Value) -> Option<&str> {
    let id = request.get("previous_response_id")?.as_str()?;
    is_id(id).then_some(id)
}

/// The id of the answer as the client got it, which a later request can name. None of other
/// answers than those of the Responses API.
pub fn answer(notes: &[Timed]) -> Option<String> {
    let is_ours = notes.iter().any(|timed| match &timed.note {
        Note::Request(request) => request.path.trim_end_matches('/').ends_with("/responses"),
        _ => false,
    });
    if !is_ours {
        return None;
    }
    // What went out is only noted where it is not what came.
    let (mut came, mut went) = (None, None);
    for timed in notes {
        match &timed.note {
            Note::Attempt(_) => (came, went) = (None, None),
            Note::EventIn { raw, .. } if came.is_none() => came = in_frame(raw),
            Note::EventOut { raw } if went.is_none() => went = in_frame(raw),
            Note::BodyIn { body, .. } => came = in_answer(body),
            Note::BodyOut { body, .. } => went = in_answer(body),
            _ => {}
        }
    }
    went.or(came)
}

fn in_frame(raw: &[u8]) -> Option<String> {
    let mut lines = raw.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let event: Event = serde_json::from_slice(line.strip_prefix(b"data:")?).ok()?;
        named(event.response?)
    })
}

fn in_answer(body: &[u8]) -> Option<String> {
    named(serde_json::from_slice(body).ok()?)
}

fn named(answer: Answer) -> Option<String> {
    let id = answer.id.filter(|id| is_id(id));
    id.map(Cow::into_owned)
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id != HIDDEN
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::tests::request;

    fn of(path: &str, notes: Vec<Note>) -> Option<String> {
        let Note::Request(mut first) = request("{}") else {
            unreachable!();
        };
        first.path = path.into();
        let notes = std::iter::once(Note::Request(first)).chain(notes);
        let at = Duration::ZERO;
        answer(&notes.map(|note| Timed { at, note }).collect::<Vec<_>>())
    }

    fn came(number: u32, data: &str) -> Note {
        let raw = Bytes::from(format!("event: x\ndata: {data}\n\n"));
        Note::EventIn { number, raw }
    }

    #[test]
    fn an_answer_is_named_as_the_client_heard_it() {
        let created = came(
            1,
            r#"{"type":"response.created","response":{"id":"resp_1"}}"#,
        );
        let item = came(2, r#"{"type":"x","item":{"id":"msg_1"},"id":"odd"}"#);
        let end = came(3, r#"{"response":{"id":"resp_2"}}"#);
        let events = vec![item.clone(), created.clone(), end];
        assert_eq!(of("/v1/responses", events).as_deref(), Some("resp_1"));
        let changed = Note::EventOut {
            raw: Bytes::from_static(b"data: {\"response\":{\"id\":\"ours\"}}\n\n"),
        };
        let events = vec![created.clone(), changed];
        assert_eq!(of("/v1/responses", events).as_deref(), Some("ours"));
        assert_eq!(of("/v1/responses", vec![item]), None);
        assert_eq!(of("/v1/chat/completions", vec![created]), None);
    }

    #[test]
    fn a_mask_is_no_name() {
        let masked = came(1, r#"{"response":{"id":"***"}}"#);
        assert_eq!(of("/v1/responses", vec![masked]), None);
        assert_eq!(before(&json!({"previous_response_id": "***"})), None);
        assert_eq!(before(&json!({"previous_response_id": null})), None);
        assert_eq!(before(&json!({"previous_response_id": "r"})), Some("r"));
    }
}
