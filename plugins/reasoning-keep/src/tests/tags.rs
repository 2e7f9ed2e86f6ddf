//! Reasoning that the client was shown as text.

use super::*;

/// A model may fold a part of its answer, and a prompt may ask for tags.
#[test]
fn a_block_of_the_answers_own_stays() {
    let own = [
        r"<details><summary>The log</summary>\n\nall of it\n\n</details>\n\nLet me look.",
        r"<reasoning>As you asked: because.</reasoning>Let me look.",
        r"<thinking>Aloud.</thinking>Let me look.",
    ];
    for (number, text) in own.into_iter().enumerate() {
        let kit = kit(
            &format!("own-block-{number}"),
            r#"{"field":"reasoning_content"}"#,
        );
        let message = forgotten().replace("Let me look.", text);
        let history = [USER, &message, RESULT];
        assert_eq!(sent(&kit, &history), body(&history), "nothing is known");
        hear(
            &kit,
            &[USER],
            &answer(r#""reasoning_content":"hm""#).replace("Let me look.", text),
        );
        let out = sent(&kit, &history);
        assert!(out.contains(text), "{out}");
        assert!(out.contains(r#""reasoning_content":"hm""#), "{out}");
    }
}

/// Where the client was shown the very same, it goes, whatever the tags.
#[test]
fn a_block_that_the_client_was_shown_goes() {
    for (number, text) in [
        r"<details><summary>Thinking</summary>\n\nhm\n\n</details>\n\nLet me look.",
        r#"<details type=\"reasoning\" done=\"true\"><summary>Thought for 2 s</summary>\nhm\n</details>\nLet me look."#,
        r"<thinking>\nhm\n</thinking>\n\nLet me look.",
        r"<think>h m</think>Let me look.",
    ]
    .into_iter()
    .enumerate()
    {
        let kit = kit(&format!("shown-block-{number}"), RC);
        hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
        let message = forgotten().replace("Let me look.", text);
        let out = sent(&kit, &[USER, &message, RESULT]);
        assert!(out.contains(r#""content":"Let me look.""#), "{out}");
        assert!(out.contains(r#""reasoning_content":"hm""#), "{out}");
        let parts = format!(r#""content":[{{"type":"text","text":"{text}"}}]"#);
        let message = forgotten().replace(r#""content":"Let me look.""#, &parts);
        let out = sent(&kit, &[USER, &message, RESULT]);
        assert!(out.contains(r#""text":"Let me look.""#), "{out}");
        assert!(out.contains(r#""reasoning_content":"hm""#), "{out}");
    }
}

/// Content may be a list of parts, in calls and results alike.
#[test]
fn calls_that_become_text_lose_nothing() {
    let kit = kit(
        "parts",
        r#"{"field":"reasoning_content","miss":"strip_calls"}"#,
    );
    let list = r#""content":[{"type":"text","text":"Let me look."}]"#;
    let call = forgotten().replace(r#""content":"Let me look.""#, list);
    let result = RESULT.replace(
        r#""content":"rain""#,
        r#""content":[{"type":"text","text":"rain"},{"type":"text","text":"and wind"}]"#,
    );
    let out = sent(&kit, &[USER, &call, &result]);
    assert_eq!(
        out,
        body(&[
            USER,
            r#"{"role":"assistant","content":[{"type":"text","text":"Let me look."},{"type":"text","text":"[called weather with {\"city\": \"Oslo\"}]"}]}"#,
            r#"{"role":"user","content":[{"type":"text","text":"[result of weather]"},{"type":"text","text":"rain"},{"type":"text","text":"and wind"}]}"#,
        ])
    );
}

#[test]
fn reasoning_that_the_client_shows_as_text_is_moved_to_its_field() {
    let kit = kit("shown", RC);
    let shown = forgotten().replace(
        "Let me look.",
        "<think>\\n hm \\n</think>\\n\\nLet me look.",
    );
    let out = sent(&kit, &[USER, &shown, RESULT]);
    assert!(out.contains(r#""content":"Let me look.""#), "{out}");
    assert!(out.contains(r#""reasoning_content":" hm ""#), "{out}");
    assert_eq!(said(), "restored=shown:1");
}
