use alloc::string::ToString;

pub use crate::bindings::yallmp::patch::types::{Interest, Wants};

impl Interest {
    /// Called when the text holds at least one of these, compared byte by byte. At most 64
    /// strings of 1 to 128 bytes.
    #[must_use]
    pub fn any_of(needles: &[&str]) -> Self {
        Interest::AnyOf(needles.iter().map(ToString::to_string).collect())
    }
}

impl Wants {
    /// No call at all.
    #[must_use]
    pub fn nothing() -> Self {
        Wants {
            request: Interest::None,
            response: Interest::None,
            errors: Interest::None,
        }
    }

    #[must_use]
    pub fn request(self, request: Interest) -> Self {
        Wants { request, ..self }
    }

    #[must_use]
    pub fn response(self, response: Interest) -> Self {
        Wants { response, ..self }
    }

    /// For errors of the backend: see [`crate::EventKind`].
    #[must_use]
    pub fn errors(self, errors: Interest) -> Self {
        Wants { errors, ..self }
    }
}
