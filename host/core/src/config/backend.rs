//! `api_base`: where the requests of a model go.

use http::Uri;

use super::findings::{At, Findings};
use super::provider::{self, Access};
use super::{Backend, azure, secret};

/// The backend, or why there is none.
pub fn backend(
    base: Option<&At<'_>>,
    provider: &str,
    azure: Option<&azure::Deployment<'_>>,
    findings: &mut Findings<'_>,
) -> Result<Backend, String> {
    let access = provider::access(provider);
    let Some(base) = base else {
        return match access {
            Some(Access::Public { base, .. } | Access::Local { base }) => Ok(Backend::Http {
                base: base.to_owned(),
            }),
            Some(Access::Foreign(way)) => Err(format!(
                "the protocol of `{provider}` is not supported; {way}"
            )),
            Some(Access::Own | Access::Azure) => Err(format!("`{provider}` needs an `api_base`")),
            None => Err("no `api_base`, and the model names no known provider".to_owned()),
        };
    };
    let unusable = Ok(Backend::Http {
        base: String::new(),
    });
    let Some(text) = base.node.as_text() else {
        return unusable;
    };
    if text == "builtin://demo" {
        return Ok(Backend::Demo);
    }
    if base.node.first_unset().is_some() {
        return Ok(Backend::Http {
            base: text.to_owned(),
        });
    }
    match parse_base(text) {
        Ok(base) => Ok(Backend::Http {
            base: azure.map_or(base.clone(), |azure| azure.base(&base)),
        }),
        Err((message, hint)) => {
            findings.error(base, message, Some(hint.to_owned()));
            unusable
        }
    }
}

/// A base as [`Backend::Http`] wants it, or what is wrong with it. Nothing of the text is
/// in the message: it may hold a secret.
fn parse_base(text: &str) -> Result<String, (&'static str, &'static str)> {
    const EXAMPLE: &str = "write it like `https://api.example.com/v1`";
    const NO_SCHEME: &str = "`api_base` needs `http://` or `https://`";
    const NO_URL: &str = "`api_base` is not a URL";
    let text = text.trim();
    if !text.contains("://") {
        return Err((NO_SCHEME, EXAMPLE));
    }
    if !text.is_ascii() {
        return Err((
            NO_URL,
            "it holds a letter that is not ASCII: write such a host as `xn--…`, and such a path percent-encoded",
        ));
    }
    if text.contains(|c: char| c.is_ascii_whitespace() || c.is_ascii_control()) {
        return Err((NO_URL, "it holds a space or the end of a line"));
    }
    let uri: Uri = text.parse().map_err(|_| (NO_URL, EXAMPLE))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err((NO_SCHEME, EXAMPLE));
    };
    if !matches!(scheme, "http" | "https") {
        return Err((
            "`api_base` must be `http://`, `https://` or `builtin://demo`",
            EXAMPLE,
        ));
    }
    if authority.as_str().contains('@') {
        return Err((
            "`api_base` must not hold a user or password",
            "use `api_key`, or `Authorization` in `extra_headers`",
        ));
    }
    if authority.host().is_empty() {
        return Err(("`api_base` has no host", EXAMPLE));
    }
    let says_port = authority.as_str().len() > authority.host().len();
    if says_port && authority.port_u16().is_none_or(|port| port == 0) {
        return Err((
            "the port in `api_base` must be a number from 1 to 65535",
            EXAMPLE,
        ));
    }
    // It would be seen wherever the URL is: in logs and errors.
    let mut parameters = uri.query().unwrap_or_default().split('&');
    if parameters.any(secret::is_secret_name) {
        return Err((
            "`api_base` must not hold a key",
            "use `api_key` or `extra_headers`",
        ));
    }
    // An endpoint at its end stays: `upstream::url::join` learns the root from it.
    let path = uri.path().trim_end_matches('/');
    let query = uri.query().map(|query| format!("?{query}"));
    let query = query.unwrap_or_default();
    Ok(format!("{scheme}://{authority}{path}{query}"))
}
