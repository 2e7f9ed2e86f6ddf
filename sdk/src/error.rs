use alloc::string::{String, ToString};

use crate::json::ParseError;

pub use crate::bindings::yallmp::patch::types::PluginError as Error;

/// What hooks return.
pub type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// `code`: a stable name for logs and metrics (lower case, digits, `-`); `message`: for a
    /// person, with the way out.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Error {
            code: code.to_string(),
            message: message.into(),
        }
    }
}

/// Code `bad-json`.
impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        Error::new("bad-json", error.to_string())
    }
}
