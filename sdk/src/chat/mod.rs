//! Chat completions as they are on the wire: a typed look at what plugins read most, over JSON
//! that keeps everything else.

mod choice;
mod chunk;
mod thinking;
mod tool_choice;

#[cfg(test)]
mod tests;

pub use choice::Choice;
pub use chunk::Chunk;
pub use thinking::thinking_is_off;
pub use tool_choice::tool_choice_in_words;

/// The names under which backends send reasoning, in deltas and in messages. The first two
/// hold text, the last a list of parts.
pub const REASONING_FIELDS: [&str; 3] = ["reasoning_content", "reasoning", "reasoning_details"];
