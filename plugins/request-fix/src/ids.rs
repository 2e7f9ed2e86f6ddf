//! Ids of calls in the shape that the backend takes: each call keeps what is right already, and
//! no two have the same. What a call gets hangs on it and on what stands before it alone, so the
//! same history always leads to the same ids, and a longer one to the same beginning.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::facts::{Facts, Ids};
use crate::history::{History, calls, role, text};
use crate::letters;

pub fn fit(history: &mut History<'_>, facts: &Facts) {
    if facts.ids == Ids::Any {
        return;
    }
    let mut used: Vec<String> = Vec::new();
    // Old and new ids of calls that wait for their result; the newest last.
    let mut open: Vec<(String, String)> = Vec::new();
    for at in 0..history.messages().len() {
        let message = &history.messages()[at];
        if role(message) == "tool" {
            let old = text(message, "tool_call_id");
            // Results of the same old id come in the order of its calls.
            let newest = open.iter().rposition(|(known, _)| known == old);
            let of_turn = open.iter().position(|(known, _)| known == old);
            let Some(place) = of_turn.or(newest) else {
                continue;
            };
            let several = open.iter().filter(|(known, _)| known == old).count() > 1;
            let new = if several {
                open.remove(place).1
            } else {
                open[place].1.clone()
            };
            if new != old
                && let Some(message) = history.change(at)
            {
                message.set("tool_call_id", new);
            }
            continue;
        }
        let names: Vec<(String, String)> = calls(message)
            .iter()
            .map(|call| {
                let name = call
                    .get("function")
                    .map_or("", |function| text(function, "name"));
                (text(call, "id").to_string(), name.to_string())
            })
            .collect();
        if names.is_empty() {
            continue;
        }
        // Calls of earlier turns with these ids have had their results.
        open.retain(|(known, _)| names.iter().all(|(old, _)| old != known));
        let first = open.len();
        for (old, name) in names {
            let new = new_id(&old, &name, &facts.ids, &used);
            used.push(new.clone());
            open.push((old, new));
        }
        if open[first..].iter().any(|(old, new)| old != new)
            && let Some(message) = history.change(at)
            && let Some(calls) = message.get_mut("tool_calls").and_then(Json::as_array_mut)
        {
            for (call, (_, new)) in calls.iter_mut().zip(&open[first..]) {
                call.set("id", new.clone());
            }
        }
    }
}

/// The id itself if it is right and free, else one made of it.
fn new_id(old: &str, name: &str, ids: &Ids, used: &[String]) -> String {
    let is_free = |id: &str| used.iter().all(|known| known != id);
    if is_right(old, ids) && is_free(old) {
        return old.to_string();
    }
    let made = (0u64..).map(|round| match ids {
        Ids::Mistral => hashed(old, round, 9),
        Ids::Kimi => format!("functions.{name}:{}", used.len() as u64 + round),
        Ids::Limited { max, .. } => hashed(old, round, (*max).min(24)),
        Ids::Any => format!("{old}_{round}"),
    });
    let mut made = made.filter(|id| is_free(id));
    made.next().unwrap_or_default()
}

fn is_right(id: &str, ids: &Ids) -> bool {
    match ids {
        Ids::Any => true,
        Ids::Mistral => id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()),
        Ids::Kimi => {
            let index = id
                .strip_prefix("functions.")
                .and_then(|id| id.rsplit_once(':'));
            index.is_some_and(|(name, index)| {
                !name.is_empty() && !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit())
            })
        }
        Ids::Limited { max, chars } => {
            let taken = |c: char| chars.is_empty() || letters::has(chars, c);
            !id.is_empty() && id.chars().count() <= *max && id.chars().all(taken)
        }
    }
}

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Letters and digits out of an id.
fn hashed(id: &str, round: u64, length: usize) -> String {
    let mut state = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325 ^ round, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let letter = |_| {
        // The generator `SplitMix64`.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        char::from(LETTERS[((z ^ (z >> 31)) % 62) as usize])
    };
    (0..length).map(letter).collect()
}
