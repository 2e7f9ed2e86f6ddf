//! What a failure means, from its status and its body.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use super::retry_after;
use super::{Failure, Phase};
use crate::upstream::UpstreamError;

mod error_body;
mod words;

pub(super) use error_body::ErrorBody;

/// A failure, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub class: Class,
    /// What the backend asked for.
    pub retry_after: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Cannot connect, or the connection broke.
    Connection,
    /// 500, 502, 503, 504, 408, 409 and their like; also a 400 that says "overloaded".
    Overloaded,
    /// 429 and its like; may pass soon.
    RateLimited,
    /// A success that holds no answer, or one that cannot be read.
    BadAnswer,
    /// A plugin did not like the answer.
    PluginRetry,
    /// A limit of ours ran out.
    Timeout,
    /// The backend refuses our credentials.
    Unauthorized,
    /// The backend has no such model or route.
    NotFound,
    /// The account at the backend is used up or not paid.
    Quota,
    /// The request is too long for this model, or for its limits.
    ContextLength,
    Redirect,
    /// The request cannot be put on the wire for this backend.
    Unsendable,
    /// Refused for what it says.
    ContentPolicy,
    /// Refused for what it is: the client's mistake.
    BadRequest,
    /// A plugin with `on_error: fail` died.
    PluginFailed,
}

/// What to do about a class of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The same deployment again, after a wait. If the backend wants a longer wait than the
    /// budget allows: [`Action::Next`].
    Again,
    /// The next deployment, at once.
    Next,
    /// The client must know.
    HandBack,
}

impl Class {
    pub fn action(self) -> Action {
        match self {
            Self::Connection
            | Self::Overloaded
            | Self::RateLimited
            | Self::BadAnswer
            | Self::PluginRetry => Action::Again,
            Self::Timeout
            | Self::Unauthorized
            | Self::NotFound
            | Self::Quota
            | Self::ContextLength
            | Self::Redirect
            | Self::Unsendable => Action::Next,
            Self::ContentPolicy | Self::BadRequest | Self::PluginFailed => Action::HandBack,
        }
    }

    /// Says something about the deployment, and brings its cool-down nearer. `NotFound` does
    /// not: a client may name any model under a wildcard, or a route that the backend lacks.
    pub fn is_unhealthy(self) -> bool {
        match self {
            Self::Connection
            | Self::Overloaded
            | Self::RateLimited
            | Self::BadAnswer
            | Self::Timeout
            | Self::Unauthorized
            | Self::Quota
            | Self::Redirect => true,
            Self::PluginRetry
            | Self::NotFound
            | Self::ContextLength
            | Self::Unsendable
            | Self::ContentPolicy
            | Self::BadRequest
            | Self::PluginFailed => false,
        }
    }

    /// The backend understood the request and answered as it should: it is alive.
    pub fn is_alive(self) -> bool {
        matches!(
            self,
            Self::ContextLength | Self::ContentPolicy | Self::BadRequest
        )
    }

    /// Stable, for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Overloaded => "overloaded",
            Self::RateLimited => "rate_limited",
            Self::BadAnswer => "bad_answer",
            Self::PluginRetry => "plugin_retry",
            Self::Timeout => "timeout",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::Quota => "quota",
            Self::ContextLength => "context_length",
            Self::Redirect => "redirect",
            Self::Unsendable => "unsendable",
            Self::ContentPolicy => "content_policy",
            Self::BadRequest => "bad_request",
            Self::PluginFailed => "plugin_failed",
        }
    }
}

/// `wall` is only read for a `Retry-After` that is a date, in an answer without a `Date`.
pub fn classify(failure: &Failure, wall: SystemTime) -> Verdict {
    let only = |class| Verdict {
        class,
        retry_after: None,
    };
    match failure {
        Failure::Upstream(error) => only(match error {
            UpstreamError::Connect(_) | UpstreamError::Broken(_) => Class::Connection,
            UpstreamError::ConnectTimeout(_) => Class::Timeout,
            UpstreamError::Unreadable(_) => Class::BadAnswer,
            UpstreamError::Unsendable(_) => Class::Unsendable,
        }),
        Failure::Timeout(
            Phase::Headers | Phase::FirstEvent | Phase::BetweenEvents | Phase::Whole | Phase::Total,
        ) => only(Class::Timeout),
        Failure::NoAnswer(_) => only(Class::BadAnswer),
        Failure::PluginRetry { .. } => only(Class::PluginRetry),
        Failure::Plugin { .. } => only(Class::PluginFailed),
        Failure::Status {
            status,
            headers,
            body,
        } => judge(Some(*status), headers, &ErrorBody::read(body), wall),
        Failure::ErrorAnswer { headers, body } => {
            let body = ErrorBody::read(body);
            judge(body.status(), headers, &body, wall)
        }
    }
}

fn judge(
    status: Option<StatusCode>,
    headers: &HeaderMap,
    body: &ErrorBody,
    wall: SystemTime,
) -> Verdict {
    let class = match status {
        // A redirect's body is boilerplate.
        Some(status) if status.is_redirection() => Class::Redirect,
        _ => words::by_name(body)
            .or_else(|| words::by_phrase(status, body))
            .unwrap_or_else(|| by_status(status)),
    };
    Verdict {
        class,
        retry_after: retry_after::from_headers(headers, wall).or(body.retry_after),
    }
}

fn by_status(status: Option<StatusCode>) -> Class {
    match status.map_or(0, |status| status.as_u16()) {
        // An error without a status, inside a success.
        0 => Class::BadAnswer,
        401 | 403 | 407 => Class::Unauthorized,
        402 => Class::Quota,
        404 | 405 | 410 | 501 => Class::NotFound,
        413 => Class::ContextLength,
        408 | 409 | 425 => Class::Overloaded,
        429 => Class::RateLimited,
        451 => Class::ContentPolicy,
        400..=499 => Class::BadRequest,
        _ => Class::Overloaded,
    }
}

#[cfg(test)]
mod tests;
