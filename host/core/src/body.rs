//! A request body: JSON text that is never turned into a tree. One pass finds the members
//! of the top-level object; edits splice bytes and leave the rest as it came.

mod scan;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

pub use scan::MAX_DEPTH;

/// JSON text of one object, and where its top-level members lie. Cheap to clone.
///
/// The pass checks UTF-8, that strings and brackets close in order, and the shape of the
/// top level. It does not check literals and commas deeper down: a backend parses the whole
/// text anyway, and reading 100 KB that closely costs more than the rest of the exchange.
#[derive(Debug, Clone)]
pub struct RequestBody {
    text: ByteString,
    members: Arc<[Member]>,
}

/// A member of the top-level object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    /// The key between its quotes, as written.
    key: Range<usize>,
    value: Range<usize>,
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
    pub fn parse(bytes: Bytes) -> Result<Self, BodyError> {
        let text = ByteString::try_from(bytes.clone()).map_err(|_| {
            let at = std::str::from_utf8(&bytes).map_or_else(|e| e.valid_up_to(), str::len);
            BodyError::NotUtf8(at)
        })?;
        Self::from_text(text)
    }

    pub fn from_text(text: ByteString) -> Result<Self, BodyError> {
        let mut members = Vec::with_capacity(16);
        scan::members(text.as_bytes(), |member| members.push(member))?;
        Ok(Self {
            text,
            members: members.into(),
        })
    }

    pub fn bytes(&self) -> &Bytes {
        self.text.as_bytes()
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text of a top-level member. Of members with the same key the last counts,
    /// as it does for JSON parsers.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.find(name)
            .map(|member| &self.text[member.value.clone()])
    }

    /// The text of a top-level member that is a string.
    pub fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.member(name)?).ok()
    }

    /// Whether a top-level member is `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.member(name) == Some("true")
    }

    fn find(&self, name: &str) -> Option<&Member> {
        self.members
            .iter()
            .rev()
            .find(|m| key_is(&self.text[m.key.clone()], name))
    }

    /// Set (JSON text) or remove members. One that exists keeps its place, a new one goes
    /// to the end. All other bytes stay. Fails if a value is not JSON.
    pub fn edit(&self, edits: &[(String, Option<String>)]) -> Result<Self, BodyError> {
        let mut text = self.clone();
        for (name, value) in edits {
            text = match value {
                Some(value) => text.set(name, value)?,
                None => text.remove(name)?,
            };
        }
        Ok(text)
    }

    fn set(&self, name: &str, value: &str) -> Result<Self, BodyError> {
        serde_json::from_str::<serde::de::IgnoredAny>(value).map_err(|_| BodyError::NotJson {
            what: "a value that is not JSON",
            at: 0,
        })?;
        if let Some(member) = self.find(name) {
            return self.splice(member.value.clone(), value);
        }
        let key = serde_json::Value::from(name);
        match self.members.last() {
            Some(last) => self.splice(last.value.end..last.value.end, &format!(",{key}:{value}")),
            None => Self::from_text(format!("{{{key}:{value}}}").into()),
        }
    }

    fn remove(&self, name: &str) -> Result<Self, BodyError> {
        let mut body = self.clone();
        while let Some(at) = body
            .members
            .iter()
            .position(|m| key_is(&body.text[m.key.clone()], name))
        {
            // With the comma before it, or, for the first member, the one after it.
            let start = body.members[at].key.start - 1;
            let range = match (at.checked_sub(1), body.members.get(at + 1)) {
                (Some(before), _) => body.members[before].value.end..body.members[at].value.end,
                (None, Some(after)) => start..after.key.start - 1,
                (None, None) => start..body.members[at].value.end,
            };
            body = body.splice(range, "")?;
        }
        Ok(body)
    }

    fn splice(&self, range: Range<usize>, with: &str) -> Result<Self, BodyError> {
        let mut text = String::with_capacity(self.text.len() - range.len() + with.len());
        text.push_str(&self.text[..range.start]);
        text.push_str(with);
        text.push_str(&self.text[range.end..]);
        Self::from_text(text.into())
    }
}

/// Whether a text is a JSON object, to its last byte: [`RequestBody`] does not look so closely,
/// which spares time with long texts only.
pub fn is_object(text: &str) -> bool {
    let is_json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    text.trim_ascii_start().starts_with('{') && is_json(text)
}

/// Whether a key, as written between its quotes, spells `name`.
fn key_is(written: &str, name: &str) -> bool {
    if written.contains('\\') {
        serde_json::from_str::<String>(&format!("\"{written}\"")).is_ok_and(|key| key == name)
    } else {
        written == name
    }
}
