//! What the client is told when no try is left.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::classify::ErrorBody;
use super::{Failure, Phase, Verdict};
use crate::config::Deployment;
use crate::error::ProxyError;
use crate::upstream::UpstreamError;

const KIND: &str = "upstream_error";
/// The longest body that is passed on.
const MAX_BODY: usize = 64 << 10;
/// Characters of a body that is not JSON.
const EXCERPT: usize = 200;

/// The error for a request whose last failure this is.
pub(super) fn from_failure(
    failure: &Failure,
    verdict: Verdict,
    deployment: &Deployment,
) -> ProxyError {
    let id = &deployment.id;
    let bad_gateway =
        |code, text: String| ProxyError::new(StatusCode::BAD_GATEWAY, KIND, text).code(code);
    let timeout = |text: String| {
        ProxyError::new(StatusCode::GATEWAY_TIMEOUT, KIND, text).code("upstream_timeout")
    };
    let error = match failure {
        Failure::Upstream(error) => match error {
            UpstreamError::ConnectTimeout(_) => timeout(format!("backend `{id}`: {error}")),
            UpstreamError::Connect(_) => {
                bad_gateway("upstream_unreachable", format!("backend `{id}`: {error}"))
            }
            UpstreamError::Broken(_)
            | UpstreamError::Unreadable(_)
            | UpstreamError::Unsendable(_) => {
                bad_gateway("upstream_broken", format!("backend `{id}`: {error}"))
            }
        },
        Failure::Timeout(phase) => timeout(format!(
            "backend `{id}` {}",
            match phase {
                Phase::Headers => "did not begin to answer in time",
                Phase::FirstEvent => "sent nothing meaningful in time",
                Phase::BetweenEvents => "fell silent in the middle of its answer",
                Phase::Whole => "did not finish its answer in time",
                Phase::Total => "ran into the limit for one try",
            }
        )),
        Failure::NoAnswer(what) => bad_gateway(
            "upstream_no_answer",
            format!("backend `{id}` answered without an answer: {what}"),
        ),
        Failure::PluginRetry { plugin, reason } => bad_gateway(
            "answer_rejected",
            format!("plugin `{plugin}` refused the answer of backend `{id}`: {reason}"),
        ),
        Failure::Plugin { plugin, error } => ProxyError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "plugin_error",
            format!("plugin `{plugin}` failed: {error}"),
        )
        .code("plugin_failed"),
        Failure::Status { status, .. } if status.is_redirection() => bad_gateway(
            "upstream_redirect",
            format!(
                "backend `{id}` answered {status}; redirects are never followed, correct its `api_base`"
            ),
        ),
        Failure::Status { status, body, .. } => answered(*status, body, deployment),
        Failure::ErrorAnswer { body, .. } => {
            let status = ErrorBody::read(body).status();
            answered(status.unwrap_or(StatusCode::BAD_GATEWAY), body, deployment)
        }
    };
    match verdict.retry_after {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}

/// Did the backend itself say what was wrong?
pub(super) fn is_answered(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Status { .. } | Failure::ErrorAnswer { .. }
    )
}

/// Nothing could be tried.
pub(super) fn refused(model: &str, cooling: bool, wait: Duration) -> ProxyError {
    let seconds = wait.as_secs_f64().ceil();
    let (status, code, why) = match cooling {
        true => (
            StatusCode::SERVICE_UNAVAILABLE,
            "model_cooling_down",
            "cools down after failing repeatedly",
        ),
        false => (
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "has reached its configured rpm or tpm",
        ),
    };
    let text = format!("every backend of `{model}` {why}; try again in {seconds} s");
    ProxyError::new(status, KIND, text)
        .code(code)
        .retry_after(wait)
}

/// 503 `model_disabled`. `reasons`: deployment id and why.
pub(super) fn disabled<'a>(
    model: &str,
    reasons: impl Iterator<Item = (&'a str, &'a str)>,
) -> ProxyError {
    let reasons: Vec<String> = reasons.map(|(id, why)| format!("`{id}`: {why}")).collect();
    ProxyError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "configuration_error",
        format!("the model `{model}` is disabled ({})", reasons.join("; ")),
    )
    .param("model")
    .code("model_disabled")
}

/// A backend's own words: its JSON object as it came, or an excerpt in one of ours.
fn answered(status: StatusCode, body: &Bytes, deployment: &Deployment) -> ProxyError {
    let body = without_key(body, deployment);
    let is_error = status.is_client_error() || status.is_server_error();
    let mut error = ProxyError::new(
        if is_error {
            status
        } else {
            StatusCode::BAD_GATEWAY
        },
        KIND,
        format!(
            "backend `{}` answered {status}{}",
            deployment.id,
            excerpt(&body)
        ),
    )
    .code("upstream_status");
    error.upstream_body = json_object(body);
    error
}

fn json_object(body: Bytes) -> Option<Bytes> {
    if body.len() > MAX_BODY {
        return None;
    }
    match serde_json::from_slice(&body).ok()? {
        Value::Object(_) => Some(body),
        // Google wraps its error in a list.
        Value::Array(list) => match list.as_slice() {
            [Value::Object(error)] => Some(Value::from(error.clone()).to_string().into()),
            _ => None,
        },
        _ => None,
    }
}

fn excerpt(body: &Bytes) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(8 * EXCERPT)]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let short: String = words.join(" ").chars().take(EXCERPT).collect();
    match short.is_empty() {
        true => String::new(),
        false => format!(": {short}"),
    }
}

/// Some backends repeat the key that they refuse.
fn without_key(body: &Bytes, deployment: &Deployment) -> Bytes {
    let Some(key) = &deployment.api_key else {
        return body.clone();
    };
    let key = key.expose_secret();
    match std::str::from_utf8(body) {
        Ok(text) if !key.is_empty() && text.contains(key) => text.replace(key, "***").into(),
        _ => body.clone(),
    }
}
