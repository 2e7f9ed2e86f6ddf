//! What went wrong below, in the terms of [`UpstreamError`].

use std::error::Error;
use std::io;
use std::time::Duration;

use yallmp_core::upstream::UpstreamError;

/// A failed attempt to connect. `limit` is the time that it had.
pub(super) fn connect(error: &(dyn Error + 'static), to: &str, limit: Duration) -> UpstreamError {
    let timed_out = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::TimedOut);
    match timed_out {
        true => UpstreamError::ConnectTimeout(limit),
        false => {
            let mut said = format!("{to}: {}", text(error));
            // The words of rustls.
            if said.contains("invalid peer certificate") {
                said.push_str("; `ssl_verify: FILE.pem` trusts an authority of your own");
            }
            UpstreamError::Connect(said)
        }
    }
}

/// A connection that failed in use.
pub(super) fn broken(error: &(dyn Error + 'static)) -> UpstreamError {
    let unreadable = causes(error).any(|cause| {
        if let Some(cause) = cause.downcast_ref::<hyper::Error>() {
            return cause.is_parse();
        }
        // hyper's words for a body whose chunks are not framed as they must be.
        let bad = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput];
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| bad.contains(&cause.kind()))
    });
    match unreadable {
        true => UpstreamError::Unreadable(text(error)),
        false => UpstreamError::Broken(text(error)),
    }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The error and its causes, each said once.
pub(super) fn text(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let cause = cause.to_string();
        if text.ends_with(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}
