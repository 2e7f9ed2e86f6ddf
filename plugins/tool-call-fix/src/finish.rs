//! `finish_reason`.

use crate::formats::End;

pub const TOOL_CALLS: &str = "tool_calls";

/// What a reason says about the text before it.
pub fn end(reason: &str) -> End {
    match reason {
        "length" | "max_tokens" | "content_filter" | "error" => End::Cut,
        _ => End::Clean,
    }
}

/// The reason to give instead, if another one is due. What says that the answer is not whole
/// (`length`, `content_filter`) is never replaced.
pub fn reason(reason: &str, has_calls: bool) -> Option<&'static str> {
    match reason {
        "stop" | "end_turn" | "tool_use" | "function_call" if has_calls => Some(TOOL_CALLS),
        TOOL_CALLS | "end_turn" | "tool_use" if !has_calls => Some("stop"),
        _ => None,
    }
}
