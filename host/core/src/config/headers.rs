//! What a model says of the headers of its requests: `api_key`, `organization` and
//! `extra_headers`.

use http::{HeaderName, HeaderValue, header};

use super::diag::Severity;
use super::findings::{At, Findings};
use super::secret::is_secret_name;
use crate::connection;

/// The key of a backend. White space around it comes from the file that it was copied from,
/// and would keep it out of a header.
pub fn api_key(params: &At<'_>, findings: &mut Findings<'_>) -> Option<String> {
    let at = params.get("api_key")?;
    let key = at.node.as_text()?.trim();
    if key.is_empty() {
        return None;
    }
    sendable(&at, key, "`api_key`", findings)?;
    Some(key.to_owned())
}

/// What is sent besides, in the order of the file. Of what cannot be sent, it is said why.
pub fn headers(params: &At<'_>, findings: &mut Findings<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    if let Some(at) = params.get("organization") {
        let name = HeaderName::from_static("openai-organization");
        headers.extend(header((name, "organization"), &at, findings));
    }
    let Some(extra) = params.first(&["extra_headers", "headers"]) else {
        return headers;
    };
    for member in extra.node.members() {
        let at = extra.at(&member.key, &member.node);
        let Ok(name) = member.key.parse::<HeaderName>() else {
            let message = format!("`{}` is not a name for a header", member.key.escape_debug());
            let hint = Some("letters, digits and `-`".to_owned());
            findings.push(Severity::Error, member.mark, &at.path, message, hint);
            continue;
        };
        if connection::owns(&name) || name == header::CONTENT_LENGTH {
            let message = format!(
                "`{}` is the connection's own header; it is not sent",
                member.key
            );
            findings.push(Severity::Warning, member.mark, &at.path, message, None);
            continue;
        }
        headers.extend(header((name, &member.key), &at, findings));
    }
    headers
}

fn header(
    (name, written): (HeaderName, &str),
    at: &At<'_>,
    findings: &mut Findings<'_>,
) -> Option<(HeaderName, HeaderValue)> {
    let text = at.node.as_words()?;
    let mut value = sendable(at, text, &format!("the value of `{written}`"), findings)?;
    value.set_sensitive(is_secret_name(written));
    Some((name, value))
}

/// None is an error that is reported.
pub fn sendable(
    at: &At<'_>,
    text: &str,
    what: &str,
    findings: &mut Findings<'_>,
) -> Option<HeaderValue> {
    let value = HeaderValue::from_str(text).ok();
    if value.is_none() {
        let message = format!("{what} cannot be sent in a header");
        let hint = "it must be one line without control characters";
        findings.error(at, message, Some(hint.to_owned()));
    }
    value
}
