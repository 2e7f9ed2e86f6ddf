//! The body of an answer: bytes that are there, a stream from a backend, or axum's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use yallmp_core::upstream::ByteStream;

pub enum Body {
    Whole(Bytes),
    /// Dropped when the client leaves, which cancels the exchange behind it.
    Stream(ByteStream),
    Axum(axum::body::Body),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream(stream) => {
                let next = ready!(stream.as_mut().poll_next(cx));
                Poll::Ready(next.map(|piece| piece.map(Frame::data).map_err(Into::into)))
            }
            Self::Axum(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream(_) => false,
            Self::Axum(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(_) => SizeHint::default(),
            Self::Axum(body) => body.size_hint(),
        }
    }
}
