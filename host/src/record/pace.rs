//! How much time may be spent on something.

use std::time::{Duration, Instant};

/// One tenth of the time.
const SHARE: u32 = 10;

pub struct Pace {
    most: Duration,
    saved: Duration,
    since: Instant,
}

impl Pace {
    /// `most`: so much may be spent at once after a rest.
    pub fn new(most: Duration) -> Self {
        Self {
            most,
            saved: most,
            since: Instant::now(),
        }
    }

    pub fn allows(&mut self) -> bool {
        let now = Instant::now();
        self.saved = self.most.min(self.saved + (now - self.since) / SHARE);
        self.since = now;
        !self.saved.is_zero()
    }

    /// Do it and pay for it.
    pub fn spend<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        self.saved = self.saved.saturating_sub(began.elapsed());
        result
    }
}
