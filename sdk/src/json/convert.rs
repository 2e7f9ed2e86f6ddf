//! From Rust values.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Array, Json, Number, Object, Text};

impl From<bool> for Json<'_> {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Json<'_> {
            fn from(value: $integer) -> Self {
                Json::Number(Number::owned(value.to_string()))
            }
        }
    )*};
}
from_integers!(u16 u32 u64 usize i32 i64);

/// What is not finite has no JSON: it becomes `null`.
impl From<f64> for Json<'_> {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            Json::Number(Number::owned(value.to_string()))
        } else {
            Json::Null
        }
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Json::String(Text::new(text))
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Json::String(Text::new(text))
    }
}

impl<'a> From<Cow<'a, str>> for Json<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Json::String(Text::new(text))
    }
}

impl<'a> From<Array<'a>> for Json<'a> {
    fn from(array: Array<'a>) -> Self {
        Json::Array(array)
    }
}

impl<'a> From<Object<'a>> for Json<'a> {
    fn from(object: Object<'a>) -> Self {
        Json::Object(object)
    }
}

impl<'a> From<Vec<Json<'a>>> for Json<'a> {
    fn from(items: Vec<Json<'a>>) -> Self {
        Json::Array(items.into_iter().collect())
    }
}

impl<'a, T: Into<Json<'a>>> From<Option<T>> for Json<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}
