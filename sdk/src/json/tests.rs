use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{Json, MAX_DEPTH};

#[test]
fn untouched_text_comes_back_byte_for_byte() {
    let text = r#"{ "b":1.50, "a" : [1e3 , -0,{"é\u00e9":"\/\ud83d"}] ,"b": null}"#;
    assert_eq!(Json::parse(text).unwrap().to_text(), text);
}

#[test]
fn a_change_leaves_the_spelling_of_everything_else() {
    let mut json = Json::parse(
        r#"{"n": 1.50, "s": "\u0041\/", "x": {"y": [ 1 ]}, "d": {"c": "old", "k": 1E2}}"#,
    )
    .unwrap();
    *json.pointer_mut("/d/c").unwrap() = "n\"ew\n".into();
    assert_eq!(
        json.to_text(),
        r#"{"n":1.50,"s":"\u0041\/","x":{"y": [ 1 ]},"d":{"c":"n\"ew\n","k":1E2}}"#
    );
    let owned: Json<'static> = json.into_owned();
    assert_eq!(
        owned.to_text(),
        r#"{"n":1.50,"s":"\u0041\/","x":{"y":[1]},"d":{"c":"n\"ew\n","k":1E2}}"#
    );
}

#[test]
fn looking_with_get_mut_in_vain_changes_nothing() {
    let text = r#"{ "a": [ 1 ] }"#;
    let mut json = Json::parse(text).unwrap();
    assert!(json.get_mut("b").is_none());
    assert!(json.remove("b").is_none());
    assert!(json.as_object_mut().unwrap().get_mut("c").is_none());
    assert_eq!(json.to_text(), text);
}

#[test]
fn the_last_of_repeated_names_counts() {
    let mut json = Json::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
    assert_eq!(json.get("a").unwrap().as_u64(), Some(3));
    json.set("a", 4u32);
    assert_eq!(json.to_text(), r#"{"a":1,"b":2,"a":4}"#);
    json.remove("a");
    assert_eq!(json.to_text(), r#"{"b":2}"#);
}

#[test]
fn strings_are_decoded() {
    let json = Json::parse(r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ude00""#).unwrap();
    assert_eq!(
        json.as_str(),
        Some("\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x\u{fffd}")
    );
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, at) in [
        ("", 0),
        ("{", 1),
        ("[1,]", 3),
        ("{\"a\":1,}", 7),
        ("{'a':1}", 1),
        ("01", 1),
        ("1.", 2),
        ("-", 1),
        ("nul", 0),
        ("\"a", 2),
        ("\"\n\"", 1),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("1 2", 2),
        ("\u{feff}1", 0),
        ("NaN", 0),
    ] {
        assert_eq!(Json::parse(text).map_err(|e| e.at), Err(at), "{text:?}");
    }
}

#[test]
fn numbers_are_read_and_made() {
    let json = Json::parse("[1.50, -3, 18446744073709551615, 1e2]").unwrap();
    let at = |index: usize| json.get(index).unwrap();
    assert_eq!((at(0).as_f64(), at(0).as_i64()), (Some(1.5), None));
    assert_eq!((at(1).as_i64(), at(1).as_u64()), (Some(-3), None));
    assert_eq!(at(2).as_u64(), Some(u64::MAX));
    assert_eq!(at(3).as_f64(), Some(100.0));
    assert_eq!(Json::from(0.7).to_text(), "0.7");
    assert_eq!(Json::from(f64::NAN).to_text(), "null");
    assert_eq!(Json::from(-3i64).to_text(), "-3");
}

#[test]
fn depth_is_limited() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(Json::parse(&deep(MAX_DEPTH.into())).is_ok());
    assert!(Json::parse(&deep(usize::from(MAX_DEPTH) + 1)).is_err());
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same tree built from Rust values: nothing keeps its spelling.
fn rebuilt(json: &Json<'_>) -> Json<'static> {
    match json {
        Json::Array(array) => array.iter().map(rebuilt).collect::<Vec<_>>().into(),
        Json::Object(object) => Json::Object(
            object
                .iter()
                .map(|(name, value)| (name.to_string(), rebuilt(value)))
                .collect(),
        ),
        Json::String(text) => text.as_str().to_string().into(),
        other => other.clone().into_owned(),
    }
}

proptest! {
    #[test]
    fn reads_and_writes_as_serde_json_does(value in value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let json = Json::parse(&text).unwrap();
        prop_assert_eq!(json.to_text(), text.as_str());
        prop_assert_eq!(rebuilt(&json).to_text(), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn accepts_what_serde_json_accepts(text in r#"[ \[\]{}",:0-9eE.+\-truefalsn\\u/]{0,24}"#) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        let ours = Json::parse(&text);
        // serde_json refuses lone surrogates and numbers too big for a double.
        let theirs_only = text.contains("\\u") || text.contains(['e', 'E']);
        if !theirs_only {
            prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{}", text);
        } else if theirs.is_ok() {
            prop_assert!(ours.is_ok(), "{}", text);
        }
    }
}
