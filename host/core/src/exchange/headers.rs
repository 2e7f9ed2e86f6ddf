//! Which headers go on, in both directions.

use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::config::Deployment;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const DEPLOYMENT: HeaderName = HeaderName::from_static("x-yallmp-deployment");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-yallmp-attempts");
const OVERHEAD: HeaderName = HeaderName::from_static("x-yallmp-overhead-ms");

/// Headers of one connection, not of the message (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &HeaderName) -> bool {
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

/// Names that a `Connection` header declares hop-by-hop.
fn is_listed(connection: &HeaderMap, name: &HeaderName) -> bool {
    connection.get_all(header::CONNECTION).iter().any(|value| {
        value.to_str().is_ok_and(|value| {
            value
                .split(',')
                .any(|listed| listed.trim().eq_ignore_ascii_case(name.as_str()))
        })
    })
}

/// The client's headers for a backend: less what belongs to the connection, to the proxy or
/// to the client's own key, plus the deployment's. `accept-encoding` is left out so that the
/// answer comes as plain text.
pub(super) fn upstream(client: &HeaderMap, deployment: &Deployment, id: &str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(client.len() + 4);
    for (name, value) in client {
        let dropped = matches!(
            *name,
            header::HOST
                | header::CONTENT_LENGTH
                | header::AUTHORIZATION
                | header::ACCEPT_ENCODING
                | header::CONTENT_ENCODING
                | header::COOKIE
                | header::EXPECT
        ) || name == API_KEY;
        if !dropped && !is_hop_by_hop(name) && !is_listed(client, name) {
            headers.append(name, value.clone());
        }
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(key) = &deployment.api_key
        && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
    {
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    for (name, value) in &deployment.extra_headers {
        headers.insert(name, value.clone());
    }
    headers
}

/// What the proxy says about an answer.
pub(super) struct Provenance {
    pub id: Arc<str>,
    pub deployment: Option<String>,
    pub attempts: u32,
    pub overhead: Duration,
}

/// A backend's headers for the client: less what belongs to the connection or no longer
/// fits, plus where the answer comes from.
pub(super) fn reply(mut headers: HeaderMap, from: &Provenance) -> HeaderMap {
    let gone: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            is_hop_by_hop(name)
                || matches!(
                    **name,
                    header::CONTENT_LENGTH | header::DATE | header::SET_COOKIE
                )
                || is_listed(&headers, name)
        })
        .cloned()
        .collect();
    for name in gone {
        headers.remove(name);
    }
    if let Ok(id) = HeaderValue::from_str(&from.id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(deployment) = &from.deployment {
        // Model names may hold anything; header values may not.
        let ascii: String = deployment
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '?' })
            .collect();
        if let Ok(value) = HeaderValue::from_str(&ascii) {
            headers.insert(DEPLOYMENT, value);
        }
    }
    headers.insert(ATTEMPTS, from.attempts.into());
    let overhead = format!("{:.3}", from.overhead.as_secs_f64() * 1e3);
    if let Ok(value) = HeaderValue::from_str(&overhead) {
        headers.insert(OVERHEAD, value);
    }
    headers
}
