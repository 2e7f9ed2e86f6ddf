//! Idle connections to one origin.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::wire::Wire;

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
    /// The connection that was used last and is still open.
    pub fn take(&self) -> Option<Wire> {
        let now = Instant::now();
        let mut idle = self.lock();
        while let Some(Idle { wire, since }) = idle.pop() {
            if now - since > MAX_AGE {
                // The others are older still.
                idle.clear();
            } else if wire.is_quiet() {
                return Some(wire);
            }
        }
        None
    }

    pub fn put(&self, wire: Wire) {
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
