//! Roles that are refused, and system messages where only one is taken.

use alloc::string::String;
use alloc::vec::Vec;

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
