//! The clock that bounds running guests. It counts the engines' epochs up, and stands still
//! while no guest can be running: an idle proxy is not woken a hundred times a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// A running guest gives way to other tasks, and its budget is counted, once per tick.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Ticks for which it goes on when nobody needs it: waking it for every call would cost more.
const LINGER: u64 = 100;

/// Dropping it ends its thread.
pub(crate) struct Clock {
    face: Arc<Face>,
    thread: Thread,
}

#[derive(Default)]
struct Face {
    /// Ticks since the start.
    now: AtomicU64,
    /// It is needed until this tick comes.
    until: AtomicU64,
    /// Its thread must be woken to go on.
    stands: AtomicBool,
    is_dropped: AtomicBool,
}

impl Clock {
    pub fn start(engines: Vec<Engine>) -> std::io::Result<Self> {
        let face = Arc::<Face>::default();
        let thread = thread::Builder::new().name("yallmp-epochs".into()).spawn({
            let face = face.clone();
            move || face.run(&engines)
        })?;
        Ok(Self {
            face,
            thread: thread.thread().clone(),
        })
    }

    /// Ticks so far. It stands still while nobody needs it.
    pub fn now(&self) -> u64 {
        self.face.now.load(Ordering::Relaxed)
    }

    /// A guest may run from now on, for so long at most. Nearly always this is two loads.
    pub fn need(&self, limit: Duration) {
        let until = self.face.now.load(Ordering::Relaxed) + u64::from(ticks(limit));
        if self.face.until.load(Ordering::Relaxed) >= until {
            return;
        }
        // Either the thread sees the new end, or it is seen here that it stands.
        self.face.until.fetch_max(until + LINGER, Ordering::SeqCst);
        if self.face.stands.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.face.is_dropped.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Face {
    fn run(&self, engines: &[Engine]) {
        loop {
            if !self.is_needed() {
                self.stands.store(true, Ordering::SeqCst);
                while !self.is_needed() && !self.is_dropped.load(Ordering::SeqCst) {
                    thread::park();
                }
                self.stands.store(false, Ordering::SeqCst);
            }
            if self.is_dropped.load(Ordering::SeqCst) {
                return;
            }
            thread::sleep(TICK);
            self.now.fetch_add(1, Ordering::SeqCst);
            for engine in engines {
                engine.increment_epoch();
            }
        }
    }

    fn is_needed(&self) -> bool {
        self.now.load(Ordering::SeqCst) < self.until.load(Ordering::SeqCst)
    }
}

/// Ticks that come in this time, at least: the first one may come at once.
pub(crate) fn ticks(limit: Duration) -> u32 {
    let ticks = limit.as_nanos().div_ceil(TICK.as_nanos());
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Whether it comes true soon.
    fn soon(what: impl Fn() -> bool) -> bool {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) {
            if what() {
                return true;
            }
            thread::sleep(TICK);
        }
        false
    }

    #[test]
    fn it_goes_while_it_is_needed_and_stands_still_otherwise() {
        let clock = Clock::start(vec![]).unwrap();
        let now = || clock.face.now.load(Ordering::SeqCst);
        let stands = || clock.face.stands.load(Ordering::SeqCst);
        assert!(soon(stands));
        assert_eq!(now(), 0, "nobody needed it");
        for round in 1..=2 {
            let before = now();
            clock.need(3 * TICK);
            assert!(soon(|| now() >= before + 3), "round {round}");
            assert!(soon(stands), "round {round}");
            assert!(now() <= before + 3 + LINGER, "round {round}");
        }
    }

    #[test]
    fn its_thread_ends_with_it() {
        for needed in [false, true] {
            let clock = Clock::start(vec![]).unwrap();
            if needed {
                clock.need(Duration::from_secs(3600));
            }
            let face = Arc::downgrade(&clock.face);
            drop(clock);
            assert!(soon(|| face.strong_count() == 0));
        }
    }
}
