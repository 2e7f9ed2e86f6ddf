//! Headers that belong to one connection and not to the message on it: they go no further
//! than to its other end.

use http::header::{self, HeaderMap, HeaderName};

/// Hop-by-hop (RFC 9110, section 7.6.1).
pub fn owns(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The `Connection` header of this message names it as hop-by-hop.
pub fn claims(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(header::CONNECTION).iter().any(|value| {
        value.to_str().is_ok_and(|value| {
            value
                .split(',')
                .any(|listed| listed.trim().eq_ignore_ascii_case(name.as_str()))
        })
    })
}
