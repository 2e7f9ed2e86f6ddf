use std::format;
use std::string::String;

use proptest::collection::vec;
use proptest::prelude::*;
use yallmp_sdk::Json;

use super::kit;
use crate::path::Path;

/// JSON text as odd as backends write it, with members that rules name among others.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".into()),
        Just("true".into()),
        Just("1.50".into()),
        Just("-0".into()),
        Just("1E+2".into()),
        Just(r#""\u00e9\/ x""#.into()),
        Just("\"\"".into()),
    ];
    let name = prop_oneof![Just("a"), Just("b"), Just("c"), Just(r"\u0064")];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[ {}]", items.join(" , "))),
            vec((name.clone(), inner), 0..4).prop_map(|members| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("\"{name}\" : {value}"))
                    .collect();
                format!("{{ {} }}", members.join(", "))
            }),
        ]
    })
}

fn object() -> impl Strategy<Value = String> {
    json().prop_map(|value| format!(r#"{{"a":{value},"n": 3 , "b" : {value}}}"#))
}

const RULES: &str = r#"[
    {"set":{"a.b":{"x":1}}},
    {"default":{"a.c":2}},
    {"drop":"b[?@.a == 1.5]"},
    {"rename":{"a.a":"z"}},
    {"move":{"b.a":"moved.here"}},
    {"clamp":{"b[*]":{"min":0,"max":50}}},
    {"append":{"b.c":"!"}},
    {"prepend":{"b.d":"?"}}
]"#;

proptest! {
    #[test]
    fn what_no_rule_names_stays_byte_for_byte(value in json()) {
        let request = format!(r#"{{"keep": {value} , "a":{value}}}"#);
        let kit = kit(&format!(r#"{{"request":{RULES}}}"#)).request(request.as_str());
        let out = kit.request_out().unwrap();
        let kept = Json::parse(&out).unwrap();
        prop_assert_eq!(kept.get("keep").unwrap().to_text(), value);
    }

    #[test]
    fn rules_that_find_nothing_change_nothing(body in object()) {
        let rules = r#"[{"drop":"a.nope"},{"rename":{"b[*].nope":"x"}},{"move":{"nope":"a.q"}},
            {"clamp":{"n":{"max":3}}},{"default":{"n":1}},{"set":{"n":3.0}},
            {"drop":"a","when":{"matches":{"n":"*"}}}]"#;
        let config = format!(r#"{{"request":{rules},"events":{rules},"response":{rules}}}"#);
        prop_assert_eq!(&kit(&config).request(body.as_str()).request_out().unwrap(), &body);
        prop_assert_eq!(&kit(&config).stream(&[body.as_str()]).unwrap(), &[body.as_str()]);
        prop_assert_eq!(&kit(&config).whole(&body).unwrap(), &body);
    }

    #[test]
    fn rules_make_json_of_json_and_are_done_at_once(body in object()) {
        let kit = kit(&format!(r#"{{"events":{RULES}}}"#));
        let once = kit.stream(&[body]).unwrap();
        let twice = kit.stream(&once).unwrap();
        prop_assert_eq!(once, twice);
    }

    /// The members of a request and an event go through the same rules.
    #[test]
    fn a_request_and_an_event_come_out_the_same(body in object()) {
        let config = format!(r#"{{"request":{RULES},"events":{RULES}}}"#);
        let request = kit(&config).request(body.as_str()).request_out().unwrap();
        let event = kit(&config).stream(&[body]).unwrap().pop().unwrap();
        let sorted = |text: &str| {
            let json = Json::parse(text).unwrap();
            let members = json.as_object().unwrap().iter();
            let mut members: Vec<_> = members.map(|(k, v)| (k.to_owned(), v.to_text())).collect();
            members.sort();
            members
        };
        prop_assert_eq!(sorted(&request), sorted(&event));
    }

    #[test]
    fn any_text_is_a_path_or_an_error(text in "[$@a.*'\"\\[\\]?=!0-9 -]{0,16}") {
        let _ = Path::parse(&text);
    }
}
