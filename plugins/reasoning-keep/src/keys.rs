//! Under which keys reasoning is kept, from the surest to the loosest. All are made of
//! hashes, so a store holds nothing that was said but the reasoning itself.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::digest::{Hash, Hasher};
use crate::history::Place;

/// Which key found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Everything before, and what the message says.
    Exact,
    /// Everything before, and the ids of the calls: the client changed the text.
    Calls,
    /// This turn, and the ids or the message: the client changed what is older.
    Turn,
    /// The ids alone, where they cannot be met by chance.
    Ids,
    /// None: the client shows it in the message's text.
    Shown,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Exact => "k1",
            Kind::Calls => "k2",
            Kind::Turn => "k3",
            Kind::Ids => "k4",
            Kind::Shown => "shown",
        }
    }
}

/// Characters of an id's last part from which on it is not met by chance.
const STRONG: usize = 16;

/// All keys of a message, in the order in which they are asked. `said` is what it says
/// without ids. `family` divides models: reasoning of one is never shown to another.
pub fn of(
    family: &str,
    place: &Place,
    said: &Hash,
    ids: &[&str],
    lone: bool,
) -> Vec<(Kind, String)> {
    let key = |kind: Kind, salt: &str, parts: &[&Hash]| {
        let mut hasher = Hasher::default();
        hasher.text(family);
        hasher.text(salt);
        parts.iter().for_each(|part| hasher.hash(part));
        (kind, named(kind.word(), &hasher.finish()))
    };
    let mut keys = Vec::with_capacity(5);
    keys.push(key(Kind::Exact, "exact", &[&place.prefix, said]));
    if ids.is_empty() {
        keys.push(key(Kind::Turn, "said", &[&place.turn, said]));
        return keys;
    }
    let set = set_of(ids);
    keys.push(key(Kind::Calls, "ids", &[&place.prefix, &set]));
    keys.push(key(Kind::Turn, "ids", &[&place.turn, &set]));
    keys.push(key(Kind::Turn, "said", &[&place.turn, said]));
    if lone && ids.iter().all(|id| is_strong(id)) {
        keys.push(key(Kind::Ids, "ids", &[&set]));
    }
    keys
}

/// The key of one call's own, where its id cannot be met by chance.
pub fn of_call(family: &str, id: &str) -> Option<(Kind, String)> {
    let mut hasher = Hasher::default();
    hasher.text(family);
    hasher.text("call");
    hasher.text(id);
    is_strong(id).then(|| (Kind::Ids, named(Kind::Ids.word(), &hasher.finish())))
}

/// `k1:` and half of a hash: enough not to be met by chance.
pub fn named(prefix: &str, hash: &Hash) -> String {
    let mut name = format!("{prefix}:");
    for byte in &hash[..16] {
        name += &format!("{byte:02x}");
    }
    name
}

fn set_of(ids: &[&str]) -> Hash {
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    let mut hasher = Hasher::default();
    sorted.iter().for_each(|id| hasher.text(id));
    hasher.finish()
}

/// `call_` and its like with enough behind it. Ids that count (`functions.x:0`, `call_3`) are
/// the same in every conversation.
fn is_strong(id: &str) -> bool {
    let random = id.rsplit(['_', ':', '.']).next().unwrap_or_default();
    let letters = random.bytes().filter(u8::is_ascii_alphanumeric).count();
    let digits = random.bytes().filter(u8::is_ascii_digit).count();
    letters >= STRONG && digits > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_strong_if_it_cannot_be_met_by_chance() {
        for id in [
            "call_3fA9x2LmQ0wZt7RbYc5K",
            "chatcmpl-tool-0f8fad5bd9cb469fa16570867728950e",
            "toolu_01A09q90qw90lq917835lq9",
            "0f8fad5b-d9cb-469f-a165-70867728950e",
            "function-call-13873838574737383",
        ] {
            assert!(is_strong(id), "{id}");
        }
        for id in [
            "",
            "call_0",
            "functions.get_weather:0",
            "terminal_46",
            "get_current_weather_forecasts",
            "abc123def",
        ] {
            assert!(!is_strong(id), "{id}");
        }
    }
}
