use crate::json::ParseError;
use crate::{Chunk, Json};

pub use crate::bindings::yallmp::patch::types::{Event, EventKind};

impl Event {
    /// The event's JSON.
    ///
    /// # Errors
    /// The text is nested too deep; else it is JSON, for the host has looked.
    pub fn json(&self) -> Result<Json<'_>, ParseError> {
        Json::parse(&self.data)
    }

    /// The event as a chunk of a chat completion; none if it is anything else.
    #[must_use]
    pub fn chunk(&self) -> Option<Chunk<'_>> {
        match self.kind {
            EventKind::Chunk => Chunk::parse(&self.data),
            EventKind::Whole | EventKind::Error => None,
        }
    }
}
