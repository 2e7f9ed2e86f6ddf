//! Tokens that end a model's turn. Behind a call they are no text: the server should have taken them out.

use super::{End, Match, first_of};

const END_TOKENS: [&str; 17] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|eom|>",
    "<|end|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<｜end▁of▁sentence｜>",
    "</s>",
    "<eos>",
    "<end_of_turn>",
    "<turn|>",
    "<|END_OF_TURN_TOKEN|>",
    "<|observation|>",
    "<|user|>",
    "[e~[",
];

/// Up to where they stand at the start of a text, with white space before each, and whether one more has begun.
pub fn at_start(text: &str, end: End) -> (usize, bool) {
    let mut past = 0;
    loop {
        let next = text[past..].trim_start();
        match first_of(next, &END_TOKENS) {
            Ok(token) => past = text.len() - next.len() + token.len(),
            Err(begun) => {
                let begun = begun == Match::Begun && !next.is_empty();
                return (past, begun && !end.is_here());
            }
        }
    }
}
