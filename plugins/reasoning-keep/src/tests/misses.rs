//! What is not known, not whole or not wanted.

use super::*;

#[test]
fn policies_for_what_is_not_known() {
    let plain = r#"{"role":"assistant","content":"It rains"}"#;
    for (miss, expected) in [
        ("nothing", vec![forgotten()]),
        ("empty", vec![r#","reasoning_content":""}"#.to_string()]),
        ("space", vec![r#","reasoning_content":" "}"#.to_string()]),
        ("dot", vec![r#","reasoning_content":"."}"#.to_string()]),
        ("disable_thinking", vec![forgotten(), r#""thinking":{"type":"disabled"}"#.to_string()]),
        ("strip_calls", vec![
            r#"{"role":"assistant","content":"Let me look.\n[called weather with {\"city\": \"Oslo\"}]"}"#.to_string(),
            r#"{"role":"user","content":"[result of weather]\nrain"}"#.to_string(),
        ]),
    ] {
        let kit = kit(miss, &format!(r#"{{"field":"reasoning_content","scope":"all","miss":"{miss}"}}"#));
        let out = sent(&kit, &[USER, &forgotten(), RESULT, plain]);
        for part in expected {
            assert!(out.contains(&part), "{miss}: {out}");
        }
        assert!(out.contains(plain), "only calls demand it");
        assert_eq!(said(), format!("missed=1 {miss}"));
        // Nothing is demanded of a request that does not think.
        for off in [
            r#""thinking":{"type":"disabled"}"#,
            r#""enable_thinking":false"#,
            r#""reasoning_effort":"none""#,
            r#""think":false"#,
            r#""disable_reasoning":true"#,
            r#""thinking_budget":0"#,
            r#""extra_body":{"google":{"thinking_config":{"thinking_budget":0}}}"#,
        ] {
            let request = body(&[USER, &forgotten(), RESULT]).replacen('{', &format!("{{{off},"), 1);
            assert_eq!(kit.clone().request(request.clone()).request_out().unwrap(), request);
        }
    }
}

#[test]
fn what_was_cut_is_kept_only_if_it_can_be_used() {
    let stream = chunks(&answer(r#""reasoning":"hm""#)).unwrap();
    let before_end = &stream[..stream.len() - 1];
    for (model, events, reason, kept) in [
        ("cancelled", before_end, EndReason::Cancelled, true),
        (
            "cancelled-early",
            &before_end[..2],
            EndReason::Cancelled,
            false,
        ),
        ("broken", before_end, EndReason::UpstreamError, false),
        ("unfinished", before_end, EndReason::EndOfInput, true),
    ] {
        let kit = kit(model, RC).request(body(&[USER]));
        let before = stored().len();
        kit.stream_until(events, reason).unwrap();
        assert_eq!(stored().len() > before, kept, "{model}");
    }
}

#[test]
fn late_reasoning_is_found_by_the_ids_of_the_calls() {
    let kit = kit("late", RC);
    let stream = chunks(&answer(r#""reasoning":"hm""#)).unwrap();
    // Role, reasoning, content, calls, finish: content comes first here.
    let late: Vec<&str> = [0, 2, 1, 3, 4]
        .iter()
        .map(|&at| stream[at].as_str())
        .collect();
    kit.clone().request(body(&[USER])).stream(&late).unwrap();
    let _ = noted();
    assert!(sent(&kit, &[USER, &forgotten(), RESULT]).contains(r#""reasoning_content":"hm""#));
    assert_eq!(said(), "restored=k2:1");
}

#[test]
fn nothing_is_called_where_nothing_is_kept() {
    for config in [
        "null",
        "{}",
        r#"{"field":"none"}"#,
        r#"{"field":"reasoning","scope":"none"}"#,
    ] {
        assert_eq!(
            kit("off", config).plan().unwrap(),
            Wants::nothing(),
            "{config}"
        );
    }
    let profile = |profile: &str| {
        let profile = profile.to_string();
        kit("profiled", "null").exchange(|it| it.deployment.profile = profile)
    };
    let deepseek = profile(
        r#"{"reasoning":{"keep":{"field":"reasoning_content","scope":"tool_calls","miss":"empty"}}}"#,
    );
    assert_ne!(deepseek.plan().unwrap(), Wants::nothing());
    assert!(
        sent(&deepseek, &[USER, &forgotten(), RESULT, USER]).contains(r#""reasoning_content":"""#)
    );
    let none = profile(r#"{"reasoning":{"keep":{"field":"none","scope":"none"}}}"#);
    assert_eq!(none.plan().unwrap(), Wants::nothing());
    assert_eq!(profile("{}").plan().unwrap(), Wants::nothing());

    // Another path has no messages to restore.
    let elsewhere = kit("path", RC).exchange(|it| it.path = "/v1/responses".into());
    assert_eq!(
        sent(&elsewhere, &[USER, &forgotten()]),
        body(&[USER, &forgotten()])
    );
}

#[test]
fn what_is_too_large_is_not_kept() {
    let kit = kit("large", RC).request(body(&[USER]));
    let huge = answer(&format!(
        r#""reasoning_content":"{}""#,
        "x".repeat(256 * 1024)
    ));
    kit.whole(&huge).unwrap();
    assert_eq!(said(), "kept=nothing: too large");
}

/// What fills a gap is no thought of the model: a later request must not find it as one.
#[test]
fn what_filled_a_gap_is_not_remembered() {
    let plain = r#"{"role":"assistant","content":"It rains"}"#;
    for (model, config, filler) in [
        (
            "gap-dot",
            r#"{"field":"reasoning_content","scope":"all","miss":"dot"}"#,
            r#""reasoning_content":".""#,
        ),
        (
            "gap-signature",
            r#"{"field":"extra_content","scope":"all","miss":"placeholder_signature"}"#,
            "skip_thought_signature_validator",
        ),
    ] {
        let kit = kit(model, config);
        let history = [USER, &forgotten(), RESULT];
        assert!(sent(&kit, &history).contains(filler));
        let before = stored();
        let answer = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"It rains"},"finish_reason":"stop"}]}"#;
        hear(&kit, &history, answer);
        assert_eq!(stored(), before, "an answer without a thought");
        let out = sent(&kit, &[USER, &forgotten(), RESULT, plain, USER]);
        assert_eq!(
            said(),
            format!(
                "missed=1 {}",
                &config[config.find("miss").unwrap() + 7..config.len() - 2]
            )
        );
        assert_eq!(out.matches(filler).count(), 1, "{out}");
    }
}
