//! Another try after the backend asked for reasoning.

use super::*;

const MISSING: &str = r#"{"error":{"message":"The `reasoning_content` in the thinking mode must be passed back to the API."}}"#;
const SIGNATURE: &str =
    r#"{"error":{"message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#;

/// The kit of the next attempt, after the first one got the error.
fn again(kit: Kit<ReasoningKeep>, error: &str, messages: &[&str]) -> Kit<ReasoningKeep> {
    let wish = kit.clone().request(body(messages)).error(error);
    assert_eq!(wish.expect_err("another try").code, "retry");
    let _ = noted();
    let kit = kit.exchange(|exchange| exchange.attempt = 2);
    let twice = kit.clone().request(body(messages)).error(error);
    assert_eq!(twice, Ok(()), "one other try, no more");
    let _ = noted();
    kit
}

#[test]
fn a_backend_that_wants_reasoning_back_gets_another_try_that_goes_further() {
    let with = |config: &str, exchange: &str| {
        let name = exchange.to_string();
        kit(exchange, config).exchange(|exchange| exchange.id = name)
    };
    let history = [
        USER,
        &forgotten(),
        RESULT,
        r#"{"role":"user","content":"And?"}"#,
    ];
    for (number, (config, filled)) in [
        (
            r#"{"field":"reasoning_content"}"#,
            r#""reasoning_content":"""#,
        ),
        (
            r#"{"field":"reasoning_content","miss":"empty"}"#,
            r#""reasoning_content":" ""#,
        ),
        (
            r#"{"field":"extra_content"}"#,
            "skip_thought_signature_validator",
        ),
        (r#"{"field":"reasoning_details"}"#, "[called weather with"),
    ]
    .into_iter()
    .enumerate()
    {
        let kit = with(config, &format!("again-{number}"));
        assert_eq!(
            sent(&kit, &history),
            body(&history),
            "out of scope at first"
        );
        let kit = again(kit, MISSING, &history);
        let out = sent(&kit, &history);
        assert!(out.contains(filled), "{out}");
        assert!(said().contains("again=missing"));
    }
    // What is known goes back, also where the scope would not have it.
    let kit = with(RC, "again-known");
    hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
    let kit = again(kit, MISSING, &history);
    assert!(sent(&kit, &history).contains(r#""reasoning_content":"hm""#));
}

#[test]
fn foreign_signatures_go_when_they_are_refused() {
    let kit = kit("signature", r#"{"field":"reasoning_details"}"#)
        .exchange(|exchange| exchange.id = "signature".into());
    let signed = forgotten().replace(
        "}}]}",
        r#"}}],"reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"foreign"}]}"#,
    );
    let history = [USER, &signed, RESULT];
    assert_eq!(sent(&kit, &history), body(&history));
    let kit = again(kit, SIGNATURE, &history);
    let out = sent(&kit, &history);
    assert!(!out.contains("foreign"), "{out}");
    assert!(out.contains("[called weather with"), "{out}");
}

#[test]
fn other_errors_are_the_clients() {
    let kit = kit("other-errors", RC).request(body(&[USER]));
    let other = r#"{"error":{"message":"reasoning_content is too long"}}"#;
    assert_eq!(kit.error(other), Ok(()));
    let off = Kit::<ReasoningKeep>::new().request(body(&[USER]));
    assert_eq!(off.error(MISSING), Ok(()));
}
