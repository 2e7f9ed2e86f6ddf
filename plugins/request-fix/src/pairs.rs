//! Calls and their results: each call has one, directly behind it, and none stands alone.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::facts::{Facts, Orphans, Unanswered};
use crate::history::{History, calls, message, plain, role, text};

/// What stands where a result is missing.
const NO_RESULT: &str = "(no result)";

pub fn repair(history: &mut History<'_>, facts: &Facts) {
    let nothing = facts.orphans == Orphans::Leave && facts.unanswered == Unanswered::Leave;
    if nothing || is_sound(history.messages()) {
        return;
    }
    let messages = history.take();
    let mut rest: Vec<Option<Json<'_>>> = messages.into_iter().map(Some).collect();
    let mut out = Vec::with_capacity(rest.len());
    for at in 0..rest.len() {
        let Some(mut said) = rest[at].take() else {
            continue;
        };
        if role(&said) == "tool" {
            match facts.orphans {
                Orphans::Leave => out.push(said),
                Orphans::Drop => {}
                Orphans::User => out.push(as_user(&said)),
            }
            continue;
        }
        let ids: Vec<String> = calls(&said)
            .iter()
            .map(|call| text(call, "id").to_string())
            .collect();
        let mut results = results(&mut rest[at + 1..], &ids);
        if facts.unanswered == Unanswered::Drop && results.iter().any(Option::is_none) {
            drop_calls(&mut said, &results);
            results.retain(Option::is_some);
        }
        out.push(said);
        for (result, id) in results.into_iter().zip(ids) {
            match result {
                Some(result) => out.push(result),
                None if facts.unanswered == Unanswered::Answer => {
                    let mut result = message("tool", NO_RESULT);
                    result.set("tool_call_id", id);
                    out.push(result);
                }
                None => {}
            }
        }
    }
    history.replace(out);
}

/// The results of calls, wherever they stand before another call of the same id.
fn results<'a>(rest: &mut [Option<Json<'a>>], ids: &[String]) -> Vec<Option<Json<'a>>> {
    let take = |id: &String| {
        let has_call = |message: &Option<Json<'_>>| {
            let calls = message.as_ref().map(calls).unwrap_or_default();
            calls.iter().any(|call| text(call, "id") == id)
        };
        let until = rest.iter().position(has_call).unwrap_or(rest.len());
        let is_result = |message: &Option<Json<'_>>| {
            let is =
                |message: &Json<'_>| role(message) == "tool" && text(message, "tool_call_id") == id;
            message.as_ref().is_some_and(is)
        };
        let found = rest[..until].iter_mut().find(|message| is_result(message));
        found?.take()
    };
    ids.iter().map(take).collect()
}

/// Whether every call has its result directly behind it, and nothing else is a result.
fn is_sound(messages: &[Json<'_>]) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        if role(message) == "tool" {
            let id = text(message, "tool_call_id");
            let Some(at) = open.iter().position(|known| *known == id) else {
                return false;
            };
            open.remove(at);
        } else {
            if !open.is_empty() {
                return false;
            }
            open = calls(message)
                .into_iter()
                .map(|call| text(call, "id"))
                .collect();
        }
    }
    open.is_empty()
}

fn as_user<'a>(result: &Json<'_>) -> Json<'a> {
    let said = result.get("content").and_then(plain).unwrap_or_default();
    message("user", &format!("Result of a tool: {said}"))
}

/// Takes the calls without a result out of the message.
fn drop_calls(message: &mut Json<'_>, results: &[Option<Json<'_>>]) {
    let calls = message.get_mut("tool_calls").and_then(Json::as_array_mut);
    let Some(calls) = calls else {
        return;
    };
    let mut answered = results.iter().map(Option::is_some);
    calls
        .items_mut()
        .retain(|_| answered.next().unwrap_or(true));
    if calls.is_empty() {
        message.remove("tool_calls");
        if message.get("content").is_none_or(Json::is_null) {
            message.set("content", "");
        }
    }
}
