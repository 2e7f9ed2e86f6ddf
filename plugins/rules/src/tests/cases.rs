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
