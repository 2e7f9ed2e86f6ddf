use std::string::{String, ToString};
use std::vec::Vec;

use yallmp_sdk::testkit::{self, Kit};
use yallmp_sdk::{Interest, Patch as _};

use crate::Rules;

struct Case(testkit::Case);

impl Case {
    fn kit(&self) -> Kit<Rules> {
        let kit = super::kit(self.0.text("config"));
        let facts = self.0.get("facts").unwrap_or_default();
        kit.exchange(|exchange| {
            for (name, value) in facts.lines().filter_map(|line| line.split_once(": ")) {
                let value = value.to_string();
                match name {
                    "model" => exchange.client_model = value,
                    "target" => {
                        exchange.target_model.clone_from(&value);
                        exchange.deployment.target_model = value;
                    }
                    "deployment" => exchange.deployment.id = value,
                    "api" => exchange.path = value,
                    "stream" => exchange.streaming = value == "true",
                    _ => panic!("{}: no fact `{name}`", self.0.name),
                }
            }
        })
    }

    /// What comes out for an input of the kind that the case has.
    fn run(&self, input: &str) -> String {
        match ["request", "response", "events"]
            .iter()
            .find(|it| self.0.get(it).is_some())
        {
            Some(&"request") => self.kit().request(input).request_out().unwrap(),
            Some(&"response") => self.kit().whole(input).unwrap(),
            _ => {
                let events: Vec<&str> = input.lines().collect();
                self.kit().stream(&events).unwrap().join("\n")
            }
        }
    }

    fn input(&self) -> &str {
        let inputs = ["request", "response", "events"];
        inputs.iter().find_map(|name| self.0.get(name)).unwrap()
    }

    fn expect(&self) -> &str {
        self.0.get("expect").unwrap_or(self.input())
    }
}

fn cases() -> Vec<Case> {
    let files = testkit::Case::all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"));
    files.into_iter().map(Case).collect()
}

#[test]
fn every_case_comes_out_as_written() {
    assert!(cases().len() > 20);
    for case in cases() {
        assert_eq!(case.run(case.input()), case.expect(), "{}", case.0.name);
    }
}

#[test]
fn a_second_run_changes_nothing_more() {
    for case in cases() {
        assert_eq!(case.run(case.expect()), case.expect(), "{}", case.0.name);
    }
}

/// The filter of the proxy must never hide what a rule would have changed.
#[test]
fn every_case_that_changes_something_is_listened_for() {
    for case in cases().iter().filter(|case| case.input() != case.expect()) {
        let wants = case.kit().plan().unwrap();
        let interest = match case.0.get("request") {
            Some(_) => wants.request,
            None => wants.response,
        };
        assert_ne!(interest, Interest::None, "{}", case.0.name);
    }
}

#[test]
fn the_schema_knows_every_action() {
    let schema = Rules::INFO.config_schema;
    for word in crate::action::WORDS {
        assert!(schema.contains(&std::format!("\"{word}\": {{")), "{word}");
    }
}

/// What rules in `section` make of `input`.
fn ruled(section: &str, rule: &str, input: &str) -> String {
    let kit = super::kit(&std::format!(r#"{{"{section}":[{rule}]}}"#)).exchange(|exchange| {
        exchange.client_model = "mine".into();
        exchange.deployment.id = "local#1".into();
        exchange.streaming = true;
    });
    match section {
        "request" => kit.request(input).request_out().unwrap(),
        "response" => kit.whole(input).unwrap(),
        _ => kit.stream(&[input]).unwrap().concat(),
    }
}

const SECTIONS: [&str; 3] = ["request", "response", "events"];

/// The members in an order that does not hang on where an action puts them.
fn members(text: &str) -> Vec<(String, String)> {
    let json = yallmp_sdk::Json::parse(text).unwrap();
    let members = json.as_object().unwrap().iter();
    let mut members: Vec<_> = members.map(|(k, v)| (k.to_string(), v.to_text())).collect();
    members.sort();
    members
}

#[test]
fn every_action_works_on_requests_whole_answers_and_events() {
    let input = r#"{"a":1,"b":{"c":"x","n":9},"l":["i"],"z":null}"#;
    for (action, expect) in [
        (
            r#""set":{"a":2,"b.d":true}"#,
            r#"{"a":2,"b":{"c":"x","n":9,"d":true},"l":["i"],"z":null}"#,
        ),
        (
            r#""default":{"a":2,"z":3}"#,
            r#"{"a":1,"b":{"c":"x","n":9},"l":["i"],"z":3}"#,
        ),
        (
            r#""drop":["a","b.n","l[0]"]"#,
            r#"{"b":{"c":"x"},"l":[],"z":null}"#,
        ),
        (
            r#""rename":{"b.c":"e"}"#,
            r#"{"a":1,"b":{"e":"x","n":9},"l":["i"],"z":null}"#,
        ),
        (
            r#""move":{"b.c":"m.c"}"#,
            r#"{"a":1,"b":{"n":9},"l":["i"],"z":null,"m":{"c":"x"}}"#,
        ),
        (
            r#""clamp":{"b.n":{"max":5},"a":{"min":3}}"#,
            r#"{"a":3,"b":{"c":"x","n":5},"l":["i"],"z":null}"#,
        ),
        (
            r#""append":{"b.c":"y","l":"j"}"#,
            r#"{"a":1,"b":{"c":"xy","n":9},"l":["i","j"],"z":null}"#,
        ),
        (
            r#""prepend":{"l":"h"}"#,
            r#"{"a":1,"b":{"c":"x","n":9},"l":["h","i"],"z":null}"#,
        ),
    ] {
        for section in SECTIONS {
            let out = ruled(section, &std::format!("{{{action}}}"), input);
            assert_eq!(members(&out), members(expect), "{section}: {action}");
        }
    }
}

/// Of streams `?` is true, of whole answers `!`.
#[test]
fn every_condition_is_asked_of_requests_whole_answers_and_events() {
    let input = r#"{"a":{"b":"text of it"},"t":1}"#;
    for (holds, does_not) in [
        (r#""exists":"a.b""#, r#""exists":["a.b","a.c"]"#),
        (r#""equals":{"t":1}"#, r#""equals":{"t":2}"#),
        (
            r#""matches":{"a.b":"text*"}"#,
            r#""matches":{"a.b":"*text"}"#,
        ),
        (r#""model":"mi*""#, r#""model":"other""#),
        (r#""deployment":"local#*""#, r#""deployment":"remote#1""#),
        (
            r#""api":"/v1/chat/completions""#,
            r#""api":"/v1/responses""#,
        ),
        (r#""stream":?"#, r#""stream":!"#),
        (r#""not":{"equals":{"t":2}}"#, r#""not":{"exists":"t"}"#),
    ] {
        for section in SECTIONS {
            let (is, is_not) = match section {
                "response" => ("false", "true"),
                _ => ("true", "false"),
            };
            let rule = |when: &str| {
                let when = when.replace('?', is).replace('!', is_not);
                std::format!(r#"{{"when":{{{when}}},"drop":"t"}}"#)
            };
            let out = ruled(section, &rule(holds), input);
            assert_eq!(out, r#"{"a":{"b":"text of it"}}"#, "{section}: {holds}");
            let out = ruled(section, &rule(does_not), input);
            assert_eq!(out, input, "{section}: {does_not}");
        }
    }
}
