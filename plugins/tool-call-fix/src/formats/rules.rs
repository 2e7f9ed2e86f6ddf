//! What is taken for a call, and what becomes of the rest.

use super::Unknown;

#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// None: a call, where a format is named or cannot be mistaken, else text.
    pub unknown: Option<Unknown>,
    /// The formats are named.
    pub named: bool,
    pub in_thoughts: InThoughts,
    /// Text behind a call is left out.
    pub drops_text_after: bool,
    /// Blocks that are no calls are left out, if their end can be told.
    pub drops_broken: bool,
}

/// What is done about calls inside of thoughts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InThoughts {
    /// They are thoughts.
    Ignore,
    /// They count if nothing but white space follows them in the whole text.
    AtTheEnd,
    /// They count as elsewhere.
    Count,
}
