//! Conversations with clients that forget, played through the plugin.

use std::time::Duration;

use proptest::prelude::*;
use yallmp_sdk::testkit::{Kit, chunks, cuts, logged, noted, pass, single_chars, stored};
use yallmp_sdk::{EndReason, Json};

use super::*;

/// A store divided by model, so that tests on one thread do not meet.
fn kit(model: &str, config: &str) -> Kit<ReasoningKeep> {
    let model = model.to_string();
    Kit::new()
        .config(config)
        .exchange(|exchange| exchange.target_model = model)
}

const RC: &str = r#"{"field":"reasoning_content","miss":"empty"}"#;

const USER: &str = r#"{"role":"user","content":"Weather in Oslo?"}"#;
const RESULT: &str =
    r#"{"role":"tool","tool_call_id":"call_3fA9x2LmQ0wZt7RbYc5K","content":"rain"}"#;
const CALLS: &str = r#""tool_calls":[{"id":"call_3fA9x2LmQ0wZt7RbYc5K","type":"function","function":{"name":"weather","arguments":"{\"city\": \"Oslo\"}"}}]"#;

fn body(messages: &[&str]) -> String {
    format!(r#"{{"model":"m","messages":[{}]}}"#, messages.join(","))
}

/// A whole answer that reasons, says and calls.
fn answer(reasoning: &str) -> String {
    format!(
        r#"{{"choices":[{{"index":0,"message":{{"role":"assistant",{reasoning},"content":"Let me look.",{CALLS}}},"finish_reason":"tool_calls"}}]}}"#
    )
}

/// The same as a client sends it back that knows no reasoning.
fn forgotten() -> String {
    format!(r#"{{"role":"assistant","content":"Let me look.",{CALLS}}}"#)
}

fn hear(kit: &Kit<ReasoningKeep>, messages: &[&str], answer: &str) {
    let heard = kit.clone().request(body(messages)).whole(answer).unwrap();
    assert_eq!(heard, answer, "answers stay as they are");
    let _ = noted();
}

fn sent(kit: &Kit<ReasoningKeep>, messages: &[&str]) -> String {
    kit.clone().request(body(messages)).request_out().unwrap()
}

/// What the header says of the last request.
fn said() -> String {
    let facts = noted()
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    facts.collect::<Vec<_>>().join(", ")
}

#[test]
fn what_the_client_forgot_comes_back_byte_for_byte() {
    let kit = kit("byte-for-byte", RC);
    // Escapes are kept in meaning: the backend reads the same characters.
    hear(
        &kit,
        &[USER],
        &answer(r#""reasoning_content":"Höm…\n \"Oslo\" \ud83d\ude42 ""#),
    );
    let patched = forgotten().replace(
        "}}]}",
        "}}],\"reasoning_content\":\"Höm…\\n \\\"Oslo\\\" 🙂 \"}",
    );
    assert_eq!(
        sent(&kit, &[USER, &forgotten(), RESULT]),
        body(&[USER, &patched, RESULT])
    );
    assert_eq!(said(), "restored=k1:1");
}

#[test]
fn however_the_answer_is_cut_the_same_is_kept() {
    let whole = answer(r#""reasoning_content":"<think> about it""#);
    let stream = chunks(&whole).unwrap();
    let run = |model: &str, stream: &[String]| {
        let kit = kit(model, RC).request(body(&[USER]));
        assert_eq!(kit.stream(stream).unwrap(), stream);
        stored()
    };
    let kept = run("cut", &stream);
    assert_eq!(kept.len(), 1 + 5, "a record and its keys");
    for stream in cuts(&stream).chain([single_chars(&stream)]) {
        assert_eq!(run("cut", &stream), kept);
    }
}

#[test]
fn the_surest_key_that_fits_is_used() {
    let kit = kit("keys", RC);
    let system = r#"{"role":"system","content":"Now: 12:00"}"#;
    let later = r#"{"role":"system","content":"Now: 12:01"}"#;
    let old = [
        r#"{"role":"user","content":"Hi"}"#,
        r#"{"role":"assistant","content":"Hello"}"#,
    ];
    hear(
        &kit,
        &[system, old[0], old[1], USER],
        &answer(r#""reasoning_content":"hm""#),
    );
    let said_so = forgotten();
    let trimmed = said_so.replace("Let me look.", "");
    let other_ids = said_so.replace("call_3fA9x2LmQ0wZt7RbYc5K", "call_0");
    let weather = r#"{"role":"user","content":"The weather!"}"#;
    for (messages, key) in [
        (vec![system, old[0], old[1], USER, &said_so, RESULT], "k1:4"),
        (vec![system, old[0], old[1], USER, &trimmed, RESULT], "k2:4"),
        (vec![later, old[0], old[1], USER, &said_so, RESULT], "k3:4"),
        (vec![USER, &trimmed, RESULT], "k3:1"),
        (vec![USER, &other_ids, RESULT], "k3:1"),
        (vec![weather, &trimmed, RESULT], "k4:1"),
    ] {
        assert!(
            sent(&kit, &messages).contains(r#""reasoning_content":"hm""#),
            "{messages:?}"
        );
        assert_eq!(said(), format!("restored={key}"), "{messages:?}");
    }
    let neither = other_ids.replace("Oslo", "Rome");
    sent(&kit, &[weather, &neither, RESULT]);
    assert_eq!(said(), "missed=1 empty");
}

#[test]
fn ids_that_count_or_come_twice_prove_nothing() {
    let counted = |text: &str| text.replace("call_3fA9x2LmQ0wZt7RbYc5K", "functions.weather:0");
    let weak = kit("weak", RC);
    hear(
        &weak,
        &[USER],
        &counted(&answer(r#""reasoning_content":"hm""#)),
    );
    let other = r#"{"role":"user","content":"Something else"}"#;
    let elsewhere = counted(&forgotten()).replace("Let me look.", "");
    sent(&weak, &[other, &elsewhere]);
    assert_eq!(said(), "missed=1 empty");

    let twice = kit("twice", RC);
    hear(&twice, &[USER], &answer(r#""reasoning_content":"hm""#));
    let changed = forgotten().replace("Let me look.", "");
    sent(&twice, &[other, &changed, RESULT, &changed]);
    assert_eq!(said(), "missed=1/3 empty");
}

#[test]
fn a_key_for_two_texts_stands_for_none() {
    let kit = kit("poison", RC);
    for thought in ["one", "two", "one"] {
        hear(
            &kit,
            &[USER],
            &answer(&format!(r#""reasoning_content":"{thought}""#)),
        );
    }
    sent(&kit, &[USER, &forgotten(), RESULT]);
    assert_eq!(said(), "missed=1 empty");
}

#[test]
fn what_the_client_sends_is_left_alone() {
    let kit = kit("present", RC);
    hear(&kit, &[USER], &answer(r#""reasoning_content":"hm""#));
    for own in [r#""reasoning_content":"mine""#, r#""reasoning_content":"""#] {
        let message = forgotten().replace("\"content\"", &format!("{own},\"content\""));
        let messages = [USER, &message, RESULT];
        assert_eq!(sent(&kit, &messages), body(&messages));
        assert_eq!(said(), "");
    }
    let filling = kit.config(r#"{"field":"reasoning_content","treat_empty_as_absent":true}"#);
    let message = forgotten().replace("\"content\"", "\"reasoning_content\":\"\",\"content\"");
    assert!(sent(&filling, &[USER, &message]).contains(r#""reasoning_content":"hm","content""#));
}

#[test]
fn scopes() {
    let first = format!(r#"{{"role":"assistant","content":"One",{CALLS}}}"#);
    let plain = r#"{"role":"assistant","content":"It rains"}"#;
    let reminder = r#"{"role":"system","content":"Be quick"}"#;
    let again = r#"{"role":"user","content":"And Rome?"}"#;
    let last = first.replace("call_3fA9x2LmQ0wZt7RbYc5K", "call_QQQQQQQQQQQQ2LmQ0wZt7");
    let history = [USER, &first, RESULT, plain, again, &last, reminder];
    for (scope, restored) in [
        ("in_turn", "k1:5"),
        ("tool_calls", "k1:1/5"),
        ("all", "k1:1/3/5"),
    ] {
        let config = format!(r#"{{"field":"reasoning","scope":"{scope}"}}"#);
        let kit = kit(scope, &config);
        for at in [1, 3, 5] {
            let message =
                history[at].replace("{\"role\"", &format!("{{\"reasoning\":\"r{at}\",\"role\""));
            let answer = format!(
                r#"{{"choices":[{{"index":0,"message":{message},"finish_reason":"stop"}}]}}"#
            );
            hear(&kit, &history[..at], &answer);
        }
        let out = sent(&kit, &history);
        assert_eq!(said(), format!("restored={restored}"), "{scope}");
        assert_eq!(
            out.matches("\"reasoning\"").count(),
            restored.matches('/').count() + 1
        );
    }
}

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
        for off in [r#""thinking":{"type":"disabled"}"#, r#""enable_thinking":false"#, r#""reasoning_effort":"none""#] {
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

/// Two hours without use, and a day at the longest, however much it is used.
#[test]
fn what_is_kept_ends() {
    let hours = |hours: u64| pass(Duration::from_secs(hours * 3600));
    let history = [USER, &forgotten(), RESULT];
    let is_known = |kit: &Kit<ReasoningKeep>| sent(kit, &history).contains("\"hm\"");
    let thought = answer(r#""reasoning_content":"hm""#);

    let unused = kit("unused", RC);
    hear(&unused, &[USER], &thought);
    hours(1);
    assert!(is_known(&unused));
    hours(3);
    assert!(!is_known(&unused));

    let used = kit("used", RC);
    hear(&used, &[USER], &thought);
    for hour in 1..24 {
        hours(1);
        assert!(is_known(&used), "{hour}");
    }
    hours(1);
    assert!(!is_known(&used));

    let longer = r#"{"field":"reasoning_content","idle_hours":30,"hours":48}"#;
    let longer = kit("longer", longer);
    hear(&longer, &[USER], &thought);
    hours(29);
    assert!(is_known(&longer));
    hours(19);
    assert!(!is_known(&longer));
}

/// A key for two texts stands for none as long as either is kept.
#[test]
fn a_tombstone_lives_as_long_as_what_it_stands_for() {
    let kit = kit("tombstone", RC);
    let thoughts = ["one", "two"].map(|text| answer(&format!(r#""reasoning_content":"{text}""#)));
    for thought in &thoughts {
        hear(&kit, &[USER], thought);
    }
    pass(Duration::from_secs(3 * 3600));
    hear(&kit, &[USER], &thoughts[0]);
    let out = sent(&kit, &[USER, &forgotten(), RESULT]);
    assert!(!out.contains("one") && !out.contains("two"), "{out}");
}

/// Keys, numbers and words of ours: the reasoning itself is in the store and in requests alone.
#[test]
fn what_was_thought_is_not_told_to_the_log() {
    let kit = kit("log", RC);
    let _ = (noted(), logged());
    hear(
        &kit,
        &[USER],
        &answer(r#""reasoning_content":"a secret thought""#),
    );
    let _ = sent(&kit, &[USER, &forgotten(), RESULT]);
    let told = format!("{:?} {:?}", noted(), logged());
    assert!(told.contains("restored"), "{told}");
    assert!(!told.contains("secret"), "{told}");
    let keys = stored();
    assert!(!keys.is_empty());
    assert!(
        keys.keys()
            .all(|key| !key.contains("secret") && !key.contains("weather"))
    );
}

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
