use super::*;

#[test]
fn secret_names() {
    for name in [
        "authorization",
        "Proxy-Authorization",
        "x-api-key",
        "api-key",
        "api_key",
        "Ocp-Apim-Subscription-Key",
        "cookie",
        "set-cookie",
        "x-auth-token",
        "key",
        "x-amz-security-token",
        "x-client-secret",
    ] {
        assert!(is_secret(name), "{name} is a secret");
    }
    for name in [
        "content-type",
        "idempotency-key",
        "sec-websocket-key",
        "x-ratelimit-remaining-tokens",
        "openai-organization",
        "x-request-id",
        "author",
        "user-agent",
    ] {
        assert!(!is_secret(name), "{name} is no secret");
    }
}

#[test]
fn header_values() {
    let mut given = HeaderMap::new();
    let mut odd = HeaderValue::from_static("marked by its owner");
    odd.set_sensitive(true);
    for (name, value) in [
        ("content-type", HeaderValue::from_static("application/json")),
        ("x-odd", odd),
        (
            "authorization",
            HeaderValue::from_static("Bearer sk-proj-0123456789abcdef"),
        ),
        (
            "x-api-key",
            HeaderValue::from_static("sk-proj-0123456789abcdef"),
        ),
        ("cookie", HeaderValue::from_static("a=b")),
        ("cookie", HeaderValue::from_static("c=d")),
    ] {
        given.append(name, value);
    }
    let masked = headers(&given);
    let shown = |name| {
        masked
            .get_all(name)
            .iter()
            .map(|v| v.to_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown("content-type"), ["application/json"]);
    assert_eq!(shown("x-odd"), ["***"]);
    assert_eq!(shown("authorization"), ["Bearer sk-...cdef"]);
    assert_eq!(shown("x-api-key"), ["***"]);
    assert_eq!(shown("cookie"), ["***", "***"]);
}

#[test]
fn no_token_is_shown_whole() {
    for (value, expect) in [
        ("Bearer short", "Bearer ***"),
        ("Basic dXNlcjpwYXNzd29yZDEyMzQ1Njc4", "Basic ***"),
        ("sk-0123456789abcdef0123 x", "***"),
        ("bearer 0123456789abcdef0123", "bearer ...0123"),
    ] {
        assert_eq!(token(value), expect);
    }
}

#[test]
fn urls() {
    for (given, expect) in [
        ("https://h/v1/chat", "https://h/v1/chat"),
        ("https://u:p@h:8/v1?a=b", "https://***@h:8/v1?a=b"),
        ("https://h?key=x&alt=sse", "https://h?key=***&alt=sse"),
        ("/v1/x?api_key=s&t", "/v1/x?api_key=***&t"),
    ] {
        assert_eq!(url(given), expect);
    }
}
