//! The id of an exchange: in its log, in the answer's `x-request-id` and at the backend.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

pub const NAME: HeaderName = HeaderName::from_static("x-request-id");

/// Longer ones are replaced: the id becomes part of a file name.
const MAX_LEN: usize = 128;

/// The client's own id if it is sane, else a new one that sorts by time.
pub fn of(headers: &HeaderMap) -> Arc<str> {
    match headers.get(NAME).and_then(|value| value.to_str().ok()) {
        Some(id) if is_sane(id) => id.into(),
        _ => new(),
    }
}

pub fn new() -> Arc<str> {
    let mut text = Uuid::encode_buffer();
    Arc::from(&*Uuid::now_v7().as_hyphenated().encode_lower(&mut text))
}

/// A new trace and a new span for a distributed trace, neither 0.
pub fn spans() -> (u128, u64) {
    (Uuid::now_v7().as_u128(), Uuid::now_v7().as_u64_pair().1)
}

/// Harmless in a header, a log line and a file name.
fn is_sane(id: &str) -> bool {
    (1..=MAX_LEN).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !id.starts_with('.')
}

/// An id as [`of`] makes it is always a valid header value.
pub fn value(id: &str) -> HeaderValue {
    HeaderValue::from_str(id).unwrap_or(HeaderValue::from_static("invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_client(id: &str) -> Arc<str> {
        let mut headers = HeaderMap::new();
        headers.insert(NAME, id.parse().unwrap());
        of(&headers)
    }

    #[test]
    fn a_sane_id_of_the_client_is_kept() {
        for id in ["a", "req_01HZ.x-7-b", &"x".repeat(MAX_LEN)] {
            assert_eq!(&*of_client(id), id);
        }
    }

    #[test]
    fn any_other_is_replaced() {
        let too_long = "x".repeat(MAX_LEN + 1);
        for id in [
            "",
            "..",
            "../../etc",
            "a b",
            "a/b",
            "a:b",
            "a\tb",
            too_long.as_str(),
        ] {
            let made = of_client(id);
            assert_ne!(&*made, id);
            assert!(Uuid::parse_str(&made).is_ok(), "{made}");
        }
    }

    #[test]
    fn new_ids_sort_by_time_and_differ() {
        let ids: Vec<_> = (0..100).map(|_| new()).collect();
        assert!(ids.is_sorted());
        assert_ne!(ids[0], ids[1]);
    }
}
