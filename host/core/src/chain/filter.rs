//! Interests, compiled for searching.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;

use super::{AttemptFacts, Interest};
use crate::alike::Alike;

#[derive(Debug, Clone)]
pub(super) enum Filter {
    None,
    All,
    AnyOf(Vec<Finder<'static>>),
    Renamed,
}

impl Filter {
    pub(super) fn new(interest: &Interest) -> Self {
        match interest {
            Interest::None => Self::None,
            Interest::All => Self::All,
            Interest::AnyOf(needles) => Self::AnyOf(
                needles
                    .iter()
                    .map(|n| Finder::new(n).into_owned())
                    .collect(),
            ),
            Interest::Renamed => Self::Renamed,
        }
    }

    pub(super) fn wants(&self, text: &str, facts: &AttemptFacts) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::AnyOf(needles) => needles.iter().any(|n| n.find(text.as_bytes()).is_some()),
            Self::Renamed => facts.client_model != facts.target_model,
        }
    }
}

/// The words of several interests, found or not in one search. Most events have none of them.
pub(super) struct Words {
    /// None if there are none.
    any: Option<AhoCorasick>,
    /// Bytes of the longest.
    longest: usize,
}

impl Words {
    /// None if there is an interest that is not in words.
    pub(super) fn of<'a>(interests: impl IntoIterator<Item = &'a Interest>) -> Option<Self> {
        let mut words = Vec::new();
        for interest in interests {
            match interest {
                Interest::None => {}
                Interest::AnyOf(needles) => words.extend(needles),
                Interest::All | Interest::Renamed => return None,
            }
        }
        let any = match words.is_empty() {
            true => None,
            // A table of all transitions would be ten times as large, and rarely in the cache.
            false => Some(
                AhoCorasick::builder()
                    .kind(Some(AhoCorasickKind::ContiguousNFA))
                    .build(&words)
                    .ok()?,
            ),
        };
        Some(Self {
            any,
            longest: words.iter().map(|word| word.len()).max().unwrap_or(0),
        })
    }

    /// Whether one of them is in `text`. `alike`: what it has in common with a text that has none;
    /// a word must then reach into the rest.
    pub(super) fn are_in(&self, text: &str, alike: Option<Alike>) -> bool {
        let Some(any) = &self.any else {
            return false;
        };
        let text = text.as_bytes();
        let Alike { begin, end } = alike.unwrap_or_default();
        let reach = self.longest.saturating_sub(1);
        let from = begin.saturating_sub(reach);
        let to = (text.len() - end).saturating_add(reach).min(text.len());
        any.is_match(&text[from..to])
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
