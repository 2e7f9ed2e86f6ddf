//! The body of an answer, piece by piece as it arrives.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use yallmp_core::upstream::UpstreamError;

use super::error;

/// `G` lives as long as the body: dropping it gives the connection back.
pub(super) struct Pieces<B, G> {
    body: B,
    guard: G,
    /// The last poll brought a piece: more may have come with it.
    flows: bool,
}

/// What a body can do to its connection.
pub(super) trait Guard {
    /// Read what has arrived.
    fn read(&self);
}

/// Nothing.
impl Guard for () {
    fn read(&self) {}
}

impl<B, G> Pieces<B, G> {
    pub fn new(body: B, guard: G) -> Self {
        Self {
            body,
            guard,
            flows: false,
        }
    }
}

impl<B, G> Pieces<B, G>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Error + 'static,
{
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, UpstreamError>>> {
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

/// Pending right after a piece means that nothing else has arrived.
impl<B, G> Stream for Pieces<B, G>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Error + 'static,
    G: Guard + Unpin,
{
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut piece = self.poll_piece(cx);
        if piece.is_pending() && self.flows {
            self.guard.read();
            piece = self.poll_piece(cx);
        }
        self.flows = piece.is_ready();
        piece
    }
}
