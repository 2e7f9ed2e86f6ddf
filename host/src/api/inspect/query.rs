//! What stands after the `?`.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::Timestamp;
use yallmp_core::error::ProxyError;

use super::super::errors::ApiError;

/// Characters of a wrong value that an error repeats.
const SHOWN: usize = 100;

/// The parameters of a request. Each is taken by its name, and at the [`end`](Self::end) none
/// may be left. One that is empty, as a form sends it, is none.
pub struct Parameters {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Parameters {
    fn parse(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes());
        Self {
            given: pairs.into_owned().collect(),
            known: Vec::new(),
        }
    }

    pub fn text(&mut self, name: &'static str) -> Result<Option<String>, ApiError> {
        self.known.push(name);
        let mut values = self.given.extract_if(.., |(given, _)| given == name);
        let value = values.next().map(|(_, value)| value);
        if values.next().is_some() {
            return Err(wrong(name, format!("`{name}` is there more than once")));
        }
        Ok(value.filter(|value| !value.is_empty()))
    }

    pub fn time(&mut self, name: &'static str) -> Result<Option<Time>, ApiError> {
        const FORM: &str = "no time; write 2026-11-22T18:00:00Z, or seconds since 1970";
        self.parsed(name, FORM, Time::parse)
    }

    /// A count. One above `most` is `most`.
    pub fn count(&mut self, name: &'static str, most: usize) -> Result<Option<usize>, ApiError> {
        let form = format!("no whole number from 1 to {most}");
        let parse = |text: &str| text.parse().ok().filter(|count| *count > 0);
        let count: Option<usize> = self.parsed(name, &form, parse)?;
        Ok(count.map(|count| count.min(most)))
    }

    /// One of these words, and what it stands for.
    pub fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, ApiError> {
        let names = words.iter().map(|(word, _)| *word);
        let form = format!("none of {}", list(names));
        self.parsed(name, &form, |text| {
            let found = words.iter().find(|(word, _)| *word == text)?;
            Some(found.1)
        })
    }

    /// `form`: what a value that cannot be parsed is not.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        form: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let refuse = || {
            wrong(
                name,
                format!("`{name}` is `{}`, which is {form}", cut(&text)),
            )
        };
        Ok(Some(parse(&text).ok_or_else(refuse)?))
    }

    /// There is nothing that nobody asked for: a filter with a slip of the pen would let
    /// everything through.
    pub fn end(self) -> Result<(), ApiError> {
        let Some((name, _)) = self.given.first() else {
            return Ok(());
        };
        let known = match self.known.is_empty() {
            true => "none".to_owned(),
            false => list(self.known.iter().copied()),
        };
        let name = cut(name);
        let what = format!("there is no parameter `{name}` here; known: {known}");
        Err(wrong(&name, what))
    }
}

/// A time: RFC 3339, or seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Time(
    /// Microseconds since 1970.
    pub i64,
);

impl Time {
    fn parse(text: &str) -> Option<Self> {
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

fn wrong(name: &str, what: String) -> ApiError {
    ApiError(ProxyError::invalid(what).param(name))
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Errors are read in terminals, too: nothing in them moves the cursor.
fn cut(text: &str) -> String {
    let text = text.replace(char::is_control, "?");
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
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

    #[test]
    fn a_value_is_taken_once_and_an_empty_one_is_none() {
        let mut asked = Parameters::parse("q=a%20%22b%22+c&limit=5000&model=&outcome=error");
        assert_eq!(asked.text("q").unwrap().as_deref(), Some("a \"b\" c"));
        assert_eq!(asked.count("limit", 1000).unwrap(), Some(1000));
        assert_eq!(asked.text("model").unwrap(), None);
        let words = [("success", 1), ("error", 2)];
        assert_eq!(asked.word("outcome", &words).unwrap(), Some(2));
        assert!(asked.time("since").unwrap().is_none());
        asked.end().unwrap();
    }
}
