//! Messages around calls: what must stand in them, and what must not stand behind them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::facts::{Facts, UserAfterTool};
use crate::history::{History, calls, message, plain, role, text};

/// What the assistant says between a result and the user.
const BETWEEN: &str = "Done.";

/// What each message with a call, or a result, must be like.
pub fn fit(history: &mut History<'_>, facts: &Facts) {
    let mut names: Vec<(String, String)> = Vec::new();
    for at in 0..history.messages().len() {
        let said = &history.messages()[at];
        for call in calls(said) {
            let name = call
                .get("function")
                .map_or("", |function| text(function, "name"));
            names.push((text(call, "id").to_string(), name.to_string()));
        }
        match role(said) {
            "assistant" => assistant(history, at, facts),
            "tool" => result(history, at, facts, &names),
            _ => {}
        }
    }
    if facts.drop_empty_assistant {
        history.retain(|said| role(said) != "assistant" || !is_empty(said));
    }
}

fn assistant(history: &mut History<'_>, at: usize, facts: &Facts) {
    let said = &history.messages()[at];
    let empty_list = said.get("tool_calls").is_some() && calls(said).is_empty();
    let has_calls = !calls(said).is_empty();
    let content = said.get("content");
    let is_blank = content.is_none_or(|content| content.is_null() || content.as_str() == Some(""));
    let new_content = match facts.content_null {
        Some(true) if has_calls && is_blank => Json::Null,
        Some(false) if has_calls && is_blank => Json::from(""),
        _ => content.cloned().unwrap_or(Json::Null),
    };
    let other_content = content.is_some_and(|content| *content != new_content)
        || content.is_none() && has_calls && facts.content_null.is_some();
    let new_content = other_content.then(|| new_content.into_owned());
    if empty_list
        && facts.drop_empty_calls
        && let Some(said) = history.change(at)
    {
        said.remove("tool_calls");
    }
    if let Some(content) = new_content
        && let Some(said) = history.change(at)
    {
        said.set("content", content);
    }
}

fn result(history: &mut History<'_>, at: usize, facts: &Facts, names: &[(String, String)]) {
    let said = &history.messages()[at];
    let id = text(said, "tool_call_id");
    let name = names
        .iter()
        .rev()
        .find(|(known, name)| known == id && !name.is_empty());
    let name = name.filter(|_| facts.tool_name && text(said, "name").is_empty());
    let content = said.get("content").unwrap_or(&Json::Null);
    let is_empty = plain(content).is_some_and(|text| text.trim().is_empty());
    let content = facts.empty_result.clone().filter(|_| is_empty);
    if let Some((_, name)) = name
        && let Some(said) = history.change(at)
    {
        said.set("name", name.clone());
    }
    if let Some(content) = content
        && let Some(said) = history.change(at)
    {
        said.set("content", content);
    }
}

/// Neither text nor calls nor reasoning.
fn is_empty(said: &Json<'_>) -> bool {
    let Some(said) = said.as_object() else {
        return false;
    };
    said.iter().all(|(name, value)| match value {
        _ if name == "role" || name == "name" => true,
        Json::Null => true,
        Json::String(text) => text.as_str().is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    })
}

/// A user who speaks directly after a result.
pub fn follow_up(history: &mut History<'_>, facts: &Facts) {
    if facts.user_after_tool == UserAfterTool::Leave {
        return;
    }
    let mut at = 1;
    while at < history.messages().len() {
        let (before, said) = (&history.messages()[at - 1], &history.messages()[at]);
        if role(before) != "tool" || role(said) != "user" {
            at += 1;
            continue;
        }
        if facts.user_after_tool == UserAfterTool::Assistant {
            history.insert(at, message("assistant", BETWEEN));
            at += 2;
            continue;
        }
        let text = |message: &Json<'_>| message.get("content").and_then(plain);
        let (Some(result), Some(user)) = (text(before), text(said)) else {
            at += 1;
            continue;
        };
        history.remove(at);
        if let Some(result_message) = history.change(at - 1) {
            result_message.set("content", format!("{result}\n\n{user}"));
        }
    }
}
