//! Spreading load: a weighted shuffle and the randomness that it needs.

use std::hash::{BuildHasher, RandomState};

/// SplitMix64: small, quick, and good enough to spread load and waits. Not for secrets.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// Seeded by the operating system, through the standard library's hash keys.
    pub fn fresh() -> Self {
        Self(RandomState::new().hash_one(0u8))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }
}

/// Put `items` into the order in which they are asked: at each place an item comes up with
/// a chance in proportion to its weight among those left. Weight 0 is a reserve: last, in
/// the order given.
pub(super) fn shuffle<T>(items: &mut [T], weight: impl Fn(&T) -> u32, rng: &mut Rng) {
    items.sort_by_key(|item| weight(item) == 0);
    let mut sum: u64 = items.iter().map(|item| u64::from(weight(item))).sum();
    let mut first = 0;
    while sum > 0 && first + 1 < items.len() {
        let mut ticket = rng.below(sum);
        let mut chosen = first;
        while ticket >= u64::from(weight(&items[chosen])) {
            ticket -= u64::from(weight(&items[chosen]));
            chosen += 1;
        }
        sum -= u64::from(weight(&items[chosen]));
        // Rotating, not swapping, keeps the reserve in its order.
        items[first..=chosen].rotate_right(1);
        first += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(weights: &[u32], seed: u64) -> Vec<usize> {
        let mut items: Vec<usize> = (0..weights.len()).collect();
        shuffle(&mut items, |&i| weights[i], &mut Rng::seeded(seed));
        items
    }

    #[test]
    fn load_follows_the_weights() {
        let mut first = [0u32; 3];
        for seed in 0..6000 {
            first[order(&[3, 2, 1], seed * 7919)[0]] += 1;
        }
        for (share, expected) in first.into_iter().zip([3000, 2000, 1000]) {
            assert!(share.abs_diff(expected) < 200, "{first:?}");
        }
    }

    #[test]
    fn the_reserve_is_last_and_in_order() {
        for seed in 0..100 {
            let order = order(&[0, 5, 0, 1], seed);
            assert_eq!(order[2..], [0, 2]);
        }
    }

    #[test]
    fn nothing_is_lost() {
        for seed in 0..100 {
            let mut order = order(&[1, 0, u32::MAX, u32::MAX, 7], seed);
            order.sort();
            assert_eq!(order, [0, 1, 2, 3, 4]);
        }
    }
}
