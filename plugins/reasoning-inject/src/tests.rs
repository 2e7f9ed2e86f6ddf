//! Each file in `tests/cases` is a case: settings, a request and what the backend must get.

use std::collections::BTreeSet;
use std::format;
use std::fs;
use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;
use yallmp_sdk::host::Level;
use yallmp_sdk::testkit::{Kit, logged, noted};
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
        let config = case.get("config").unwrap_or(&Json::Null).to_text();
        let profile = case.get("profile").map(Json::to_text);
        let supports = case
            .get("supports_reasoning")
            .map_or(Some(true), Json::as_bool);
        let kit = kit().config(config.as_str()).exchange(|exchange| {
            exchange.deployment.supports_reasoning = supports;
            exchange.deployment.profile = profile.unwrap_or("{}".to_string());
        });
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

/// What any case writes is understood in every other dialect, and once translated stays.
#[test]
fn a_word_in_any_dialect_is_translated_for_good() {
    // There off is said by silence, which the next run takes for nothing said.
    let silent = ["anthropic_adaptive", "minimax_split", "mistral_prompt_mode"];
    for case in cases() {
        let dialects = DIALECTS.iter();
        for dialect in dialects.filter(|dialect| !silent.contains(&dialect.id)) {
            for path in ["/v1/chat/completions", "/v1/responses"] {
                let translated = |request: &str| {
                    let kit = kit().config(format!(r#"{{"dialect":"{}"}}"#, dialect.id));
                    let kit = kit.exchange(|exchange| exchange.path = path.into());
                    kit.request(request).request_out().unwrap()
                };
                let once = translated(&case.expect);
                let twice = translated(&once);
                assert_eq!(once, twice, "{} {}", case.name, dialect.id);
            }
        }
    }
}

#[test]
fn what_is_not_understood_is_left_alone() {
    for word in [
        r#""reasoning_effort":"hardest""#,
        r#""thinking":{}"#,
        r#""extra_body":{"thinking":{}}"#,
        r#""thinking":"please""#,
        r#""chat_template_kwargs":{"thinking":"yes"}"#,
        r#""prompt_mode":"other""#,
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
        (None, Interest::any_of(&crate::said::USUAL)),
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
fn a_backend_that_is_known_is_listened_for() {
    let wants = |profile: &str, model: &str| {
        let kit = Kit::<ReasoningInject>::new().exchange(|exchange| {
            exchange.deployment.profile = profile.into();
            exchange.deployment.target_model = model.into();
        });
        kit.plan().unwrap().request
    };
    let known = r#"{"reasoning":{"dialect":"groq"}}"#;
    assert_eq!(wants(known, "m"), Interest::any_of(&crate::said::NAMES));
    // Nothing can be done for an unknown one, but it can be said.
    assert_eq!(wants("{}", "m"), Interest::any_of(&crate::said::USUAL));
    assert_eq!(wants("{}", "*"), Interest::All);
    let thinks =
        r#"{"reasoning":{"dialect":"openai_chat","default":true,"when_on":{"drop":["top_p"]}}}"#;
    assert_eq!(wants(thinks, "m"), Interest::All);
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
fn that_no_dialect_is_known_is_said_where_it_matters() {
    let unknown = |request: &str| {
        let kit = Kit::<ReasoningInject>::new().request(request);
        assert_eq!(kit.on_request().unwrap(), RequestOutcome::Unchanged);
        noted()
    };
    let said = [("dialect".to_string(), "unknown".to_string())];
    assert_eq!(unknown(r#"{"reasoning_effort":"high"}"#), said);
    assert_eq!(
        unknown(r#"{"messages":["about \"reasoning_effort\""]}"#),
        []
    );
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
    assert_eq!(named[0], "auto");
    assert_eq!(named[1..], known);
    assert!(known.contains(&DEFAULT));

    let configs: BTreeSet<String> = cases().into_iter().map(|case| case.config).collect();
    for id in known {
        let quoted = format!("\"{id}\"");
        assert!(
            configs.iter().any(|config| config.contains(&quoted)),
            "no case for {id}"
        );
    }
}

#[test]
fn the_shipped_profiles_name_dialects_that_there_are() {
    let profiles = include_str!("../../profiles.yaml");
    let named: BTreeSet<&str> = profiles
        .split("dialect: ")
        .skip(1)
        .filter_map(|rest| rest.split([',', '}', '\n', ' ']).next())
        .collect();
    assert!(named.len() > 10);
    for id in named {
        assert!(crate::dialects::Dialect::find(id).is_some(), "{id}");
    }
}

/// Where a client says it, in any dialect; `?` is its word.
const SAID: [&str; 16] = [
    r#""reasoning_effort": ?"#,
    r#""reasoning": {"effort": ?}"#,
    r#""reasoning": {"enabled": ?, "exclude": true}"#,
    r#""reasoning": {"max_tokens": ?}"#,
    r#""thinking": {"type": ?}"#,
    r#""thinking": {"type": "enabled", "budget_tokens": ?}"#,
    r#""enable_thinking": ?"#,
    r#""thinking_budget": ?"#,
    r#""reasoning_history": ?"#,
    r#""thinking": {"clear_thinking": ?}"#,
    r#""chat_template_kwargs": {"enable_thinking": ?, "mine": 1.50}"#,
    r#""extra_body": {"google": {"thinking_config": {"thinking_budget": ?}}, "mine": [ 1 ]}"#,
    r#""think": ?"#,
    r#""disable_reasoning": ?"#,
    r#""reasoning_format": ?"#,
    r#""prompt_mode": ?"#,
];
const WORDS: [&str; 15] = [
    r#""none""#,
    r#""low""#,
    r#""HIGH""#,
    r#""max""#,
    r#""enabled""#,
    r#""disabled""#,
    r#""reasoning""#,
    r#""ultra""#,
    r#""preserved""#,
    "true",
    "false",
    "null",
    "0",
    "4000",
    "{}",
];

proptest! {
    /// In any dialect, in any words, said twice in two of them: what is not about reasoning stays
    /// byte for byte, and what came out is left alone.
    #[test]
    fn any_words_for_any_backend(
        said in proptest::collection::vec((prop::sample::select(&SAID[..]), prop::sample::select(&WORDS[..])), 0..3),
        dialect in (0..DIALECTS.len()).prop_map(|at| DIALECTS[at].id),
        text in "[a-z \n\"\\\\é/]{0,20}",
    ) {
        let text = Json::from(text.as_str()).to_text();
        // Words in prompts would change the messages, and off is silence there.
        let changes_messages = ["harmony_prompt", "nemotron_prompt", "prompt_switch"];
        let silent = ["anthropic_adaptive", "minimax_split", "mistral_prompt_mode"];
        prop_assume!(!changes_messages.contains(&dialect) && !silent.contains(&dialect));
        let mut names: Vec<&str> = said.iter().map(|(place, _)| place.split(':').next().unwrap()).collect();
        names.dedup();
        prop_assume!(names.len() == said.len());
        let kept = std::format!(r#""messages": [ {{"role": "user" , "content": {text}}} ], "mine": 1.50"#);
        let said: String = said.iter().map(|(place, word)| std::format!(", {}", place.replace('?', word))).collect();
        let out = |request: &str| {
            let kit = kit().config(std::format!(r#"{{"dialect":"{}"}}"#, dialect));
            kit.request(request).request_out().unwrap()
        };
        let once = out(&std::format!("{{{kept}{said}}}"));
        let json = Json::parse(&once).unwrap();
        for name in ["messages", "mine"] {
            let before = std::format!("{{{kept}}}");
            let before = Json::parse(&before).unwrap().get(name).unwrap().to_text();
            prop_assert_eq!(json.get(name).unwrap().to_text(), before);
        }
        let twice = out(&once);
        prop_assert_eq!(twice, once);
    }
}
