//! The body of an answer, piece by piece as it arrives.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use yallmp_core::upstream::UpstreamError;

use super::framing::{Framing, Step};
use super::pool::Pool;
use super::wire::Wire;
use super::{broken, unreadable};

/// Pending right after a piece means that nothing else has arrived.
pub(super) struct Body {
    /// None at the end.
    wire: Option<Wire>,
    framing: Framing,
    /// Where the connection goes afterwards, if it can take another request.
    pool: Option<Arc<Pool>>,
}

impl Body {
    pub fn new(wire: Wire, framing: Framing, pool: Option<Arc<Pool>>) -> Self {
        Self {
            wire: Some(wire),
            framing,
            pool,
        }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, UpstreamError>> {
        let Some(wire) = &mut self.wire else {
            return Poll::Ready(Ok(None));
        };
        loop {
            match self.framing.next(&mut wire.input).map_err(unreadable)? {
                Step::Piece(piece) => return Poll::Ready(Ok(Some(piece))),
                Step::End => {
                    self.release();
                    return Poll::Ready(Ok(None));
                }
                Step::More => match ready!(wire.poll_read(cx)) {
                    Ok(1..) => {}
                    Ok(0) if self.framing.may_close() => {
                        self.wire = None;
                        return Poll::Ready(Ok(None));
                    }
                    Ok(_) => {
                        let what = "the backend closed it inside the answer";
                        return Poll::Ready(Err(UpstreamError::Broken(what.into())));
                    }
                    Err(error) => return Poll::Ready(Err(broken(&error))),
                },
            }
        }
    }

    fn release(&mut self) {
        if let (Some(wire), Some(pool)) = (self.wire.take(), self.pool.take()) {
            pool.put(wire);
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.poll_piece(cx));
        if piece.is_err() {
            self.wire = None;
        }
        Poll::Ready(piece.transpose())
    }
}

/// A body left before its end closes the connection, unless its rest is here already.
impl Drop for Body {
    fn drop(&mut self) {
        let Some(wire) = &mut self.wire else { return };
        while let Ok(step) = self.framing.next(&mut wire.input) {
            match step {
                Step::Piece(_) => {}
                Step::More => break,
                Step::End => return self.release(),
            }
        }
    }
}
