//! How commands speak to a server.

use std::error::Error;
use std::time::Duration;

use anyhow::Context as _;

/// A client for this URL.
pub fn client(url: &str) -> anyhow::Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10));
    let host = url
        .parse::<http::Uri>()
        .ok()
        .and_then(|uri| uri.host().map(str::to_string));
    if host.is_some_and(|host| host == "localhost" || host.starts_with("127.") || host == "[::1]") {
        // A system proxy cannot reach this machine.
        builder = builder.no_proxy();
    }
    builder.build().context("cannot make an HTTP client")
}

/// An error and its causes in one line; reqwest's own text leaves them out.
pub fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
