//! The body of reqwest's answers, piece by piece as it arrives.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use yallmp_core::upstream::UpstreamError;

use super::error;

pub(super) struct Pieces<B>(pub B);

impl<B> Stream for Pieces<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Error + 'static,
{
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
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
