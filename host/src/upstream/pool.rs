//! Idle connections to one origin.
//!
//! hyper-util's pooled client does more than a proxy of one kind of request needs: it
//! clones its settings, spawns a task and formats a `host` header for every request. Here
//! a connection is one entry in a list, which saves a tenth of the cost of a request
//! (`docs/routing.md`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use super::body::Guard;
use super::driver::Hand;

/// A connection that can take requests.
pub(super) struct Wire {
    pub sender: SendRequest<Full<Bytes>>,
    pub hand: Hand,
}

/// Shorter than the shortest keep-alive in use (uvicorn, and so vLLM and SGLang: 5 s), so
/// that a request hardly ever meets a connection that the backend is just closing.
const MAX_AGE: Duration = Duration::from_secs(4);
const MAX_IDLE: usize = 256;

#[derive(Default)]
pub(super) struct Pool {
    /// Oldest first.
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    wire: Wire,
    since: Instant,
}

impl Pool {
    /// The connection that was used last and can take a request.
    pub fn take(&self) -> Option<Wire> {
        let now = Instant::now();
        let mut idle = self.lock();
        for i in (0..idle.len()).rev() {
            if now - idle[i].since > MAX_AGE {
                idle.drain(..=i);
                return None;
            }
            if idle[i].wire.sender.is_closed() {
                idle.remove(i);
            } else if idle[i].wire.sender.is_ready() {
                return Some(idle.remove(i).wire);
            }
            // Else it still reads the rest of an answer, or writes the rest of a request.
        }
        None
    }

    fn put(&self, wire: Wire) {
        if wire.sender.is_closed() {
            return;
        }
        let since = Instant::now();
        let mut idle = self.lock();
        if idle.len() >= MAX_IDLE {
            idle.remove(0);
        }
        idle.push(Idle { wire, since });
    }

    /// The list is whole at any moment.
    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection whose answer is being read; goes back to its pool when dropped. One that was
/// left in the middle of its answer is closed by hyper and thrown away by [`Pool::take`].
pub(super) struct Lease {
    pool: Arc<Pool>,
    wire: Option<Wire>,
}

impl Lease {
    pub fn new(pool: Arc<Pool>, wire: Wire) -> Self {
        Self {
            pool,
            wire: Some(wire),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            self.pool.put(wire);
        }
    }
}

impl Guard for Lease {
    fn read(&self) {
        if let Some(wire) = &self.wire {
            wire.hand.lend();
        }
    }
}
