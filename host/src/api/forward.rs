//! The way to a model: an HTTP request becomes an exchange, its reply an HTTP answer.

use std::sync::Arc;

use axum::BoxError;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use yallmp_core::account::TraceContext;
use yallmp_core::error::ProxyError;
use yallmp_core::exchange::{self, ClientRequest, Gateway, Reply, ReplyBody};

use super::body::Body;
use super::{App, Peer, host, receive, request_id};

/// Paths that LiteLLM also knows without `/v1`.
const WITHOUT_PREFIX: [&str; 7] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/responses",
    "/moderations",
    "/rerank",
    "/images/generations",
];

/// Is there something for a POST to this path?
pub fn is_known(path: &str) -> bool {
    WITHOUT_PREFIX.contains(&path.strip_prefix("/v1").unwrap_or(path))
}

/// The API path if this request goes to a model: every POST below `/v1/`.
pub fn api_path(method: &Method, path: &str) -> Option<Arc<str>> {
    if method != Method::POST {
        return None;
    }
    let path = path.trim_end_matches('/');
    if let Some(rest) = path.strip_prefix("/v1/") {
        is_plain(rest).then(|| path.into())
    } else if WITHOUT_PREFIX.contains(&path) {
        Some(format!("/v1{path}").into())
    } else {
        None
    }
}

/// Whether no server takes this for the way to something else: no segment is empty or only
/// dots, no slash is escaped.
fn is_plain(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    let is_name = |segment: &str| !segment.trim_matches('.').is_empty();
    !path.contains("%2f") && !path.contains("%5c") && path.split('/').all(is_name)
}

pub async fn forward<B>(
    app: &App,
    peer: Peer,
    id: Arc<str>,
    tenant: Arc<str>,
    path: Arc<str>,
    request: Request<B>,
) -> Result<Response<Body>, ProxyError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let gateway = app.gateway();
    let (head, body) = request.into_parts();
    let allowed = check_enabled(&gateway, &path).and_then(|()| check_content_type(&head.headers));
    if let Err(error) = allowed {
        Box::pin(receive::discard(body, &head.headers)).await;
        return Err(error);
    }
    let body = receive::receive(body, &head.headers, gateway.config.server.max_body_bytes).await?;
    let host = match host(&head.headers) {
        Some(host) => host.to_owned(),
        None => peer.local.to_string(),
    };
    let request = ClientRequest {
        trace: trace(&gateway, &head.headers),
        id,
        path,
        host,
        headers: head.headers,
        body,
        tenant,
    };
    exchange::run(gateway, request).await.map(response)
}

/// The trace that a request with these headers belongs to, if somebody collects traces.
pub fn trace(gateway: &Gateway, headers: &HeaderMap) -> Option<TraceContext> {
    let otlp = gateway.config.otlp.as_ref()?;
    otlp.traces.as_ref()?;
    Some(TraceContext::of(headers, request_id::spans()))
}

pub fn check_enabled(gateway: &Gateway, path: &str) -> Result<(), ProxyError> {
    let is_responses = path
        .strip_prefix("/v1/responses")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_responses && !gateway.config.responses_endpoint {
        return Err(ProxyError::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            "the Responses API is switched off; set `general_settings.enable_responses_endpoint: true` to switch it on",
        )
        .code("responses_endpoint_disabled"));
    }
    Ok(())
}

/// Only JSON can be routed. Many clients say so wrongly or not at all, so just what must be
/// another body is refused.
fn check_content_type(headers: &HeaderMap) -> Result<(), ProxyError> {
    let refused = |what: &str, value: &[u8]| {
        let value = String::from_utf8_lossy(value);
        ProxyError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request_error",
            format!("a request with {what} `{value}` cannot be routed; send plain JSON"),
        )
        .code("unsupported_content_type")
    };
    if let Some(value) = headers.get(header::CONTENT_TYPE).map(|v| v.as_bytes()) {
        let others: [&[u8]; 4] = [b"multipart/", b"audio/", b"image/", b"video/"];
        let is = |prefix: &[u8]| {
            let start = value.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if others.into_iter().any(is) {
            return Err(refused("content-type", value));
        }
    }
    match headers.get(header::CONTENT_ENCODING).map(|v| v.as_bytes()) {
        None | Some(b"identity") => Ok(()),
        Some(value) => Err(refused("content-encoding", value)),
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::new(match reply.body {
        ReplyBody::Whole(bytes) => Body::Whole(bytes),
        ReplyBody::Stream(stream) => Body::Stream(stream),
    });
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}
