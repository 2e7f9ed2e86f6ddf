//! What is said of a request: for the header and the log.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::keys::Kind;

/// Messages named of one kind; of more, the last ones.
const NAMED: usize = 12;

/// `k1:2/4 k4:9`: by which key, and the numbers of the messages as the backend counts them,
/// from 0.
pub fn restored(found: &[(usize, Kind)]) -> String {
    let kinds = [Kind::Exact, Kind::Calls, Kind::Turn, Kind::Ids, Kind::Shown];
    let of = |kind: Kind| -> Vec<usize> {
        let mine = found.iter().filter(|(_, it)| *it == kind);
        mine.map(|(at, _)| *at).collect()
    };
    let parts: Vec<String> = kinds
        .into_iter()
        .map(|kind| (kind, of(kind)))
        .filter(|(_, places)| !places.is_empty())
        .map(|(kind, places)| format!("{}:{}", kind.word(), numbers(&places)))
        .collect();
    parts.join(" ")
}

/// `+88/201/203`: 88 that are not named, then the last ones.
pub fn numbers(places: &[usize]) -> String {
    let more = places.len().saturating_sub(NAMED);
    let named = places[more..].iter().map(ToString::to_string);
    let first = (more > 0).then(|| format!("+{more}"));
    first.into_iter().chain(named).collect::<Vec<_>>().join("/")
}
