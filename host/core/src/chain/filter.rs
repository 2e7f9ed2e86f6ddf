//! An interest, compiled for searching.

use memchr::memmem::Finder;

use super::{AttemptFacts, Interest};

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
