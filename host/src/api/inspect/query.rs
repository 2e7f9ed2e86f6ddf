//! What stands after the `?`.

use axum::extract::rejection::QueryRejection;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use yallmp_core::error::ProxyError;

use super::super::errors::ApiError;

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self(ProxyError::invalid(rejection.body_text()))
    }
}

/// A time: RFC 3339, or seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Time(
    /// Microseconds since 1970.
    pub i64,
);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let what =
                format!("`{text}` is no time; write 2026-11-22T18:00:00Z, or seconds since 1970");
            serde::de::Error::custom(what)
        })
    }
}

impl Time {
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse::<f64>() {
            let micros = seconds * 1e6;
            return micros.is_finite().then_some(Self(micros as i64));
        }
        let time: Timestamp = text.parse().ok()?;
        Some(Self(time.as_microsecond()))
    }

    /// Seconds since 1970.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// A field that a form sends empty is none.
pub fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_both_forms() {
        let micros = |text| Time::parse(text).map(|time| time.0);
        assert_eq!(micros("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(micros("1.5"), Some(1_500_000));
        for wrong in ["", "yesterday", "inf", "NaN", "1970-01-01"] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }
}
