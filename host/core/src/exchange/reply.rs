//! An opened answer as a reply, and the reply to a client that is kept waiting for one.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, Sleep};

use super::headers::REQUEST_ID;
use super::open::{Exchange, Opened};
use super::stream::Live;
use super::{Reply, ReplyBody};
use crate::dialect::Dialect;
use crate::error::ProxyError;
use crate::sse;

pub(super) fn of(opened: Opened) -> Reply {
    match opened {
        Opened::Whole {
            status,
            headers,
            body,
        } => Reply {
            status,
            headers,
            body: ReplyBody::Whole(body),
        },
        Opened::Stream {
            status,
            headers,
            live,
        } => Reply {
            status,
            headers,
            body: ReplyBody::Stream(live.into_stream()),
        },
    }
}

type Opening = Pin<Box<dyn Future<Output = Result<Opened, ProxyError>> + Send>>;

/// Reply when there is an answer, or after `every` with a stream of comments that turns into
/// the answer. Nothing is committed by that: attempts still fail over, but an error of the
/// last one comes as an event, since the status is gone.
pub(super) async fn within(exchange: Box<Exchange>, every: Duration) -> Result<Reply, ProxyError> {
    let id = exchange.id.clone();
    let dialect = exchange.dialect;
    let mut opening: Opening = Box::pin(exchange.open());
    match tokio::time::timeout(every, &mut opening).await {
        Ok(opened) => Ok(of(opened?)),
        Err(_) => Ok(early(id, dialect, opening, every)),
    }
}

fn early(id: Arc<str>, dialect: Dialect, opening: Opening, every: Duration) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    if let Ok(id) = header::HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let timer = Box::pin(tokio::time::sleep(Duration::ZERO));
    let waiting = Early {
        state: State::Opening {
            opening,
            timer,
            every,
        },
        dialect,
    };
    let stream = futures_util::stream::unfold(waiting, |mut early| async move {
        let bytes = early.next().await?;
        Some((Ok(bytes), early))
    });
    Reply {
        status: StatusCode::OK,
        headers,
        body: ReplyBody::Stream(Box::pin(stream)),
    }
}

/// A stream whose answer is still being sought.
struct Early {
    state: State,
    dialect: Dialect,
}

enum State {
    Opening {
        opening: Opening,
        timer: Pin<Box<Sleep>>,
        every: Duration,
    },
    Live(Box<Live>),
    Over,
}

impl Early {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let opened = match &mut self.state {
                State::Over => return None,
                State::Live(live) => return live.next().await,
                State::Opening {
                    opening,
                    timer,
                    every,
                } => tokio::select! {
                    biased;
                    opened = opening => opened,
                    () = timer.as_mut() => {
                        timer.as_mut().reset(Instant::now() + *every);
                        return Some(sse::encode_comment("keep-alive"));
                    }
                },
            };
            self.state = State::Over;
            match opened {
                Ok(Opened::Stream { live, .. }) => self.state = State::Live(live),
                // Only a plugin's own error answer is whole where a stream was asked for.
                Ok(Opened::Whole { body, .. }) => {
                    let error = serde_json::from_slice(&body).unwrap_or_default();
                    return Some(self.error(&error));
                }
                Err(error) => return Some(self.error(&error.stream_json())),
            }
        }
    }

    fn error(&self, error: &serde_json::Value) -> Bytes {
        let (name, data) = self.dialect.error_event(error, None);
        sse::encode(name, &data)
    }
}
