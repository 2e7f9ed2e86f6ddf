//! Sets of characters, as in a regular expression's brackets: `A-Za-z0-9_-`.

use alloc::vec::Vec;

/// Whether the set has the character.
pub fn has(set: &str, c: char) -> bool {
    let chars: Vec<char> = set.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at..] {
            [from, '-', to, ..] => {
                if (from..=to).contains(&c) {
                    return true;
                }
                at += 3;
            }
            _ => {
                if chars[at] == c {
                    return true;
                }
                at += 1;
            }
        }
    }
    false
}
