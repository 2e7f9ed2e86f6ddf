//! What two texts have in common at their ends. The events of a stream differ in a few
//! letters, mostly.

/// Bytes that are compared at once.
const BLOCK: usize = 16;

/// The bits in which two blocks differ, the first byte's lowest.
fn differ(a: &[u8; BLOCK], b: &[u8; BLOCK]) -> u128 {
    u128::from_le_bytes(*a) ^ u128::from_le_bytes(*b)
}

/// How much of two texts is the same. The two parts do not overlap in either.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Alike {
    /// Bytes from the begin on.
    pub begin: usize,
    /// Bytes before the end.
    pub end: usize,
}

impl Alike {
    pub fn of(a: &[u8], b: &[u8]) -> Self {
        let begin = begin(a, b);
        let end = end(&a[begin..], &b[begin..]);
        Self { begin, end }
    }

    /// The same of a part of each, which have so many bytes before and behind them. `shorter`:
    /// the length of the shorter part.
    pub fn within(self, before: usize, behind: usize, shorter: usize) -> Self {
        let begin = self.begin.saturating_sub(before).min(shorter);
        let end = self.end.saturating_sub(behind).min(shorter - begin);
        Self { begin, end }
    }
}

/// How many bytes are the same from the begin on.
fn begin(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    for (a, b) in a.as_chunks().0.iter().zip(b.as_chunks().0) {
        if a != b {
            return same + differ(a, b).trailing_zeros() as usize / 8;
        }
        same += BLOCK;
    }
    let rest = a[same..].iter().zip(&b[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same before the end.
fn end(a: &[u8], b: &[u8]) -> usize {
    let mut same = 0;
    let (of_a, of_b) = (a.as_rchunks().1, b.as_rchunks().1);
    for (a, b) in of_a.iter().rev().zip(of_b.iter().rev()) {
        if a != b {
            return same + differ(a, b).leading_zeros() as usize / 8;
        }
        same += BLOCK;
    }
    let (a, b) = (&a[..a.len() - same], &b[..b.len() - same]);
    let rest = a.iter().rev().zip(b.iter().rev());
    same + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_counted_as_one_by_one(
            a in proptest::collection::vec(0..2_u8, 0..70),
            b in proptest::collection::vec(0..2_u8, 0..70),
            head in 0..40_usize,
            tail in 0..40_usize,
        ) {
            let around = |middle: &[u8]| [&vec![7; head], middle, &vec![7; tail]].concat();
            let (a, b) = (around(&a), around(&b));
            let pairs = || a.iter().zip(&b);
            prop_assert_eq!(super::begin(&a, &b), pairs().take_while(|(a, b)| a == b).count());
            let back = || a.iter().rev().zip(b.iter().rev());
            prop_assert_eq!(super::end(&a, &b), back().take_while(|(a, b)| a == b).count());
        }
    }
}
