//! Content that is a list where the backend wants a text.

use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::facts::Facts;
use crate::history::{History, plain};

/// Takes members out of the parts of content.
pub fn strip(history: &mut History<'_>, facts: &Facts) {
    let refused = |part: &Json<'_>| {
        facts
            .drop_in_parts
            .iter()
            .any(|name| part.get(name.as_str()).is_some())
    };
    for at in 0..history.messages().len() {
        let message = &history.messages()[at];
        let parts = message.get("content").and_then(Json::as_array);
        let is_in_parts = parts.is_some_and(|parts| parts.iter().any(refused));
        if !is_in_parts && !refused(message) {
            continue;
        }
        let Some(message) = history.change(at) else {
            continue;
        };
        for name in &facts.drop_in_parts {
            message.remove(name);
        }
        let parts = message.get_mut("content").and_then(Json::as_array_mut);
        let parts: Vec<&mut Json<'_>> = parts
            .into_iter()
            .flat_map(|parts| parts.iter_mut())
            .collect();
        for part in parts.into_iter().filter(|part| refused(part)) {
            for name in &facts.drop_in_parts {
                part.remove(name);
            }
        }
    }
}

/// Joins the parts of lists that hold nothing but text.
pub fn join(history: &mut History<'_>, facts: &Facts) {
    if !facts.content_string {
        return;
    }
    for at in 0..history.messages().len() {
        let content = history.messages()[at].get("content");
        let joined = content
            .filter(|content| content.as_array().is_some())
            .and_then(plain);
        if let Some(text) = joined
            && let Some(message) = history.change(at)
        {
            message.set("content", text);
        }
    }
}
