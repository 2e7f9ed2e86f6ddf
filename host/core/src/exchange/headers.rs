//! Which headers go on, in both directions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::chain::Told;
use crate::config::{Deployment, KeyHeader};
use crate::connection;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const DEPLOYMENT: HeaderName = HeaderName::from_static("x-yallmp-deployment");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-yallmp-attempts");
/// What a plugin noted comes under its name.
const PLUGIN: &str = "x-yallmp-";
/// Of one such header.
const MAX_NOTED: usize = 2 << 10;
const OVERHEAD: HeaderName = HeaderName::from_static("x-yallmp-overhead-ms");

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
                // Of the page that asks this server; some backends refuse those of strangers.
                | header::ORIGIN
                | header::REFERER
        ) || name == X_API_KEY
            || name == API_KEY;
        if !dropped && !connection::owns(name) && !connection::claims(client, name) {
            headers.append(name, value.clone());
        }
    }
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(key) = &deployment.api_key {
        let key = key.expose_secret();
        let (name, value) = match deployment.key_header {
            KeyHeader::Bearer => (header::AUTHORIZATION, format!("Bearer {key}").try_into()),
            KeyHeader::ApiKey => (API_KEY, HeaderValue::from_str(key)),
        };
        if let Ok(mut value) = value {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
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
/// fits, plus what plugins did and where the answer comes from.
pub(super) fn reply(mut headers: HeaderMap, told: &[Told], from: &Provenance) -> HeaderMap {
    let gone: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            connection::owns(name)
                || matches!(
                    **name,
                    header::CONTENT_LENGTH | header::DATE | header::SET_COOKIE
                )
                // Which pages may read answers of this server is not the backend's to say.
                || name.as_str().starts_with("access-control-")
                || connection::claims(&headers, name)
        })
        .cloned()
        .collect();
    for name in gone {
        headers.remove(name);
    }
    noted(&mut headers, told);
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

/// One header for each plugin that noted something: `name=value, …` in the order in which it
/// was said. Commas in a value would read as the next fact.
fn noted(headers: &mut HeaderMap, told: &[Told]) {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for Told { plugin, fact } in told {
        let line = lines.entry(plugin).or_default();
        let value = fact.value.chars().map(|c| match c {
            ',' => ';',
            c if c == ' ' || c.is_ascii_graphic() => c,
            _ => '?',
        });
        let length = fact.name.len() + fact.value.len() + 3;
        if line.len() + length > MAX_NOTED {
            continue;
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&fact.name);
        line.push('=');
        line.extend(value);
    }
    for (plugin, line) in lines {
        if let (Ok(name), Ok(value)) = (
            HeaderName::try_from(format!("{PLUGIN}{plugin}")),
            HeaderValue::try_from(line),
        ) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Fact;

    fn told(plugin: &str, name: &str, value: &str) -> Told {
        Told {
            plugin: plugin.into(),
            fact: Fact {
                name: name.into(),
                value: value.into(),
            },
        }
    }

    #[test]
    fn facts_are_a_header_for_each_plugin() {
        let mut headers = HeaderMap::new();
        let facts = [
            told("keep", "restored", "k1:1, k2:3"),
            told("fix", "calls", "2"),
            told("keep", "missed", "ü\r\n"),
            told("no header name", "n", "v"),
        ];
        noted(&mut headers, &facts);
        assert_eq!(headers["x-yallmp-keep"], "restored=k1:1; k2:3, missed=???");
        assert_eq!(headers["x-yallmp-fix"], "calls=2");
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn what_pages_may_do_is_between_them_and_this_server() {
        let from = Provenance {
            id: "id".into(),
            deployment: None,
            attempts: 1,
            overhead: Duration::ZERO,
        };
        let mut headers = HeaderMap::new();
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        headers.insert("x-kept", HeaderValue::from_static("1"));
        let headers = reply(headers, &[], &from);
        assert!(!headers.contains_key("access-control-allow-origin"));
        assert!(headers.contains_key("x-kept"));

        let mut client = HeaderMap::new();
        client.insert("origin", HeaderValue::from_static("https://page.example"));
        client.insert(
            "referer",
            HeaderValue::from_static("https://page.example/x"),
        );
        let backend = crate::config::Backend::Demo;
        let headers = upstream(&client, &Deployment::new("m", backend), "id");
        assert!(!headers.contains_key("origin") && !headers.contains_key("referer"));
    }

    #[test]
    fn what_does_not_fit_into_a_header_is_left_out() {
        let mut headers = HeaderMap::new();
        let value = "v".repeat(MAX_NOTED);
        noted(&mut headers, &[told("p", "a", &value), told("p", "b", "2")]);
        assert_eq!(headers["x-yallmp-p"], "b=2");
    }

    #[test]
    fn a_plugin_cannot_speak_for_the_proxy() {
        let from = Provenance {
            id: "id".into(),
            deployment: Some("m#1".into()),
            attempts: 2,
            overhead: Duration::ZERO,
        };
        let facts = [told("attempts", "n", "9"), told("deployment", "n", "x")];
        let headers = reply(HeaderMap::new(), &facts, &from);
        assert_eq!(headers["x-yallmp-attempts"], "2");
        assert_eq!(headers["x-yallmp-deployment"], "m#1");
    }
}
