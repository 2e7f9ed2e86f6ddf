//! JSON that gives back what it was given.
//!
//! A tree that keeps the order of keys, unknown and repeated members, and the spelling of
//! everything that was not touched: numbers, escapes, and inside an untouched array or
//! object also white space. It borrows from the text it was parsed from.
//!
//! ```
//! use yallmp_sdk::Json;
//! let mut body = Json::parse(r#"{"t": 1.50, "x": {"b": 2, "a": [1e3]}, "m": "old"}"#)?;
//! body.set("m", "new");
//! assert_eq!(body.to_text(), r#"{"t":1.50,"x":{"b": 2, "a": [1e3]},"m":"new"}"#);
//! # Ok::<(), yallmp_sdk::json::ParseError>(())
//! ```

mod array;
mod convert;
mod number;
mod object;
mod parse;
mod path;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use array::Array;
pub use number::Number;
pub use object::Object;
pub use parse::{MAX_DEPTH, ParseError};
pub use path::Key;
pub use text::Text;

/// A JSON value. Values are equal when they mean the same; how they are spelled, white
/// space for instance, does not count (but numbers are compared as spelled).
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    String(Text<'a>),
    Array(Array<'a>),
    Object(Object<'a>),
}

impl<'a> Json<'a> {
    /// Reads one JSON value. White space around it is allowed.
    ///
    /// # Errors
    /// The text is not JSON, or nested deeper than [`MAX_DEPTH`].
    pub fn parse(text: &'a str) -> Result<Self, ParseError> {
        parse::parse(text)
    }

    /// `{}`
    #[must_use]
    pub fn object() -> Self {
        Json::Object(Object::new())
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The decoded text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_number(&self) -> Option<&Number<'a>> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// A number without fraction and exponent that fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.spelling().parse().ok()
    }

    /// A number without fraction and exponent that fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.spelling().parse().ok()
    }

    /// The nearest that a double can be.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number()?.spelling().parse().ok()
    }

    #[must_use]
    pub fn as_array(&self) -> Option<&Array<'a>> {
        match self {
            Json::Array(array) => Some(array),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_array_mut(&mut self) -> Option<&mut Array<'a>> {
        match self {
            Json::Array(array) => Some(array),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Object<'a>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether an array or object has been changed since it was parsed, or was never parsed.
    /// Always false for other values.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        match self {
            Json::Array(array) => array.spelling().is_none(),
            Json::Object(object) => object.spelling().is_none(),
            _ => false,
        }
    }

    /// Takes the value away and leaves `null`.
    #[must_use]
    pub fn take(&mut self) -> Self {
        core::mem::replace(self, Json::Null)
    }

    /// The same value, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Json<'static> {
        match self {
            Json::Null => Json::Null,
            Json::Bool(value) => Json::Bool(value),
            Json::Number(number) => Json::Number(number.into_owned()),
            Json::String(text) => Json::String(text.into_owned()),
            Json::Array(array) => Json::Array(array.into_owned()),
            Json::Object(object) => Json::Object(object.into_owned()),
        }
    }
}
