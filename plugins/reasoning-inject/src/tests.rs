//! Each file in `tests/cases` is a case: settings, a request and what the backend must get.

use std::collections::BTreeSet;
use std::format;
use std::fs;
use std::string::{String, ToString};
use std::vec::Vec;

use yallmp_sdk::host::Level;
use yallmp_sdk::testkit::{Kit, logged};
use yallmp_sdk::{Interest, Json, RequestOutcome};

use crate::ReasoningInject;
use crate::dialects::{DEFAULT, DIALECTS};

fn kit() -> Kit<ReasoningInject> {
    Kit::new().exchange(|exchange| exchange.deployment.supports_reasoning = Some(true))
}

struct Case {
    name: String,
    kit: Kit<ReasoningInject>,
    config: String,
    request: String,
    expect: String,
}

fn cases() -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let read = |entry: fs::DirEntry| {
        let text = fs::read_to_string(entry.path()).unwrap();
        let case = Json::parse(&text).unwrap();
        let text = |name: &str| {
            case.get(name)
                .and_then(Json::as_str)
                .map(ToString::to_string)
        };
        let path = text("path").unwrap_or("/v1/chat/completions".to_string());
        let config = case.get("config").unwrap().to_text();
        let kit = kit().config(config.as_str());
        Case {
            name: entry.file_name().into_string().unwrap(),
            kit: kit.exchange(|exchange| exchange.path = path),
            config,
            request: text("request").unwrap(),
            expect: text("expect").unwrap(),
        }
    };
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| read(entry.unwrap()))
        .collect()
}

#[test]
fn every_case_comes_out_as_written() {
    for case in cases() {
        let out = case.kit.request(case.request).request_out().unwrap();
        assert_eq!(out, case.expect, "{}", case.name);
    }
}

#[test]
fn a_second_run_changes_nothing() {
    for case in cases() {
        let again = case.kit.request(case.expect.as_str());
        assert_eq!(
            again.on_request().unwrap(),
            RequestOutcome::Unchanged,
            "{}",
            case.name
        );
    }
}

/// What any case writes counts for every other dialect as the client's own word.
#[test]
fn a_word_in_any_dialect_leaves_the_request_alone() {
    for case in cases() {
        let fields = !case.config.contains("prompt\"") && !case.config.contains("prompt_switch");
        if case.request == case.expect || !fields {
            continue;
        }
        for dialect in DIALECTS {
            for path in ["/v1/chat/completions", "/v1/responses"] {
                let kit = kit()
                    .config(format!(r#"{{"dialect":"{}"}}"#, dialect.id))
                    .exchange(|exchange| exchange.path = path.into())
                    .request(case.expect.as_str());
                let outcome = kit.on_request().unwrap();
                assert_eq!(
                    outcome,
                    RequestOutcome::Unchanged,
                    "{} {}",
                    case.name,
                    dialect.id
                );
            }
        }
    }
}

#[test]
fn words_that_no_dialect_writes_count_too() {
    for word in [
        r#""thinking":{"type":"disabled"}"#,
        r#""reasoning_effort":"none""#,
        r#""enable_thinking":false"#,
        r#""chat_template_kwargs":{"thinking":false}"#,
        r#""disable_reasoning":true"#,
        r#""extra_body":{"chat_template_kwargs":{"enable_thinking":false}}"#,
        r#""extra_body":{"thinking":{}}"#,
        r#""reasoning_split":true"#,
    ] {
        let kit = kit().request(format!("{{{word}}}"));
        assert_eq!(
            kit.on_request().unwrap(),
            RequestOutcome::Unchanged,
            "{word}"
        );
    }
}

#[test]
fn only_deployments_that_reason_are_asked() {
    for (supports, wanted) in [
        (None, Interest::None),
        (Some(false), Interest::None),
        (Some(true), Interest::All),
    ] {
        let kit = Kit::<ReasoningInject>::new();
        let kit = kit.exchange(|exchange| exchange.deployment.supports_reasoning = supports);
        let wants = kit.plan().unwrap();
        assert_eq!((wants.request, wants.response), (wanted, Interest::None));
    }
}

#[test]
fn a_knob_that_the_dialect_lacks_is_a_configuration_error() {
    for (config, message) in [
        (
            r#"{"dialect":"groq","budget":1}"#,
            "the dialect `groq` has no place for `budget`; leave it out",
        ),
        (
            r#"{"dialect":"prompt_switch","effort":"low"}"#,
            "the dialect `prompt_switch` has no place for `effort`; leave it out",
        ),
        (
            r#"{"budget":1}"#,
            "the dialect `thinking_type` has no place for `budget`; leave it out",
        ),
    ] {
        assert_eq!(kit().config(config).plan().unwrap_err().message, message);
    }
}

#[test]
fn why_a_request_was_left_alone_is_logged() {
    let kit = kit()
        .config(r#"{"dialect":"anthropic_enabled"}"#)
        .request(r#"{"max_tokens":100}"#);
    assert_eq!(kit.on_request().unwrap(), RequestOutcome::Unchanged);
    let [(Level::Warn, message)] = &logged()[..] else {
        panic!("one warning");
    };
    assert!(message.contains("`max_tokens` leaves no room"), "{message}");
}

#[test]
fn the_schema_and_the_cases_name_every_dialect() {
    let schema = Json::parse(include_str!("../schema.json")).unwrap();
    let named = schema
        .pointer("/properties/dialect/enum")
        .and_then(Json::as_array)
        .unwrap();
    let named: Vec<&str> = named.iter().filter_map(Json::as_str).collect();
    let known: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.id).collect();
    assert_eq!(named, known);
    let default = schema
        .pointer("/properties/dialect/default")
        .and_then(Json::as_str);
    assert_eq!(default, Some(DEFAULT));

    let configs: BTreeSet<String> = cases().into_iter().map(|case| case.config).collect();
    for id in known {
        let quoted = format!("\"{id}\"");
        assert!(
            configs.iter().any(|config| config.contains(&quoted)),
            "no case for {id}"
        );
    }
}
