//! How reasoning goes back: its name, its shape, its signature.

use super::*;

/// A client that sends reasoning back by itself does so under a name of its own choice.
#[test]
fn another_name_is_the_same_reasoning() {
    let with = |fields: &str| forgotten().replace("{\"role\"", &format!("{{{fields},\"role\""));
    let (content, plain) = (r#""reasoning_content":"mine""#, r#""reasoning":"mine""#);
    for (field, sends, missing) in [
        ("both", content, plain),
        ("both", plain, content),
        ("reasoning", content, plain),
        ("reasoning_content", plain, content),
    ] {
        let message = with(sends);
        let patched = format!("{},{missing}}}", message.strip_suffix('}').unwrap());
        let history = body(&[USER, &patched, RESULT]);
        // Nothing is remembered, then something else: the client may have changed it.
        for heard in [false, true] {
            let kit = kit(
                &format!("{field}-{heard}"),
                &format!(r#"{{"field":"{field}"}}"#),
            );
            if heard && field == "both" {
                hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
            }
            assert_eq!(sent(&kit, &[USER, &message, RESULT]), history, "{field}");
            // A second run has nothing to do.
            assert_eq!(sent(&kit, &[USER, &patched, RESULT]), history, "{field}");
        }
    }
}

#[test]
fn each_field() {
    let call = format!("{CALLS}}}");
    for (field, expected) in [
        (
            "reasoning_content",
            format!(r#""content":"Let me look.",{CALLS},"reasoning_content":"hm"}}"#),
        ),
        (
            "reasoning",
            format!(r#""content":"Let me look.",{CALLS},"reasoning":"hm"}}"#),
        ),
        (
            "both",
            format!(r#"{CALLS},"reasoning_content":"hm","reasoning":"hm"}}"#),
        ),
        (
            "reasoning_details",
            format!(
                r#"{CALLS},"reasoning_details":[{{"type":"reasoning.text","text":"hm","format":"unknown","index":0}}]}}"#
            ),
        ),
        (
            "think_tags",
            format!(r#""content":"<think>\nhm\n</think>\n\nLet me look.",{call}"#),
        ),
        (
            "mistral",
            format!(
                r#""content":[{{"type":"thinking","thinking":[{{"type":"text","text":"hm"}}]}},{{"type":"text","text":"Let me look."}}],{call}"#
            ),
        ),
    ] {
        let kit = kit(field, &format!(r#"{{"field":"{field}"}}"#));
        hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
        let out = sent(&kit, &[USER, &forgotten(), RESULT]);
        assert!(out.contains(&expected), "{field}: {out}");
        assert_eq!(said(), "restored=k1:1");
        // A second run has nothing to do.
        let again = kit.clone().request(out.clone()).request_out().unwrap();
        assert_eq!(again, out, "{field}");
    }
}

/// Some clients write text as a list of parts, with marks for a cache.
#[test]
fn content_that_is_a_list_of_parts() {
    let list = forgotten().replace(
        r#""Let me look.""#,
        r#"[{"type":"text","text":"Let me look.","cache_control":{"type":"ephemeral"}}]"#,
    );
    let parts = r#"{"type":"text","text":"Let me look.","cache_control":{"type":"ephemeral"}}]"#;
    for (field, expected) in [
        ("reasoning", r#""content":[PARTS"#),
        (
            "think_tags",
            r#""content":[{"type":"text","text":"<think>\nhm\n</think>\n\n"},PARTS"#,
        ),
        (
            "mistral",
            r#""content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},PARTS"#,
        ),
    ] {
        let kit = kit("parts", &format!(r#"{{"field":"{field}"}}"#));
        hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
        let out = sent(&kit, &[USER, &list, RESULT]);
        assert_eq!(said(), "restored=k1:1");
        assert!(
            out.contains(&expected.replace("PARTS", parts)),
            "{field}: {out}"
        );
        let again = kit.clone().request(out.clone()).request_out().unwrap();
        assert_eq!(again, out, "{field}");
    }
}

#[test]
fn a_block_of_tags_comes_back_as_it_was() {
    let text = "<think>\nhm\n\n</think>\n\n\n";
    let said_with = |block: &str| {
        format!(
            r#"{{"role":"assistant","content":{},{CALLS}}}"#,
            Json::from(format!("{block}Let me look.")).to_text()
        )
    };
    let whole = |message: &str| {
        format!(r#"{{"choices":[{{"index":0,"message":{message},"finish_reason":"tool_calls"}}]}}"#)
    };
    let tags = kit("tags", r#"{"field":"think_tags"}"#);
    hear(&tags, &[USER], &whole(&said_with(text)));
    assert_eq!(
        sent(&tags, &[USER, &forgotten(), RESULT]),
        body(&[USER, &said_with(text), RESULT])
    );
    assert_eq!(said(), "restored=k1:1");
    // The client kept it.
    assert_eq!(
        sent(&tags, &[USER, &said_with(text)]),
        body(&[USER, &said_with(text)])
    );

    // A backend that wants a field gets the field, and not what the client was shown too.
    let field = kit("shown", RC);
    hear(&field, &[USER], &answer(r#""reasoning_content":"hm""#));
    let shown = said_with("<details><summary>Thought</summary>\nhm\n</details>\n");
    let patched = forgotten().replace("}}]}", "}}],\"reasoning_content\":\"hm\"}");
    assert_eq!(sent(&field, &[USER, &shown]), body(&[USER, &patched]));
}

#[test]
fn signatures_go_back_to_where_they_came_from_and_nowhere_else() {
    let config = r#"{"field":"reasoning_details"}"#;
    let kit = kit("claude", config);
    let stream = [
        r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Let ","reasoning_details":[{"type":"reasoning.text","text":"Let ","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"","reasoning":"me","reasoning_details":[{"type":"reasoning.text","text":"me","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"Ep4+/\u003d","format":"anthropic-claude-v1","index":0}]},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"abc","index":1}]},"finish_reason":null}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"Let me look."},"finish_reason":null}]}"#,
        &format!(
            r#"{{"choices":[{{"index":0,"delta":{{{}}},"finish_reason":"tool_calls"}}]}}"#,
            CALLS.replace("[{", "[{\"index\":0,")
        ),
    ];
    kit.clone().request(body(&[USER])).stream(&stream).unwrap();
    let _ = noted();
    let details = r#""reasoning_details":[{"type":"reasoning.text","text":"Let me","format":"anthropic-claude-v1","index":0,"signature":"Ep4+/\u003d"},{"type":"reasoning.encrypted","data":"abc","index":1}]"#;
    let patched = forgotten().replace("}}]}", &format!("}}}}],{details}}}"));
    assert_eq!(
        sent(&kit, &[USER, &forgotten(), RESULT]),
        body(&[USER, &patched, RESULT])
    );

    let elsewhere = kit
        .clone()
        .exchange(|it| it.deployment.api_base = "http://other/v1".into());
    let out = sent(&elsewhere, &[USER, &forgotten(), RESULT]);
    assert!(out.contains("\"Let me\"") && !out.contains("Ep4"), "{out}");
    let other_model = kit.exchange(|it| it.target_model = "gpt".into());
    let _ = noted();
    assert_eq!(
        sent(&other_model, &[USER, &forgotten()]),
        body(&[USER, &forgotten()])
    );
    assert_eq!(said(), "missed=1 nothing");
}

#[test]
fn families_share_text() {
    let on = |model: &str, family: &str| kit(model, &format!(r#"{{"field":"reasoning"{family}}}"#));
    hear(
        &on("deepseek-ai/DeepSeek-V9", ""),
        &[USER],
        &answer(r#""reasoning_content":"hm""#),
    );
    for (model, family, found) in [
        ("deepseek-v9:free", "", true),
        ("deepseek-v9-fast", "", false),
        ("chat", r#","family":"deepseek-v9""#, true),
    ] {
        let out = sent(&on(model, family), &[USER, &forgotten()]);
        assert_eq!(out.contains(r#""reasoning":"hm""#), found, "{model}");
    }
}

/// Google wants the signature of each step's first call.
#[test]
fn signatures_of_calls() {
    let config = r#"{"field":"extra_content","scope":"all","miss":"placeholder_signature"}"#;
    let kit = kit("gemini", config);
    let call = |id: &str, more: &str| {
        format!(
            r#"{{"id":"{id}","type":"function"{more},"function":{{"name":"f","arguments":"{{}}"}}}}"#
        )
    };
    let ids = [
        "function-call-13873838574737383",
        "function-call-99873838574737384",
    ];
    let extra =
        |n: u32| format!(r#","extra_content":{{"google":{{"thought_signature":"Cs{n}=="}}}}"#);
    let message = |calls: &[String]| {
        format!(
            r#"{{"role":"assistant","content":null,"tool_calls":[{}]}}"#,
            calls.join(",")
        )
    };
    let full = message(&[call(ids[0], &extra(0)), call(ids[1], &extra(1))]);
    let whole = format!(r#"{{"choices":[{{"index":0,"message":{full},"finish_reason":"stop"}}]}}"#);
    hear(&kit, &[USER], &whole);
    let bare = message(&[call(ids[0], ""), call(ids[1], "")]);
    let behind = |n: usize| {
        format!(
            r#"{{"id":"{}","type":"function","function":{{"name":"f","arguments":"{{}}"}}{}}}"#,
            ids[n],
            extra(n as u32)
        )
    };
    assert_eq!(
        sent(&kit, &[USER, &bare]),
        body(&[USER, &message(&[behind(0), behind(1)])])
    );
    assert_eq!(said(), "restored=k1:1");

    // A client that divides parallel calls.
    let (one, two) = (message(&[call(ids[0], "")]), message(&[call(ids[1], "")]));
    let other = r#"{"role":"user","content":"Other"}"#;
    let out = sent(&kit, &[other, &one, &two]);
    assert_eq!(
        out,
        body(&[other, &message(&[behind(0)]), &message(&[behind(1)])])
    );
    assert_eq!(said(), "restored=k4:1/2");

    let foreign = message(&[call("call_1", ""), call("call_2", "")]);
    let out = sent(&kit, &[USER, &foreign]);
    assert_eq!(out.matches("skip_thought_signature_validator").count(), 1);
    assert_eq!(said(), "missed=1 placeholder_signature");
}
