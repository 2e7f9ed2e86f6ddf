//! What two texts have in common at their ends. The events of a stream differ in a few
//! letters, mostly.

/// Bytes that are compared at once.
const BLOCK: usize = 16;

/// How many bytes are the same from the begin on.
pub fn begin(a: &[u8], b: &[u8]) -> usize {
    let (blocks, _) = a.as_chunks::<BLOCK>();
    let same = blocks
        .iter()
        .zip(b.as_chunks().0)
        .take_while(|(a, b)| a == b);
    let from = same.count() * BLOCK;
    let rest = a[from..].iter().zip(&b[from..]);
    from + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same before the end.
pub fn end(a: &[u8], b: &[u8]) -> usize {
    let (_, blocks) = a.as_rchunks::<BLOCK>();
    let pairs = blocks.iter().rev().zip(b.as_rchunks().1.iter().rev());
    let to = pairs.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[..a.len() - to]
        .iter()
        .rev()
        .zip(b[..b.len() - to].iter().rev());
    to + rest.take_while(|(a, b)| a == b).count()
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
