//! The request of the exchange, and how to change it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::Json;
use crate::bindings::yallmp::patch::types::{
    Answer, BodyEdit, Rejection, RequestEdit, RequestOutcome,
};
use crate::imports;

/// The JSON text of a top-level member of the request's body, without copying the rest.
#[must_use]
pub fn member(name: &str) -> Option<String> {
    imports::request::member(name)
}

/// The whole body, byte for byte.
#[must_use]
pub fn body() -> String {
    imports::request::body()
}

/// The first value of a header of the client's request; `name` in lower case. Credentials are
/// never shown.
#[must_use]
pub fn header(name: &str) -> Option<String> {
    imports::request::header(name)
}

/// Changes to a request. What is not named stays byte for byte as it was.
///
/// ```
/// # use yallmp_sdk::{Edit, Json};
/// let outcome = Edit::new().set("model", &Json::from("m")).remove("top_k").into_outcome();
/// ```
#[derive(Debug, Clone)]
pub struct Edit(RequestEdit);

impl Default for Edit {
    fn default() -> Self {
        Edit(RequestEdit {
            body: BodyEdit::Keep,
            set_headers: Vec::new(),
            remove_headers: Vec::new(),
        })
    }
}

impl Edit {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a member of the body's object: one that exists keeps its place.
    #[must_use]
    pub fn set(self, name: &str, value: &Json<'_>) -> Self {
        self.member(name, Some(value.to_text()))
    }

    /// Removes a member of the body's object.
    #[must_use]
    pub fn remove(self, name: &str) -> Self {
        self.member(name, None)
    }

    fn member(mut self, name: &str, value: Option<String>) -> Self {
        match &mut self.0.body {
            BodyEdit::Members(members) => members.push((name.to_string(), value)),
            body => *body = BodyEdit::Members([(name.to_string(), value)].into()),
        }
        self
    }

    /// The whole new body, JSON text of an object, instead of all changes to members.
    #[must_use]
    pub fn replace_body(mut self, body: impl Into<String>) -> Self {
        self.0.body = BodyEdit::Replace(body.into());
        self
    }

    /// Sets or replaces a header for the backend; `name` in lower case.
    #[must_use]
    pub fn set_header(mut self, name: &str, value: &str) -> Self {
        self.0
            .set_headers
            .push((name.to_string(), value.to_string()));
        self
    }

    /// Removes a header for the backend.
    #[must_use]
    pub fn remove_header(mut self, name: &str) -> Self {
        self.0.remove_headers.push(name.to_string());
        self
    }

    /// `unchanged` if nothing was said.
    #[must_use]
    pub fn into_outcome(self) -> RequestOutcome {
        let RequestEdit {
            body,
            set_headers,
            remove_headers,
        } = &self.0;
        let nothing =
            matches!(body, BodyEdit::Keep) && set_headers.is_empty() && remove_headers.is_empty();
        if nothing {
            RequestOutcome::Unchanged
        } else {
            RequestOutcome::Edit(self.0)
        }
    }
}

impl From<Edit> for RequestOutcome {
    fn from(edit: Edit) -> Self {
        edit.into_outcome()
    }
}

impl RequestOutcome {
    /// Answers the client at once with a whole body; no backend is asked.
    #[must_use]
    pub fn answer_with(status: u16, body: &Json<'_>) -> Self {
        RequestOutcome::Answer(Answer {
            status,
            body: body.to_text(),
        })
    }

    /// Refuses with an OpenAI-shaped error of the type `invalid_request_error`.
    #[must_use]
    pub fn reject_with(status: u16, message: impl Into<String>) -> Self {
        RequestOutcome::Reject(Rejection {
            status,
            message: message.into(),
            kind: "invalid_request_error".to_string(),
            param: None,
            code: None,
        })
    }
}
