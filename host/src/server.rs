//! Sockets: accepts connections, speaks HTTP/1.1 over them and stops in order. What an
//! answer is, is decided in `api`; how the work is spread over threads, only here and in
//! `workers`.
//!
//! axum would cost some 10 µs a request on the way to a model (see `docs/benchmarks.md`),
//! so hyper stands here and [`Api::handle`] gives axum only what is not on that way.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::api::{Api, Peer};
use crate::workers::Workers;

/// Time for a request's head to come, and for which an idle connection is kept. The same
/// as nginx's `keepalive_timeout`; clients give up their idle connections earlier.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// What hyper may hold of one connection: a request's head must fit in, and an answer to a
/// slow client stops being read from the backend when it is full.
const CONNECTION_BUFFER: usize = 256 * 1024;

/// Wait after an `accept` that failed for want of file descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A runtime fit for [`run`]: it accepts, `workers` do the rest.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Serve until `stop` is ready, then accept no more, let the exchanges finish within
/// `grace`, and cancel the rest. When this returns, every exchange has ended.
pub async fn run(
    listener: TcpListener,
    api: Api,
    stop: impl Future<Output = ()>,
    grace: Duration,
) -> std::io::Result<()> {
    let mut connections = Connections {
        workers: Workers::start()?,
        api,
        tasks: TaskTracker::new(),
        finish: Signal::default(),
        kill: Signal::default(),
    };
    tokio::select! {
        () = accept(&listener, &mut connections) => {}
        () = stop => {}
    }
    drop(listener);
    connections.close(grace).await;
    Ok(())
}

async fn accept(listener: &TcpListener, connections: &mut Connections) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => connections.open(stream, remote),
            // The client was faster gone than we were here.
            Err(e) if is_connection_error(&e) => debug!(error = %e, "connection lost in accept"),
            Err(e) => {
                warn!(error = %e, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_connection_error(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

struct Connections {
    workers: Workers,
    api: Api,
    tasks: TaskTracker,
    /// Finish the exchange at hand, then close.
    finish: Signal,
    /// Close now.
    kill: Signal,
}

impl Connections {
    fn open(&mut self, stream: TcpStream, remote: SocketAddr) {
        // Small pieces must leave at once; a socket that refuses is gone already.
        let Ok(local) = stream.set_nodelay(true).and_then(|()| stream.local_addr()) else {
            return;
        };
        let (api, finish, kill) = (self.api.clone(), self.finish.clone(), self.kill.clone());
        let peer = Peer { local, remote };
        // The socket changes over to the reactor of the worker that serves it.
        let Ok(stream) = stream.into_std() else {
            return;
        };
        let task = async move {
            let Ok(stream) = TcpStream::from_std(stream) else {
                return;
            };
            tokio::select! {
                biased;
                () = serve(stream, api, peer, finish) => {}
                () = kill.given() => {}
            }
        };
        self.tasks.spawn_on(task, self.workers.next());
    }

    async fn close(self, grace: Duration) {
        self.api.drain();
        self.finish.give();
        self.tasks.close();
        let open = self.tasks.len();
        if open > 0 {
            info!(
                connections = open,
                ?grace,
                "waiting for exchanges to finish"
            );
        }
        if tokio::time::timeout(grace, self.tasks.wait())
            .await
            .is_err()
        {
            warn!(connections = self.tasks.len(), "cancelling what is left");
            self.kill.give();
            self.tasks.wait().await;
        }
        self.workers.stop();
    }
}

/// One connection to its end. Dropping this cancels the exchange that it carries, and so
/// does a client that leaves: hyper then ends the connection.
async fn serve(stream: TcpStream, api: Api, peer: Peer, finish: Signal) {
    let service = service_fn(move |request| {
        let api = api.clone();
        async move { Ok::<_, Infallible>(api.handle(peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(CONNECTION_BUFFER)
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let result = tokio::select! {
        biased;
        result = connection.as_mut() => result,
        () = finish.given() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(e) = result {
        debug!(client = %peer.remote, error = %e, "connection ended");
    }
}

/// A [`CancellationToken`] that a task may look at each time it runs: its lock, which all
/// connections share, is taken once before the signal is given.
#[derive(Clone, Default)]
struct Signal {
    is_given: Arc<AtomicBool>,
    token: CancellationToken,
}

impl Signal {
    fn give(&self) {
        self.is_given.store(true, Ordering::Release);
        self.token.cancel();
    }

    /// Must be polled by one task alone.
    async fn given(&self) {
        let mut cancelled = pin!(self.token.cancelled());
        // The token knows the task from the first time on.
        let mut is_known = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut is_known, true) && !self.is_given.load(Ordering::Acquire) {
                return Poll::Pending;
            }
            cancelled.as_mut().poll(cx)
        })
        .await;
    }
}
