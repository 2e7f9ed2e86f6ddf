//! The client's request of a log, to be sent once more.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use yallmp_core::body::RequestBody;
use yallmp_core::config::LogLevel;
use yallmp_core::connection;
use yallmp_core::tape::{Request, mask};
use yallmp_log::text::parse::Log;

/// What is to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Another model.
    pub model: Option<String>,
    /// Ask for a stream, or for none.
    pub stream: Option<bool>,
}

/// A request as a client would send it, but for its key: that is in no log.
#[derive(Debug)]
pub struct Again {
    pub path: String,
    pub host: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// # Errors
/// The log does not hold the request, or it cannot be changed like this.
pub fn again(log: &Log, changes: &Changes) -> anyhow::Result<Again> {
    let Some(request) = log.request() else {
        bail!("it holds no request: its beginning is lost");
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        if !mask::is_secret(name.as_str()) && !belongs_to_connection(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    Ok(Again {
        path: request.path.clone(),
        host: request.host.clone(),
        headers,
        body: body(log, request, changes)?,
    })
}

/// The logged body with the changes made.
pub fn body(log: &Log, request: &Request, changes: &Changes) -> anyhow::Result<Bytes> {
    if request.body.is_empty() && request.size > 0 {
        match log.meta.level {
            LogLevel::Full => bail!("its body was over the size limit of a log and is not in it"),
            _ => bail!("it was written at level `metadata` and holds no body"),
        }
    }
    let mut edits = Vec::new();
    if let Some(model) = &changes.model {
        edits.push((
            "model".to_string(),
            Some(serde_json::Value::from(model.as_str()).to_string()),
        ));
    }
    match changes.stream {
        None => {}
        Some(true) => edits.push(("stream".to_string(), Some("true".to_string()))),
        // Without a stream its options are an error.
        Some(false) => {
            edits.push(("stream".to_string(), Some("false".to_string())));
            edits.push(("stream_options".to_string(), None));
        }
    }
    if edits.is_empty() {
        return Ok(request.body.clone());
    }
    let edited = RequestBody::parse(request.body.clone()).and_then(|body| body.edit(&edits));
    Ok(edited
        .context("cannot change the logged body")?
        .bytes()
        .clone())
}

/// Headers of the logged connection or exchange, which a new one makes anew. Without
/// `accept-encoding` the answer can be read.
pub fn belongs_to_connection(name: &HeaderName) -> bool {
    const NAMES: [&str; 6] = [
        "accept-encoding",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "x-request-id",
    ];
    connection::owns(name) || NAMES.contains(&name.as_str())
}
