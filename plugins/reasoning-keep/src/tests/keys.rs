//! By which key a message is known again.

use super::*;

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
