use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn body(text: &str) -> RequestBody {
    RequestBody::parse(Bytes::copy_from_slice(text.as_bytes())).expect("a body")
}

fn set(name: &str, value: &str) -> (String, Option<String>) {
    (name.into(), Some(value.into()))
}

#[test]
fn members_are_found_as_written() {
    let body =
        body(r#" { "messages" : [ {"a":"]}\"{"} ], "n":1.50e3 ,"model":"x\u0041","stream":true}"#);
    assert_eq!(body.member("messages"), Some(r#"[ {"a":"]}\"{"} ]"#));
    assert_eq!(body.member("n"), Some("1.50e3"));
    assert_eq!(body.string("model").as_deref(), Some("xA"));
    assert!(body.is_true("stream"));
    assert_eq!(body.member("absent"), None);
}

#[test]
fn a_nested_member_is_not_a_member() {
    assert_eq!(body(r#"{"a":{"model":"inner"}}"#).member("model"), None);
}

#[test]
fn of_equal_keys_the_last_counts_however_it_is_spelled() {
    assert_eq!(
        body(r#"{"model":"a","mod\u0065l":"b"}"#).member("model"),
        Some("\"b\"")
    );
}

#[test]
fn edits_leave_all_other_bytes() {
    let before = body("{ \"model\" : \"a\",\n \"x\": 1.0, \"y\":[1 ,2] }");
    let after = before
        .edit(&[set("model", "\"b\""), set("z", "{}")])
        .unwrap();
    assert_eq!(
        after.text(),
        "{ \"model\" : \"b\",\n \"x\": 1.0, \"y\":[1 ,2],\"z\":{} }"
    );
    let after = before.edit(&[("x".into(), None)]).unwrap();
    assert_eq!(after.text(), "{ \"model\" : \"a\", \"y\":[1 ,2] }");
    let after = before
        .edit(&[("model".into(), None), ("y".into(), None)])
        .unwrap();
    assert_eq!(after.text(), "{ \"x\": 1.0 }");
    assert_eq!(
        body("{}").edit(&[set("a", "1")]).unwrap().text(),
        "{\"a\":1}"
    );
    assert_eq!(
        body("{\"a\":1}")
            .edit(&[("a".into(), None)])
            .unwrap()
            .text(),
        "{}"
    );
}

#[test]
fn an_edit_that_is_not_json_is_refused() {
    assert!(body("{}").edit(&[set("a", "nope")]).is_err());
}

#[test]
fn broken_bodies_are_named() {
    for (text, message) in [
        ("", "the body is not valid JSON: expected `{` at byte 0"),
        ("nope", "the body is not valid JSON: expected `{` at byte 0"),
        ("[1]", "the body must be a JSON object"),
        ("3", "the body must be a JSON object"),
        (
            "{\"a\":1",
            "the body is not valid JSON: unexpected end at byte 6",
        ),
        (
            "{\"a\":\"x}",
            "the body is not valid JSON: a string that does not end at byte 5",
        ),
        (
            "{\"a\":[1}",
            "the body is not valid JSON: brackets that do not match at byte 7",
        ),
        (
            "{\"a\":[1, {\"b\": \"x]}}",
            "the body is not valid JSON: a string that does not end at byte 15",
        ),
        (
            "{\"a\":[\\\"]}",
            "the body is not valid JSON: a backslash outside of a string at byte 6",
        ),
        (
            "{\"a\" 1}",
            "the body is not valid JSON: expected `:` at byte 5",
        ),
        (
            "{\"a\":1,}",
            "the body is not valid JSON: expected a key in quotes at byte 7",
        ),
        (
            "{\"a\":yes}",
            "the body is not valid JSON: expected a value at byte 5",
        ),
        (
            "{} x",
            "the body is not valid JSON: text after the object at byte 3",
        ),
    ] {
        let error = RequestBody::parse(Bytes::from(text)).unwrap_err();
        assert_eq!(error.to_string(), message, "for {text}");
    }
    let error = RequestBody::parse(Bytes::from_static(b"{\"a\":\"\xff\"}")).unwrap_err();
    assert_eq!(error, BodyError::NotUtf8(6));
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(500), "]".repeat(500));
    assert!(RequestBody::parse(deep.into()).is_err());
}

fn arb_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<String>().prop_map(Value::from),
        // Longer than a block of the scanner, and full of what it looks for.
        r#"[a\\"\[\]{}]{0,150}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|m| Value::Object(m.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn reads_every_object_as_serde_json_does(
        object in prop::collection::btree_map(any::<String>(), arb_json(), 0..8),
        pretty in any::<bool>(),
    ) {
        let value = Value::Object(object.into_iter().collect());
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let body = body(&text);
        for (key, member) in value.as_object().unwrap() {
            let found: Value = serde_json::from_str(body.member(key).unwrap()).unwrap();
            let expected: Value = serde_json::from_str(&member.to_string()).unwrap();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn edited_text_reads_as_the_edited_object(
        object in prop::collection::btree_map("[a-d]", arb_json(), 0..5),
        edits in prop::collection::vec(("[a-f]", prop::option::of(arb_json())), 0..4),
    ) {
        let mut expected: Map<String, Value> = object.into_iter().collect();
        let body = body(&Value::Object(expected.clone()).to_string());
        let edits: Vec<_> = edits.into_iter().map(|(k, v)| {
            match &v {
                Some(v) => { expected.insert(k.clone(), v.clone()); }
                None => { expected.shift_remove(&k); }
            }
            (k, v.map(|v| v.to_string()))
        }).collect();
        let after = body.edit(&edits).unwrap();
        let expected = Value::Object(expected).to_string();
        prop_assert_eq!(after.text(), expected);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = RequestBody::parse(text.into());
    }
}
