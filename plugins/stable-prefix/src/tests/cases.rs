//! Each file in `tests/cases` is a case: sections that begin with `--- NAME`. A request, and
//! what the backend gets; if that is missing: byte for byte as it came.

use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;
use yallmp_sdk::testkit::{self, Kit, noted};
use yallmp_sdk::{Interest, RequestOutcome};

use super::{kit, message};
use crate::StablePrefix;

struct Case {
    name: String,
    kit: Kit<StablePrefix>,
    request: String,
    expect: String,
}

fn cases() -> Vec<Case> {
    let files = testkit::Case::all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"));
    let read = |file: testkit::Case| {
        let fact = file.get("facts").and_then(|facts| facts.split_once(": "));
        let kit = kit(file.text("config")).exchange(|exchange| match fact {
            None => {}
            Some(("api_base", value)) => exchange.deployment.api_base = value.into(),
            Some(("profile", value)) => exchange.deployment.profile = value.into(),
            Some((name, _)) => panic!("no fact `{name}`"),
        });
        let request = file.text("request").to_string();
        Case {
            expect: file.get("expect").unwrap_or(&request).to_string(),
            request,
            kit,
            name: file.name,
        }
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_case_comes_out_as_written_and_for_good() {
    assert!(cases().len() > 15);
    for case in cases() {
        let out = case.kit.request(case.request).request_out().unwrap();
        assert_eq!(out, case.expect, "{}", case.name);
    }
    for case in cases() {
        let again = case.kit.request(case.expect).on_request().unwrap();
        assert_eq!(again, RequestOutcome::Unchanged, "{}", case.name);
    }
}

#[test]
fn how_many_lines_went_is_noted() {
    let system = message(
        "system",
        "x-anthropic-billing-header: a\nx-anthropic-billing-header: b\nHi",
    );
    let request = std::format!(r#"{{"messages":[{system}]}}"#);
    kit("null").request(request).on_request().unwrap();
    assert_eq!(noted(), [("removed".to_string(), "2".to_string())]);
}

#[test]
fn without_the_watch_only_requests_with_such_a_line_are_looked_at() {
    let asked = |config: &str| kit(config).plan().unwrap().request;
    assert_eq!(asked("null"), Interest::All);
    let known = Interest::any_of(&["x-anthropic-billing-header:"]);
    assert_eq!(asked(r#"{"watch":false}"#), known);
    assert_eq!(
        asked(r#"{"watch":false,"remove":["Now: *","*id: *"]}"#),
        Interest::any_of(&["Now: ", "id: "])
    );
    assert_eq!(asked(r#"{"watch":false,"remove":["*é*"]}"#), Interest::All);
    assert_eq!(asked(r#"{"watch":false,"remove":[]}"#), Interest::None);
    let at_anthropic = kit(r#"{"watch":false}"#)
        .exchange(|exchange| exchange.deployment.api_base = "https://api.anthropic.com/v1".into());
    assert_eq!(at_anthropic.plan().unwrap().request, Interest::None);
}

proptest! {
    #[test]
    fn a_prompt_without_such_a_line_stays_byte_for_byte(
        text in "[a-z :\n\r\"\\\\é]{0,40}",
        role in prop_oneof!["system", "developer", "user", "tool"],
    ) {
        let request = std::format!(r#"{{ "messages" : [ {} ], "t": 1.50 }}"#, message(&role, &text));
        let out = kit("null").request(request.as_str()).on_request().unwrap();
        prop_assert_eq!(out, RequestOutcome::Unchanged);
    }

    /// Wherever the line stands, what is left is the prompt without it.
    #[test]
    fn a_prompt_is_the_same_whatever_the_line_says(
        lines in proptest::collection::vec("[a-z \"é]{1,8}", 1..6),
        at in any::<prop::sample::Index>(),
        checksum in "[0-9a-f]{5}",
    ) {
        let request = |lines: &[String]| std::format!(
            r#"{{"messages":[{}]}}"#,
            message("system", &std::format!("{}\n", lines.join("\n"))),
        );
        let mut with = lines.clone();
        let line = std::format!("x-anthropic-billing-header: cch={checksum};");
        with.insert(at.index(lines.len() + 1), line);
        let out = kit("null").request(request(&with)).request_out().unwrap();
        prop_assume!(!lines.concat().trim().is_empty());
        prop_assert_eq!(out, request(&lines));
    }
}
