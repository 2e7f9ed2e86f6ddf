//! A connection to a backend: bytes out, bytes in, no task of its own. Whoever wants the
//! answer reads the socket.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Read at once at most. It lies on the stack, so a stream that waits holds no memory.
const READ: usize = 16 << 10;

pub(super) struct Wire {
    stream: TcpStream,
    /// What came and was not used yet.
    pub input: Bytes,
}

impl Wire {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            input: Bytes::new(),
        }
    }

    /// Open, and nothing came that nobody asked for.
    pub fn is_quiet(&self) -> bool {
        let read = self.stream.try_read(&mut [0]);
        self.input.is_empty() && read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Write a message. False: the backend answered, or closed the connection, before it had
    /// all of it; no more is sent then.
    pub async fn write(&mut self, mut head: &[u8], mut body: &[u8]) -> io::Result<bool> {
        poll_fn(|cx| {
            while !(head.is_empty() && body.is_empty()) {
                let stream = Pin::new(&mut self.stream);
                let polled = match body.is_empty() {
                    true => stream.poll_write(cx, head),
                    false => stream.poll_write_vectored(cx, &[head, body].map(IoSlice::new)),
                };
                match polled {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(written)) => {
                        let of_head = written.min(head.len());
                        head = &head[of_head..];
                        body = &body[written - of_head..];
                    }
                    // An answer may have come before the backend closed.
                    Poll::Ready(Err(error)) => {
                        return match self.poll_read(cx) {
                            Poll::Ready(Ok(1..)) => Poll::Ready(Ok(false)),
                            _ => Poll::Ready(Err(error)),
                        };
                    }
                    Poll::Pending => {
                        ready!(self.poll_read(cx))?;
                        return Poll::Ready(Ok(false));
                    }
                }
            }
            Poll::Ready(Ok(true))
        })
        .await
    }

    /// Read what is there behind `input`; 0 is the end.
    pub async fn read(&mut self) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx)).await
    }

    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [const { MaybeUninit::uninit() }; READ];
        let mut space = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut space))?;
        let came = space.filled();
        self.input = match self.input.is_empty() {
            true => Bytes::copy_from_slice(came),
            false => [&self.input, came].concat().into(),
        };
        Poll::Ready(Ok(came.len()))
    }
}
