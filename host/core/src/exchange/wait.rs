//! Waiting for the next bytes of a backend, with every limit that a stream has.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Sleep};

use crate::upstream::{ByteStream, UpstreamError};

/// What a wait ended with.
#[derive(Debug)]
pub(super) enum Waited {
    Piece(Bytes),
    End,
    Broken(UpstreamError),
    /// Nothing that counts came for as long as is allowed.
    Silence,
    /// The attempt took longer than it may.
    Deadline,
    /// Nothing went to the client for the keep-alive interval.
    KeepAlive,
}

/// The limits in force; absolute, so that a wait that is interrupted goes on as it was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub silence: Instant,
    pub deadline: Option<Instant>,
    pub keep_alive: Option<Instant>,
}

impl Limits {
    fn next(&self) -> Instant {
        [Some(self.silence), self.deadline, self.keep_alive]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(self.silence)
    }
}

/// A backend's bytes and one timer for all limits. The timer is moved only when it fires:
/// moving it for every event would cost more than the event.
pub(super) struct Source {
    body: ByteStream,
    timer: Pin<Box<Sleep>>,
}

impl Source {
    pub(super) fn new(body: ByteStream, first: Duration) -> Self {
        Self {
            body,
            timer: Box::pin(tokio::time::sleep(first)),
        }
    }

    pub(super) async fn wait(&mut self, limits: Limits) -> Waited {
        if limits.next() < self.timer.deadline() {
            self.timer.as_mut().reset(limits.next());
        }
        std::future::poll_fn(|cx| {
            loop {
                if let Poll::Ready(piece) = self.body.as_mut().poll_next(cx) {
                    return Poll::Ready(waited(piece));
                }
                if self.timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                let now = Instant::now();
                if limits.deadline.is_some_and(|at| at <= now) {
                    return Poll::Ready(Waited::Deadline);
                }
                if limits.silence <= now {
                    return Poll::Ready(Waited::Silence);
                }
                if limits.keep_alive.is_some_and(|at| at <= now) {
                    return Poll::Ready(Waited::KeepAlive);
                }
                self.timer.as_mut().reset(limits.next());
            }
        })
        .await
    }

    /// What has arrived already: an event that stands alone is not kept waiting for another.
    pub(super) async fn arrived(&mut self) -> Option<Waited> {
        let piece = std::future::poll_fn(|cx| Poll::Ready(self.body.as_mut().poll_next(cx))).await;
        match piece {
            Poll::Ready(piece) => Some(waited(piece)),
            Poll::Pending => None,
        }
    }

    /// Read the rest, which nobody wants, so that the connection can be used again; but not
    /// for long, and not much.
    pub(super) async fn drain(mut self) {
        let mut left: usize = 64 << 10;
        let rest = async {
            while let Waited::Piece(piece) =
                std::future::poll_fn(|cx| self.body.as_mut().poll_next(cx))
                    .await
                    .into()
            {
                match left.checked_sub(piece.len()) {
                    Some(n) => left = n,
                    None => break,
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), rest).await;
    }
}

impl From<Option<Result<Bytes, UpstreamError>>> for Waited {
    fn from(piece: Option<Result<Bytes, UpstreamError>>) -> Self {
        waited(piece)
    }
}

fn waited(piece: Option<Result<Bytes, UpstreamError>>) -> Waited {
    match piece {
        Some(Ok(bytes)) => Waited::Piece(bytes),
        Some(Err(error)) => Waited::Broken(error),
        None => Waited::End,
    }
}
