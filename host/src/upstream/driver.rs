//! Whoever reads an answer may lend the task of its connection a hand.
//!
//! hyper wants a connection to be a task of its own, which hands over the answer piece by
//! piece: each is taken before the next is read. Whether more has arrived cannot be seen
//! from outside, and letting the task run in between does not work inside a body that
//! hyper's server polls: it polls twice before it lets go. So the reader drives the
//! connection itself when it wants to know what else is there.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::Connection;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The task of a connection. It ends with its socket, or when nobody can send on it any
/// more; the request in it hears of any error.
pub(super) struct Driver(Arc<Mutex<Driven>>);

/// The other end of a [`Driver`].
pub(super) struct Hand(Arc<Mutex<Driven>>);

struct Driven {
    /// None once it has ended.
    connection: Option<Connection<TokioIo<TcpStream>, Full<Bytes>>>,
    /// Of the task: the connection wakes nobody else, whoever drove it last.
    waker: Waker,
}

impl Driver {
    pub fn new(connection: Connection<TokioIo<TcpStream>, Full<Bytes>>) -> (Self, Hand) {
        let driven = Arc::new(Mutex::new(Driven {
            connection: Some(connection),
            waker: Waker::noop().clone(),
        }));
        (Self(driven.clone()), Hand(driven))
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut driven = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        driven.waker.clone_from(cx.waker());
        driven.drive()
    }
}

impl Hand {
    /// Read what has arrived, as far as there is room for it.
    pub fn lend(&self) {
        // Locked: it is being driven.
        if let Ok(mut driven) = self.0.try_lock() {
            // If it ends here, the task hears of it.
            let _ = driven.drive();
        }
    }
}

impl Driven {
    fn drive(&mut self) -> Poll<()> {
        let Some(connection) = &mut self.connection else {
            return Poll::Ready(());
        };
        let polled = Pin::new(connection).poll(&mut Context::from_waker(&self.waker));
        if polled.is_ready() {
            self.connection = None;
            self.waker.wake_by_ref();
        }
        polled.map(drop)
    }
}
