//! What a user notices of `stable-prefix`: requests of a conversation begin with the same
//! bytes, and where they do not, the proxy says so.

use serde_json::{Value, json};

use crate::kit::*;

fn with_stable_prefix(backend: &Backend) -> String {
    config_with(backend, "    plugins: {stable-prefix: {}}\n")
}

/// Turn `number` of a conversation as Claude Code has it.
fn turn(number: usize, system: &str) -> Value {
    let mut messages = vec![
        json!({"role": "system", "content": system}),
        user("Build it."),
    ];
    for step in 1..number {
        let id = format!("call_{step}");
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "run", "arguments": "{}"}}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": "ok"}));
    }
    json!({"model": "m", "messages": messages})
}

#[tokio::test]
async fn the_volatile_line_of_claude_code_does_not_spoil_the_prompt_cache() {
    let backend = Backend::always(Answer::chat("ok")).await;
    let proxy = Proxy::start(&with_stable_prefix(&backend)).await;
    for (number, checksum) in [(1, "36ee5"), (2, "0aaa9"), (3, "71fea")] {
        let line = "x-anthropic-billing-header: cc_version=2.1.177.01c; cc_entrypoint=cli; cch=";
        let system = format!("{line}{checksum};\nYou are Claude Code.");
        let answer = proxy.chat(turn(number, &system)).await;
        assert_eq!(answer.header("x-yallmp-stable-prefix"), Some("removed=1"));
    }
    let sent: Vec<String> = backend.requests().iter().map(|seen| seen.text()).collect();
    for pair in sent.windows(2) {
        let earlier = pair[0].trim_end_matches("]}");
        assert!(pair[1].starts_with(earlier), "{pair:?}");
        assert!(!earlier.contains("billing"), "{earlier}");
    }
}

#[tokio::test]
async fn a_prompt_that_changes_from_turn_to_turn_is_warned_of() {
    let backend = Backend::always(Answer::chat("ok")).await;
    let proxy = Proxy::start(&with_stable_prefix(&backend)).await;
    let first = proxy.chat(turn(1, "It is 12:01.")).await;
    assert_eq!(first.header("x-yallmp-stable-prefix"), None);
    let second = proxy.chat(turn(2, "It is 12:02.")).await;
    let noted = second.header("x-yallmp-stable-prefix");
    assert_eq!(noted, Some("changed=message 0 (system)"));
    let log = proxy.log(2).await;
    assert!(
        log.contains("does not begin as the conversation's last one did"),
        "{log}"
    );
}

#[tokio::test]
async fn a_plugin_that_changes_the_beginning_between_turns_is_warned_of() {
    let backend = Backend::always(Answer::chat("ok")).await;
    let rule = "{when: {exists: 'messages[2]'}, append: {'messages[0].content': ' Use tools.'}}";
    let plugins = format!("    plugins: {{rules: {{request: [{rule}]}}, stable-prefix: {{}}}}\n");
    let proxy = Proxy::start(&config_with(&backend, &plugins)).await;
    let first = proxy.chat(turn(1, "Be brief.")).await;
    assert_eq!(first.header("x-yallmp-stable-prefix"), None);
    let second = proxy.chat(turn(2, "Be brief.")).await;
    let noted = second.header("x-yallmp-stable-prefix");
    assert_eq!(noted, Some("changed=message 0 (system)"));
    // From there on it is the same again.
    let third = proxy.chat(turn(3, "Be brief.")).await;
    assert_eq!(third.header("x-yallmp-stable-prefix"), None);
    let log = proxy.log(3).await;
    assert!(!log.contains("does not begin"), "{log}");
}
