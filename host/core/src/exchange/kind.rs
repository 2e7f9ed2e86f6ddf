//! What an answer says that it is, and what it is.

use bytes::BytesMut;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, header};
use tokio::time::{Instant, timeout_at};

use crate::sse;
use crate::upstream::UpstreamReply;

/// Blank bytes in front that are looked behind.
const MAX_BLANK: usize = 64 << 10;

pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .trim_start()
                .to_ascii_lowercase()
                .starts_with("text/event-stream")
        })
}

pub(super) fn set(headers: &mut HeaderMap, name: &'static str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(name));
}

/// Some backends do not say that what they send is a stream. Clients would not mind, so its
/// first bytes count, if they come by then. An answer that is one says so afterwards.
pub(super) async fn look(reply: &mut UpstreamReply, until: Instant) {
    if is_event_stream(&reply.headers) {
        return;
    }
    let mut body = std::mem::replace(&mut reply.body, Box::pin(stream::empty()));
    let mut pieces = Vec::new();
    let mut start = BytesMut::new();
    let mut has_events = None;
    while has_events.is_none()
        && let Ok(Some(piece)) = timeout_at(until, body.next()).await
    {
        has_events = match &piece {
            Ok(piece) => {
                start.extend_from_slice(piece);
                sse::looks_like_events(&start)
            }
            Err(_) => Some(false),
        };
        if start.len() > MAX_BLANK {
            has_events.get_or_insert(false);
        }
        pieces.push(piece);
    }
    reply.body = Box::pin(stream::iter(pieces).chain(body));
    if has_events == Some(true) {
        set(&mut reply.headers, "text/event-stream");
    }
}
