//! Ids for calls that came without: the same for the same call of the same exchange, so that
//! a test or a replay sees what the client saw.

use alloc::string::String;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH: usize = 24;

/// `call_` and 24 letters and digits, out of the exchange's id and the place of the call.
pub fn make(exchange: &str, choice: u64, call: u64) -> String {
    let place = [choice, call];
    let bytes = exchange.bytes().map(u64::from).chain(place);
    let mut state = bytes.fold(0xcbf2_9ce4_8422_2325, |hash, part| {
        (hash ^ part).wrapping_mul(0x0100_0000_01b3)
    });
    let mut id = String::with_capacity(5 + LENGTH);
    id.push_str("call_");
    for _ in 0..LENGTH {
        id.push(LETTERS[(split_mix(&mut state) % 62) as usize].into());
    }
    id
}

/// The generator `SplitMix64`.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
