//! Reading a request's body: all of it, under a limit, in as few copies as can be.

use std::time::Duration;

use axum::BoxError;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout, timeout_at};
use yallmp_core::error::ProxyError;

/// Silence in the middle of a body after which the client is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// For how long the body of a refused request is read and thrown away. A client that is
/// still sending when the connection closes sees a broken pipe instead of the answer.
const LINGER: Duration = Duration::from_secs(2);

/// Made room for at once on the client's word; more is made as it comes.
const TRUSTED_LEN: usize = 1 << 20;

/// The whole body, or 413 when it is longer than `limit`, 408 when it stops coming, 400
/// when it breaks.
pub async fn receive<B>(mut body: B, headers: &HeaderMap, limit: usize) -> Result<Bytes, ProxyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let hint = body.size_hint();
    if hint.lower() > limit as u64 {
        discard(body, headers).await;
        return Err(too_large(limit));
    }
    let Some(first) = next(&mut body).await? else {
        return Ok(Bytes::new());
    };
    // Most bodies come in one piece, which is passed on as it is.
    if first.len() as u64 == hint.lower() || body.is_end_stream() {
        return if first.len() <= limit {
            Ok(first)
        } else {
            Err(too_large(limit))
        };
    }
    let room = (hint.lower() as usize).min(TRUSTED_LEN).max(first.len());
    let mut whole = BytesMut::with_capacity(room);
    let mut piece = first;
    loop {
        if whole.len() + piece.len() > limit {
            discard(body, headers).await;
            return Err(too_large(limit));
        }
        whole.extend_from_slice(&piece);
        piece = match next(&mut body).await? {
            Some(piece) => piece,
            None => return Ok(whole.freeze()),
        };
    }
}

/// 415 unless the body says that it is JSON. A web page can send any other type here without
/// asking (CORS).
pub fn check_json(headers: &HeaderMap) -> Result<(), ProxyError> {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    if content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json")) {
        return Ok(());
    }
    let error = ProxyError::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "invalid_request_error",
        "send the body with `content-type: application/json`",
    );
    Err(error.code("unsupported_content_type"))
}

/// The next piece of data; trailers are of no interest.
async fn next<B>(body: &mut B) -> Result<Option<Bytes>, ProxyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    loop {
        match timeout(SILENCE, body.frame()).await {
            Ok(None) => return Ok(None),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Ok(Some(Err(e))) => {
                let e: BoxError = e.into();
                return Err(ProxyError::invalid(format!(
                    "the request body could not be read: {e}"
                )));
            }
            Err(_) => {
                return Err(ProxyError::new(
                    StatusCode::REQUEST_TIMEOUT,
                    "invalid_request_error",
                    format!(
                        "the request body stopped coming for {} s",
                        SILENCE.as_secs()
                    ),
                ));
            }
        }
    }
}

/// Read what the client is still sending, for a while, because the answer is a refusal that
/// it should hear. One that asks first (`Expect: 100-continue`) has not begun to send.
pub async fn discard<B>(mut body: B, headers: &HeaderMap)
where
    B: Body<Data = Bytes> + Unpin,
{
    if headers.contains_key(http::header::EXPECT) {
        return;
    }
    let until = Instant::now() + LINGER;
    while let Ok(Some(Ok(_))) = timeout_at(until, body.frame()).await {}
}

fn too_large(limit: usize) -> ProxyError {
    ProxyError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "invalid_request_error",
        format!("the request body is larger than the limit of {limit} bytes"),
    )
    .code("request_too_large")
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
