use proptest::prelude::*;
use serde_json::Value;

use super::*;

/// `head`: what stands before the data in both frames.
fn is(twin: &mut Twin, head: &str, before: &str, event: &str) -> bool {
    let [before, event] = [before, event].map(|data| format!("{head}{data}\n\n").into_bytes());
    twin.is(&before, &event, Alike::of(&before, &event))
}

/// Whether each event is a twin of the one before it.
fn twins<const N: usize>(events: [&str; N]) -> Vec<bool> {
    let mut twin = Twin::default();
    events
        .windows(2)
        .map(|pair| is(&mut twin, "data: ", pair[0], pair[1]))
        .collect()
}

#[test]
fn other_words_make_a_twin() {
    let delta = |words| format!(r#"{{"id":"x","choices":[{{"delta":{{"content":"{words}"}}}}]}}"#);
    let events = ["Hi", " there", "", "Köln", " 東京", ", and", "d"].map(delta);
    assert_eq!(twins(events.each_ref().map(String::as_str)), [true; 6]);
    assert_eq!(
        twins([
            r#"{"text" : "a"}"#,
            r#"{"text" : "b"}"#,
            r#"{"text" : "bc"}"#
        ]),
        [true; 2]
    );
}

#[test]
fn all_else_makes_none() {
    for (before, event) in [
        // The same: rare, and not worth a rule.
        (r#"{"content":"a"}"#, r#"{"content":"a"}"#),
        (r#"{"content":"a"}"#, r#"{"content":null}"#),
        (r#"{"content":"a"}"#, r#"{"content":"b","usage":{}}"#),
        (r#"{"content":"a"}"#, r#"{"content":"b\"}"#),
        (r#"{"content":"a"}"#, r#"{"content":"\n"}"#),
        (r#"{"content":"a\t"}"#, r#"{"content":"a\x"}"#),
        (r#"{"content":"a\"b"}"#, r#"{"content":"ab"b"}"#),
        (r#"{"content":"\u0041"}"#, r#"{"content":"\u00zz"}"#),
        ("{\"content\":\"a\"}", "{\"content\":\"a\u{1}\"}"),
        (r#"{"content":"a"}"#, r#"{"content":"a"} "#),
        (r#"{"content":"a","n":1}"#, r#"{"content":"b","n":2}"#),
        (r#"{"content":{"x":1}}"#, r#"{"error":{"x":1}}"#),
        (r#"{"content":1}"#, r#"{"content":{}"#),
        (r#"{"type":"delta"}"#, r#"{"type":"error"}"#),
        (r#"{"finish_reason":"a"}"#, r#"{"finish_reason":"b"}"#),
        (r#"{"x\"content":"a"}"#, r#"{"x\"content":"b"}"#),
        (r#"{"x":["content","a"]}"#, r#"{"x":["content","b"]}"#),
    ] {
        assert!(
            !is(&mut Twin::default(), "data: ", before, event),
            "{before} {event}"
        );
    }
}

/// With the words taken out.
fn wordless(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                *value = match value.take() {
                    Value::String(_) if WORDS.contains(&key.as_bytes()) => Value::Null,
                    value => wordless(value),
                };
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = wordless(item.take());
            }
        }
        _ => {}
    }
    value
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-c\"\\\\:{},é\n ]{0,6}",
        Just("content".into()),
        Just("\"content\":\"".into()),
    ]
}

fn event() -> impl Strategy<Value = Value> {
    let key = || prop::sample::select(vec!["content", "delta", "type", "error", "x\"content", "a"]);
    let leaf = prop_oneof![
        word().prop_map(Value::from),
        Just(Value::Null),
        (0..20_u8).prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            proptest::collection::vec((key(), inner.clone()), 0..3).prop_map(|members| {
                Value::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
            }),
            proptest::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    });
    proptest::collection::vec((key(), tree), 0..3).prop_map(|members| {
        Value::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    })
}

proptest! {
    /// A piece of one event is put into another: nearly twins, whole or broken.
    #[test]
    fn twins_differ_in_words_alone(
        // Where a comment has a quote, strings look like what is between them.
        head in prop::sample::select(vec!["data: ", "data:", "id: 7\ndata: ", ": it\"s\ndata: "]),
        before in event(),
        warm_up in word(),
        pieces in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_usize, word(), any::<bool>()), 1..6),
    ) {
        let mut before = before.to_string();
        let mut twin = Twin::default();
        // A string that is known already, as within a stream.
        let warm = before.replacen("\"content\":\"", &format!("\"content\":\"{}", warm_up.replace(['"', '\\', '\n'], "")), 1);
        if is(&mut twin, head, &before, &warm) {
            before = warm;
        }
        for (at, cut, word, as_json) in pieces {
            let word = match as_json {
                true => Value::from(word).to_string().trim_matches('"').to_owned(),
                false => word,
            };
            let at = before.floor_char_boundary(at.index(before.len()));
            let to = before.floor_char_boundary((at + cut).min(before.len())).max(at);
            let event = [&before[..at], &word, &before[to..]].concat();
            if is(&mut twin, head, &before, &event) {
                let a = serde_json::from_str(&before).map(wordless);
                let b = serde_json::from_str(&event).map(wordless);
                prop_assert_eq!(a.unwrap(), b.unwrap());
                before = event;
            }
        }
    }
}
