//! A request body: JSON text that is never turned into a tree. One pass finds the members
//! of the top-level object; edits splice bytes and leave the rest as it came.

use bytes::Bytes;

#[derive(Debug, Clone)]
pub struct RequestBody {
    bytes: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is not UTF-8 (byte {0})")]
    NotUtf8(usize),
    #[error("the body is not valid JSON: {what} at byte {at}")]
    NotJson { what: &'static str, at: usize },
    #[error("the body must be a JSON object")]
    NotAnObject,
}

impl RequestBody {
    pub fn parse(_bytes: Bytes) -> Result<Self, BodyError> {
        todo!()
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub fn text(&self) -> &str {
        todo!()
    }

    /// The JSON text of a top-level member.
    pub fn member(&self, _name: &str) -> Option<&str> {
        todo!()
    }

    /// Set (JSON text) or remove members. One that exists keeps its place, a new one goes
    /// to the end. All other bytes stay.
    pub fn edit(&self, _members: &[(String, Option<String>)]) -> Result<Self, BodyError> {
        todo!()
    }
}
