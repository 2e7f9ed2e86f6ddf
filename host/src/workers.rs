//! One thread for each processor, each with a runtime of its own. A connection stays where
//! it was put, and so do the connections to backends that it uses: nothing is woken on
//! another thread. That is cheaper than one runtime over all threads, and lets what arrived
//! together leave together (`docs/benchmarks.md`).

use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

pub struct Workers {
    threads: Vec<(Handle, JoinHandle<()>)>,
    stop: CancellationToken,
    next: usize,
}

impl Workers {
    pub fn start() -> std::io::Result<Self> {
        let count = thread::available_parallelism()?.get();
        let stop = CancellationToken::new();
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let handle = runtime.handle().clone();
            let stopped = stop.clone();
            let thread = thread::Builder::new()
                .name(format!("yallmp-{number}"))
                .stack_size(yallmp_wasm::THREAD_STACK)
                .spawn(move || {
                    runtime.block_on(async {
                        tokio::select! {
                            () = stopped.cancelled() => {}
                            () = beat() => {}
                        }
                    });
                })?;
            threads.push((handle, thread));
        }
        Ok(Self {
            threads,
            stop,
            next: 0,
        })
    }

    /// The worker for the next connection: each in turn.
    pub fn next(&mut self) -> &Handle {
        self.next = (self.next + 1) % self.threads.len();
        &self.threads[self.next].0
    }

    /// End all of them, with the tasks that are left in them.
    pub fn stop(self) {
        self.stop.cancel();
        for (_, thread) in self.threads {
            // A worker that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// A timer that fires before all others makes tokio write to itself and wake up once more.
/// The limits of an exchange take turns at being the first: that would be once a request.
/// With a beat that is always nearer than any of them it is never.
async fn beat() {
    let mut beat = tokio::time::interval(Duration::from_secs(1));
    loop {
        beat.tick().await;
    }
}
