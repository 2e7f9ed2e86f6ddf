//! The last request of each conversation, as fingerprints in the plugin's store.
//!
//! A conversation is known by the model and its first user message, which is what a change of
//! system prompt, tools or later messages leaves alone. Agents ask other things with the same
//! first message (a title, a summary), so a few requests are remembered for each: one that
//! continues any of them is as it should be. One that continues none, but still holds the last
//! message of one in its place, is the next turn of that one with something changed before. An
//! edited, shortened or compacted history does not, and is simply remembered.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::{Json, store};

use crate::fingerprint::{Fingerprint, Hash};

/// How many requests of a conversation are remembered, and how many of their messages: 128 KiB.
const MAX_SNAPSHOTS: usize = 4;
const MAX_MESSAGES: usize = 2047;
const HOURS: u32 = 6;

/// What a request's prompt begins with: first what stands for tools and instructions, then
/// one entry for each message.
pub struct Snapshot {
    entries: Vec<Fingerprint>,
    roles: Vec<String>,
    /// Of the first user message.
    opening: u64,
}

impl Snapshot {
    /// Of the members tools, system, instructions, messages and input; none without a message
    /// of a user.
    pub fn of(members: &[Option<Json<'_>>; 5]) -> Option<Self> {
        let [head @ .., messages, input] = members;
        let head = head.iter().fold(Hash::EMPTY, |hash, member| match member {
            Some(member) => hash.bytes(b"+").json(member),
            None => hash.bytes(b"-"),
        });
        let messages = messages.as_ref().or(input.as_ref())?.as_array()?;
        let role =
            |message: &Json<'_>| message.get("role").and_then(Json::as_str).map(String::from);
        let opening = messages
            .iter()
            .find(|message| role(message).as_deref() == Some("user"))?;
        let head = Fingerprint {
            said: head.value(),
            thought: 0,
        };
        let messages = || messages.iter().take(MAX_MESSAGES);
        Some(Snapshot {
            entries: [head]
                .into_iter()
                .chain(messages().map(Fingerprint::of))
                .collect(),
            roles: messages()
                .map(|message| role(message).unwrap_or_default())
                .collect(),
            opening: Fingerprint::of(opening).said,
        })
    }

    /// The name of the entry for people.
    fn place(&self, at: usize) -> String {
        match at.checked_sub(1) {
            None => "tools or instructions".to_string(),
            Some(message) => match self.roles[message].as_str() {
                "" => format!("message {message}"),
                role => format!("message {message} ({role})"),
            },
        }
    }
}

/// Remembers a request, and says what of it differs if it is a next turn that begins
/// differently.
pub fn remember(model: &str, now: Snapshot) -> Option<String> {
    let key = Hash::EMPTY.text(model).bytes(&now.opening.to_le_bytes());
    let key = format!("{:016x}", key.value());
    let known = store::get(&key).ok().flatten().unwrap_or_default();
    let mut known = read(&known);
    let goes_on = known
        .iter()
        .position(|old| differs(old, &now.entries).is_none());
    let changed = || known.iter().position(|old| is_next(old, &now.entries));
    let last = goes_on.or_else(changed);
    let difference = last.and_then(|last| differs(&known[last], &now.entries));
    let place = difference.map(|at| now.place(at));
    if let Some(last) = last {
        known.remove(last);
    }
    known.insert(0, now.entries);
    known.truncate(MAX_SNAPSHOTS);
    // What cannot be remembered is not compared, that is all.
    let _ = store::put(&key, &write(&known), HOURS * 3600);
    place
}

/// The first entry in which the later request does not go on as the earlier one; the number
/// of its own entries if it is shorter.
fn differs(old: &[Fingerprint], new: &[Fingerprint]) -> Option<usize> {
    let differs = old
        .iter()
        .zip(new)
        .position(|(old, new)| !old.goes_on_as(*new));
    differs.or_else(|| (new.len() < old.len()).then_some(new.len()))
}

fn is_next(old: &[Fingerprint], new: &[Fingerprint]) -> bool {
    let last = old.len() - 1;
    new.len() > old.len() && old[last].goes_on_as(new[last])
}

/// Each request: how many entries, then the entries, all in eight bytes.
fn write(known: &[Vec<Fingerprint>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entries in known {
        bytes.extend((entries.len() as u64).to_le_bytes());
        for entry in entries {
            bytes.extend(entry.said.to_le_bytes());
            bytes.extend(entry.thought.to_le_bytes());
        }
    }
    bytes
}

/// What is not understood is as good as forgotten.
fn read(bytes: &[u8]) -> Vec<Vec<Fingerprint>> {
    let (words, _) = bytes.as_chunks::<8>();
    let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
    let mut known = Vec::new();
    while let Some(count) = words.next() {
        let mut entries = Vec::new();
        for _ in 0..count {
            let (Some(said), Some(thought)) = (words.next(), words.next()) else {
                return known;
            };
            entries.push(Fingerprint { said, thought });
        }
        if entries.is_empty() {
            return known;
        }
        known.push(entries);
    }
    known
}
