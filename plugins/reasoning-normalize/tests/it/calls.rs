//! What begins a call ends reasoning that was not closed, where the profile says so, and nowhere else.

use serde_json::json;
use yallmp_sdk::testkit::single_chars;

use crate::support::{chunk, finish, kit, message, streamed};

const MARKERS: [&str; 12] = [
    "<tool_call>",
    "<tool_calls>",
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>",
    "<minimax:tool_call>",
    "<seed:tool_call>",
    "<ifm|tool_calls>",
    "<｜DSML｜function_calls>",
    "<｜DSML｜tool_calls>",
    "<invoke name=\"look\">",
    "<|python_tag|>",
    "[TOOL_CALLS]",
];

#[test]
fn each_marker_ends_reasoning_where_it_may() {
    for marker in MARKERS {
        let call = format!("{marker}x");
        for (ends, reasoning, content) in [
            (true, "I look.".to_owned(), call.clone()),
            (false, format!("I look.\n{call}"), String::new()),
        ] {
            let profile = json!({"reasoning": {"format": {"ends_at_call": ends}}}).to_string();
            let kit = kit("null", &profile);
            let delta = json!({"role": "assistant", "content": format!("<think>I look.\n{call}")});
            let events = [chunk(&delta), finish("stop")];
            let whole =
                json!({"choices": [{"index": 0, "message": delta, "finish_reason": "stop"}]});
            for found in [
                streamed(&kit, &events),
                streamed(&kit, &single_chars(&events)),
                message(&kit.whole(&whole.to_string()).unwrap()),
            ] {
                assert_eq!(found["reasoning_content"], reasoning, "{marker}");
                let text = found["content"].as_str().unwrap_or_default();
                assert_eq!(text, content, "{marker}");
            }
        }
    }
}
