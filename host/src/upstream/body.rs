//! The body of an answer, piece by piece as it arrives.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use yallmp_core::upstream::UpstreamError;

use super::error;

/// `guard` lives as long as the body: dropping it gives the connection back.
pub(super) struct Pieces<B, G> {
    body: B,
    _guard: G,
}

impl<B, G> Pieces<B, G> {
    pub fn new(body: B, guard: G) -> Self {
        Self {
            body,
            _guard: guard,
        }
    }
}

impl<B, G> Stream for Pieces<B, G>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Error + 'static,
    G: Unpin,
{
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    // Trailers say nothing that a client of this API knows.
                    let Ok(piece) = frame.into_data() else {
                        continue;
                    };
                    return Poll::Ready(Some(Ok(piece)));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error::broken(&error)))),
                None => return Poll::Ready(None),
            }
        }
    }
}
