//! Which bytes of a JSON text stand outside of strings, 64 bytes at a time. A search for
//! each quote and backslash took five times as long over what coding agents send, where
//! one of them comes every ten bytes.

use wide::u8x16;

pub(super) const BLOCK: usize = 64;

/// Bytes that are compared at once.
const LANE: usize = 16;

/// What one block leaves for the next.
#[derive(Default)]
pub(super) struct Blocks {
    /// All ones inside a string.
    string: u64,
    /// 1 if a backslash at the end escapes the first byte.
    escape: u64,
}

/// Bit `n` stands for byte `n`.
pub(super) struct Masks {
    /// Quotes that begin or end a string.
    pub quotes: u64,
    /// `[`, `]`, `{` and `}` outside of strings.
    pub brackets: u64,
    /// Backslashes outside of strings, where none may be.
    pub stray: u64,
}

impl Blocks {
    pub fn next(&mut self, block: &[u8; BLOCK]) -> Masks {
        let slashes = bits(block, 0, [b'\\']);
        let quotes = bits(block, 0, [b'"']) & !self.escaped(slashes);
        // Each quote turns all bits from its own on.
        let mut strings = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            strings ^= strings << shift;
        }
        strings ^= self.string;
        self.string = if strings >> 63 == 1 { u64::MAX } else { 0 };
        let outside = !strings;
        let brackets = match outside {
            0 => 0,
            _ => bits(block, 0x20, [b'{', b'}']) & outside,
        };
        Masks {
            quotes,
            brackets,
            stray: slashes & outside,
        }
    }

    pub fn in_string(&self) -> bool {
        self.string != 0
    }

    /// The bytes that a row of backslashes escapes: the one behind it, if their number is
    /// odd. Adding a row's first bit to the row carries to just that byte, and the number is
    /// odd if one of the two is at an even place and the other is not.
    fn escaped(&mut self, slashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let before = self.escape;
        let slashes = slashes & !before;
        let first = slashes & !(slashes << 1);
        let behind_even = slashes.wrapping_add(first & EVEN);
        // A row that ends with the block and began at an odd place has an odd number.
        let (behind_odd, open) = slashes.overflowing_add(first & !EVEN);
        self.escape = u64::from(open);
        (behind_even & !EVEN | behind_odd & EVEN) & !slashes | before
    }
}

/// Of each byte whether it is `wanted`, when the bits of `ignored` are set in both.
fn bits<const N: usize>(block: &[u8; BLOCK], ignored: u8, wanted: [u8; N]) -> u64 {
    let mut bits = 0;
    for (at, lane) in block.as_chunks::<LANE>().0.iter().enumerate() {
        let bytes = u8x16::new(*lane) | u8x16::splat(ignored);
        let equal = wanted.map(|byte| bytes.simd_eq(u8x16::splat(byte)));
        let equal = equal.into_iter().fold(u8x16::ZERO, |all, one| all | one);
        bits |= u64::from(equal.to_bitmask()) << (at * LANE);
    }
    bits
}
