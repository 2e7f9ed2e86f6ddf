//! Secrets by the name of the header or query parameter that carries them. The log is
//! written only with what these functions return.

use http::header::{HeaderMap, HeaderName, HeaderValue};

/// What stands where a secret was.
const HIDDEN: &str = "***";

/// Headers with secret values replaced: `Bearer sk-...abcd` for a long bearer token, else
/// `***`.
pub fn headers(headers: &HeaderMap) -> HeaderMap {
    let mut masked = headers.clone();
    for (name, value) in masked.iter_mut() {
        if value.is_sensitive() || is_secret(name.as_str()) {
            *value = header_value(value);
        }
    }
    masked
}

/// `name: value` with a secret value masked, for a header that a plugin sets.
pub fn header_line(name: &HeaderName, value: &HeaderValue) -> String {
    let value = match is_secret(name.as_str()) {
        true => header_value(value),
        false => value.clone(),
    };
    format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
}

/// A URL (or a path with a query) without its password and secret query values.
pub fn url(url: &str) -> String {
    let (main, query) = match url.split_once('?') {
        Some((main, query)) => (main, Some(query)),
        None => (url, None),
    };
    let mut masked = String::with_capacity(url.len());
    match main.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            masked.push_str(scheme);
            masked.push_str("://");
            match authority.rsplit_once('@') {
                Some((_, host)) => masked.extend([HIDDEN, "@", host]),
                None => masked.push_str(authority),
            }
            masked.push_str(path);
        }
        None => masked.push_str(main),
    }
    for (i, pair) in query.iter().flat_map(|q| q.split('&')).enumerate() {
        masked.push(if i == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => masked.extend([name, "=", HIDDEN]),
            _ => masked.push_str(pair),
        }
    }
    masked
}

/// Whether values under this name are secrets: its words (between `-`, `_` and `.`) tell.
/// `x-ratelimit-remaining-tokens` holds none, `x-auth-token` does.
pub fn is_secret(name: &str) -> bool {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return is_secret(&name.to_ascii_lowercase());
    }
    let mut previous = "";
    name.split(['-', '_', '.']).any(|word| {
        let before = std::mem::replace(&mut previous, word);
        match word {
            // After these words it is a mere name.
            "key" => !matches!(
                before,
                "idempotency" | "websocket" | "cache" | "routing" | "surrogate"
            ),
            "authorization" | "auth" | "authtoken" | "bearer" | "jwt" | "token" | "accesstoken" => {
                true
            }
            "apikey" | "accesskey" | "secret" | "secrets" | "credential" | "credentials" => true,
            "password" | "passwd" | "pwd" | "signature" | "sig" => true,
            "cookie" | "cookie2" | "sessionid" => true,
            _ => false,
        }
    })
}

fn header_value(value: &HeaderValue) -> HeaderValue {
    let masked = value.to_str().map_or(HIDDEN.to_string(), token);
    HeaderValue::from_str(&masked).unwrap_or(HeaderValue::from_static(HIDDEN))
}

/// `Bearer sk-proj-0123456789abcdef` becomes `Bearer sk-...cdef`: enough to tell two keys
/// apart, too little to use one.
fn token(value: &str) -> String {
    const SCHEMES: [&str; 5] = ["Bearer", "Basic", "Token", "ApiKey", "Digest"];
    let (scheme, token) = match value.split_once(' ') {
        Some((scheme, token)) if SCHEMES.iter().any(|s| s.eq_ignore_ascii_case(scheme)) => {
            (scheme, token.trim())
        }
        _ => return HIDDEN.to_string(),
    };
    if !scheme.eq_ignore_ascii_case("bearer") || token.len() < 20 || !token.is_ascii() {
        return format!("{scheme} {HIDDEN}");
    }
    let prefix = match token.find('-') {
        Some(at) if at < 4 => &token[..=at],
        _ => "",
    };
    format!("{scheme} {prefix}...{}", &token[token.len() - 4..])
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
