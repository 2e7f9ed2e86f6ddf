//! Whatever the text, it comes back.

use super::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~äß🙂\n\r\t]{0,40}",
        "<think>[a-z<>/]{0,9}(</think>)?[a-z ]{0,9}"
    ]
}

proptest! {
    /// Whatever is thought, said and called, streamed in any pieces, comes back to a client
    /// that sends content and calls as it got them.
    #[test]
    fn any_thought_comes_back(thought in "[^\u{0}]{1,60}", said in text(), argument in text(), calls: bool) {
        let kit = kit("any", r#"{"field":"reasoning_content","scope":"all"}"#);
        let arguments = Json::from(format!("{{\"a\":{}}}", Json::from(argument.as_str()).to_text())).to_text();
        let calls = match calls {
            true => format!(r#","tool_calls":[{{"id":"call_0","type":"function","function":{{"name":"f","arguments":{arguments}}}}}]"#),
            false => String::new(),
        };
        let content = Json::from(said.as_str()).to_text();
        let user = format!(r#"{{"role":"user","content":{}}}"#, Json::from(format!("{thought}{said}{argument}")).to_text());
        let thought = Json::from(thought.as_str()).to_text();
        let whole = format!(r#"{{"choices":[{{"index":0,"message":{{"role":"assistant","reasoning_content":{thought},"content":{content}{calls}}},"finish_reason":"stop"}}]}}"#);
        let pieces = single_chars(&chunks(&whole).unwrap());
        prop_assert_eq!(kit.clone().request(body(&[&user])).stream(&pieces).unwrap(), pieces);
        let _ = noted();
        let back = format!(r#"{{"role":"assistant","content":{content}{calls}}}"#);
        let out = sent(&kit, &[&user, &back]);
        let empty = calls.is_empty() && (said.trim().is_empty());
        prop_assert_eq!(out.contains(&format!(r#""reasoning_content":{thought}"#)), !empty, "{}", out);
        prop_assert_eq!(kit.clone().request(out.as_str()).request_out().unwrap(), out);
    }

    /// A conversation in which nothing was forgotten is not touched.
    #[test]
    fn what_is_whole_stays(said in text(), thought in text()) {
        let kit = kit("whole", r#"{"field":"reasoning_content","scope":"all"}"#);
        let message = format!(
            r#"{{"role": "assistant" , "content":{}, "reasoning_content":{}}}"#,
            Json::from(said.as_str()).to_text(),
            Json::from(thought.as_str()).to_text(),
        );
        prop_assert_eq!(sent(&kit, &[USER, &message]), body(&[USER, &message]));
    }
}
