//! How much time may be spent on something.

use std::time::{Duration, Instant};

/// One hundredth of the time.
const SHARE: u32 = 100;

pub struct Pace {
    most: Duration,
    /// Not yet made up for by the time that went by.
    spent: Duration,
    since: Instant,
}

impl Pace {
    /// `most`: so much may be spent at once after a rest.
    pub fn new(most: Duration) -> Self {
        Self {
            most,
            spent: Duration::ZERO,
            since: Instant::now(),
        }
    }

    pub fn allows(&mut self) -> bool {
        let now = Instant::now();
        self.spent = self.spent.saturating_sub((now - self.since) / SHARE);
        self.since = now;
        self.spent < self.most
    }

    /// Do it and pay for it.
    pub fn spend<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        self.spent += began.elapsed();
        result
    }
}
