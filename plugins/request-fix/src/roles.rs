//! Roles that are refused, and system messages where only one is taken.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::facts::Facts;
use crate::history::{History, plain, role};

pub fn rename(history: &mut History<'_>, facts: &Facts) {
    for at in 0..history.messages().len() {
        let role = role(&history.messages()[at]);
        let to = facts.roles.iter().find(|(from, _)| from == role);
        let to = to.map(|(_, to)| to.clone());
        if let Some(to) = to
            && let Some(message) = history.change(at)
        {
            message.set("role", to);
        }
    }
}

/// Tells the model something in the first system message, which is made if there is none.
pub fn tell(history: &mut History<'_>, words: &str) {
    let is_system = |message: &Json<'_>| matches!(role(message), "system" | "developer");
    let Some(at) = history.messages().iter().position(is_system) else {
        history.insert(0, crate::history::message("system", words));
        return;
    };
    let content = history
        .change(at)
        .and_then(|message| message.get_mut("content"));
    match content {
        Some(Json::Array(parts)) => {
            let mut part = Json::object();
            part.set("type", "text");
            part.set("text", String::from(words));
            parts.push(part);
        }
        Some(content) => {
            let before = content.as_str().unwrap_or_default();
            let separator = if before.is_empty() { "" } else { "\n\n" };
            *content = [before, separator, words].concat().into();
        }
        None => {}
    }
}

/// All system messages become the first message. One that holds more than text stays.
pub fn merge_systems(history: &mut History<'_>) {
    let systems: Vec<(usize, String)> = history
        .messages()
        .iter()
        .enumerate()
        .filter(|(_, message)| role(message) == "system")
        .filter_map(|(at, message)| Some((at, plain(message.get("content")?)?)))
        .collect();
    let in_place = systems.len() == 1 && systems[0].0 == 0;
    if systems.is_empty() || in_place {
        return;
    }
    let texts: Vec<&str> = systems.iter().map(|(_, text)| text.as_str()).collect();
    let merged = crate::history::message("system", &texts.join("\n\n"));
    for (at, _) in systems.iter().rev() {
        history.remove(*at);
    }
    history.insert(0, merged);
}
