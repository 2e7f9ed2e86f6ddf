//! How durations of one exchange are spread.

use std::time::Duration;

/// Classes at most: the bounds, and what is above the last.
const CLASSES: usize = 15;

/// Counts of durations in fixed classes, and their sum: what a histogram is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    bounds: &'static [u32],
    counts: [u32; CLASSES],
    sum: Duration,
}

impl Spread {
    /// `bounds`: the upper bounds of the classes in microseconds, rising, 14 at most. A
    /// duration that equals a bound is below it.
    pub(super) fn new(bounds: &'static [u32]) -> Self {
        assert!(bounds.len() < CLASSES, "too many bounds");
        Self {
            bounds,
            counts: [0; CLASSES],
            sum: Duration::ZERO,
        }
    }

    pub fn add(&mut self, duration: Duration) {
        let fraction = duration.subsec_nanos().div_ceil(1000);
        let micros = duration.as_secs().saturating_mul(1_000_000) + u64::from(fraction);
        let class = self
            .bounds
            .partition_point(|bound| u64::from(*bound) < micros);
        self.counts[class] = self.counts[class].saturating_add(1);
        self.sum += duration;
    }

    pub fn bounds(&self) -> &'static [u32] {
        self.bounds
    }

    /// One count for each bound, then that of what is above the last.
    pub fn counts(&self) -> &[u32] {
        &self.counts[..=self.bounds.len()]
    }

    pub fn sum(&self) -> Duration {
        self.sum
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| u64::from(*count)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_counted_in_the_first_class_that_holds_it() {
        let mut spread = Spread::new(&[10, 100]);
        for nanos in [0, 9_999, 10_000, 10_001, 100_000, 100_001, 5_000_000_000] {
            spread.add(Duration::from_nanos(nanos));
        }
        assert_eq!(spread.counts(), [3, 2, 2]);
        assert_eq!(spread.count(), 7);
        assert_eq!(spread.sum(), Duration::from_nanos(5_000_230_001));
    }
}
