use crate::json::{Array, Json, Object};

/// One choice of a chunk. Fields of the wrong type read as if they were not there.
#[derive(Debug, Clone, Copy)]
pub struct Choice<'c, 'a>(&'c Object<'a>);

impl<'c, 'a> Choice<'c, 'a> {
    pub(crate) fn of(json: &'c Json<'a>) -> Option<Self> {
        json.as_object().map(Choice)
    }

    /// All of it.
    #[must_use]
    pub fn object(&self) -> &'c Object<'a> {
        self.0
    }

    /// `index`; 0 if it is missing.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.0.get("index").and_then(Json::as_u64).unwrap_or(0)
    }

    #[must_use]
    pub fn delta(&self) -> Option<&'c Object<'a>> {
        self.0.get("delta")?.as_object()
    }

    fn delta_text(&self, name: &str) -> Option<&'c str> {
        self.delta()?.get(name)?.as_str()
    }

    #[must_use]
    pub fn role(&self) -> Option<&'c str> {
        self.delta_text("role")
    }

    /// The text of the answer; may be empty.
    #[must_use]
    pub fn content(&self) -> Option<&'c str> {
        self.delta_text("content")
    }

    /// The reasoning text, under whatever name; may be empty.
    #[must_use]
    pub fn reasoning(&self) -> Option<&'c str> {
        self.delta_text("reasoning_content")
            .or_else(|| self.delta_text("reasoning"))
    }

    #[must_use]
    pub fn tool_calls(&self) -> Option<&'c Array<'a>> {
        self.delta()?.get("tool_calls")?.as_array()
    }

    #[must_use]
    pub fn finish_reason(&self) -> Option<&'c str> {
        self.0.get("finish_reason")?.as_str()
    }
}
