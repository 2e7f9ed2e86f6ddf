use yallmp_sdk::Json;

use super::types::{Liberties, Schema, Types};
use super::{Tools, names};

fn types(schema: &str, property: &str) -> Types {
    let json = Json::parse(schema).unwrap();
    Schema::root(&json)
        .property(property)
        .map_or(Types::NONE, Schema::types)
}

#[test]
fn types_through_references_and_unions() {
    let schema = r##"{
        "properties": {
            "plain": {"type": "integer"},
            "list": {"type": ["string", "null"]},
            "any": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/flag"}]},
            "all": {"allOf": [{"$ref": "#/$defs/flag"}]},
            "enum": {"enum": ["a", 1]},
            "const": {"const": true},
            "nullable": {"type": "string", "nullable": true},
            "circle": {"$ref": "#/properties/circle"},
            "nothing": {}
        },
        "$defs": {"flag": {"type": "boolean"}}
    }"##;
    for (property, expected) in [
        ("plain", Types::INTEGER),
        ("list", Types::STRING.with(Types::NULL)),
        ("any", Types::NUMBER.with(Types::BOOLEAN)),
        ("all", Types::BOOLEAN),
        ("enum", Types::STRING.with(Types::INTEGER)),
        ("const", Types::BOOLEAN),
        ("nullable", Types::STRING.with(Types::NULL)),
        ("circle", Types::ANY),
        ("nothing", Types::ANY),
        ("unknown", Types::NONE),
    ] {
        assert_eq!(types(schema, property), expected, "{property}");
    }
}

#[test]
fn properties_are_found_in_branches() {
    let schema = r##"{"anyOf": [{"properties": {"a": {"type": "null"}}}, {"$ref": "#/$defs/b"}],
        "$defs": {"b": {"properties": {"b": {"type": "boolean"}}}}}"##;
    assert_eq!(types(schema, "a"), Types::NULL);
    assert_eq!(types(schema, "b"), Types::BOOLEAN);
}

#[test]
fn tools_are_read_whatever_stands_around_them() {
    let tools = Tools::read(
        r#" [ {"function": {"description": "\"name\"", "name": "a\u0062", "parameters": {"type": "object"}}, "type": "function"},
            {"type": "web_search"}, 7, {"name": "bare"} ] "#,
        Liberties::default(),
    );
    assert_eq!(tools.names().collect::<Vec<_>>(), ["ab", "bare"]);
    assert!(tools.get("ab").unwrap().schema().is_some());
    assert!(tools.get("bare").unwrap().schema().is_none());
    for text in ["", "null", "{}", "[", "[{]", "[{\"function\":"] {
        assert!(Tools::read(text, Liberties::default()).is_empty(), "{text}");
    }
}

#[test]
fn a_name_must_mean_one_tool() {
    let tools = ["read_file", "ReadFile", "a__list", "b__list", "get"];
    let resolve = |name: &str| names::resolve(name, tools.iter().copied()).map(|at| tools[at]);
    for (name, expected) in [
        ("read_file", Some("read_file")),
        ("ReadFile", Some("ReadFile")),
        ("readfile", Some("ReadFile")),
        ("read-file", None),
        ("list", None),
        ("a.list", Some("a__list")),
        ("functions.get:12", Some("get")),
        ("get:x", None),
        ("ge", None),
        ("", None),
        (" ", None),
    ] {
        assert_eq!(resolve(name), expected, "{name}");
    }
}

mod skimming {
    use proptest::prelude::*;
    use yallmp_sdk::Json;

    use crate::tools::Tools;
    use crate::tools::types::Liberties;

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_string()),
            Just("-1.5e3".to_string()),
            "[a-z{}\\[\\]\",\\\\ é]{0,6}".prop_map(|text| Json::from(text).to_text()),
        ];
        let key = prop::sample::select(vec!["name", "parameters", "function", "x", "\\\"", "}{"]);
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[ {} ]", items.join(" , "))),
                prop::collection::vec((key.clone(), inner), 0..4).prop_map(|members| {
                    let member = |(key, value)| format!("\"{key}\" : {value}");
                    let members: Vec<String> = members.into_iter().map(member).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    proptest! {
        /// As a tree has them. Of a repeated name the last one counts.
        #[test]
        fn names_as_in_a_tree(tools in prop::collection::vec(json(), 0..4)) {
            let text = format!("[{}]", tools.join(",\n"));
            let json = Json::parse(&text).unwrap();
            prop_assume!(tools.iter().all(|tool| tool.matches("\"function\"").count() < 2));
            prop_assume!(tools.iter().all(|tool| tool.matches("\"name\"").count() < 2));
            let name = |tool: &Json<'_>| {
                let inner = tool.get("function").and_then(|function| function.get("name"));
                let name = inner.or(tool.get("name"));
                name.and_then(Json::as_str).map(ToString::to_string)
            };
            let expected: Vec<String> = json.as_array().unwrap().iter().filter_map(name).collect();
            let found = Tools::read(&text, Liberties::default());
            prop_assert_eq!(found.names().collect::<Vec<_>>(), expected);
        }

        #[test]
        fn anything_is_survived(text in "[\\[\\]{}\",:\\\\nam ]{0,40}") {
            let _ = Tools::read(&text, Liberties::default());
            let _ = Tools::read(&format!("[{{{text}"), Liberties::default());
        }
    }
}
