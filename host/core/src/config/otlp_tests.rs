use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;

use super::super::{Config, Origin, load};
use super::*;

fn loaded(yaml: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let origin = Origin {
        file: "test.yaml".into(),
        folder: std::path::PathBuf::new(),
    };
    let variables = variables
        .iter()
        .map(|(k, v)| (k.to_string(), v.to_string()));
    let variables: BTreeMap<String, String> = variables.collect();
    match load(yaml, &origin, &variables) {
        Ok(loaded) => Ok(loaded.config),
        Err(report) => Err(report.problems.iter().map(|p| p.message.clone()).collect()),
    }
}

fn otlp(yaml: &str, variables: &[(&str, &str)]) -> Option<Otlp> {
    loaded(yaml, variables).expect("it loads").otlp
}

fn headers(otlp: &Otlp) -> Vec<(&str, &str)> {
    let pairs = otlp.headers.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect()
}

const HERE: (&str, &str) = (ENDPOINT, "http://collector:4318/");

#[test]
fn nothing_is_sent_unless_a_collector_is_named() {
    assert!(otlp("", &[]).is_none());
    assert!(otlp("general_settings: {otlp: {traces: true}}", &[]).is_none());
    assert!(otlp("", &[HERE, ("OTEL_SDK_DISABLED", "TRUE")]).is_none());
    assert!(otlp("general_settings: {otlp: {enabled: false}}", &[HERE]).is_none());
}

#[test]
fn one_setting_is_enough() {
    let otlp = otlp("general_settings: {otlp: \"http://localhost:4318\"}", &[]).unwrap();
    let traces = otlp.traces.as_deref();
    assert_eq!(traces, Some("http://localhost:4318/v1/traces"));
    let metrics = otlp.metrics.as_deref();
    assert_eq!(metrics, Some("http://localhost:4318/v1/metrics"));
    assert_eq!(otlp.service_name, "yallmp");
    assert!(otlp.headers.is_empty());
}

#[test]
fn the_usual_variables_are_enough_too() {
    let variables = [
        HERE,
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Basic%20abc, x-scope = a=b,",
        ),
        ("OTEL_SERVICE_NAME", "proxy"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_BSP_SCHEDULE_DELAY", "250"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "https://else.where/traces",
        ),
    ];
    let found = otlp("", &variables).unwrap();
    assert_eq!(found.traces.as_deref(), Some("https://else.where/traces"));
    assert_eq!(found.metrics, None);
    let expected = [("authorization", "Basic abc"), ("x-scope", "a=b")];
    assert_eq!(headers(&found), expected);
    assert_eq!(found.service_name, "proxy");
    let attributes = [("deployment.environment".to_owned(), "test".to_owned())];
    assert_eq!(found.attributes, attributes);
    assert_eq!(found.traces_every, Duration::from_millis(250));
}

#[test]
fn the_file_wins_over_variables() {
    let yaml = "general_settings:\n  otlp:\n    endpoint: https://mine.example/otlp/\n    headers: {x-key: $KEY}\n    service_name: mine\n    metrics: false\n";
    let variables = [
        HERE,
        ("KEY", "secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"),
        ("OTEL_SERVICE_NAME", "theirs"),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "https://else.where/traces",
        ),
    ];
    let found = otlp(yaml, &variables).unwrap();
    assert_eq!(
        found.traces.as_deref(),
        Some("https://mine.example/otlp/v1/traces")
    );
    assert_eq!(found.metrics, None);
    assert_eq!(headers(&found), [("x-key", "secret")]);
    assert_eq!(found.service_name, "mine");
    assert!(!format!("{found:?}").contains("secret"), "keys do not show");
}

#[test]
fn the_callback_of_litellm_takes_its_variables() {
    let variables = [
        ("OTEL_ENDPOINT", "http://collector:4318/v1/traces"),
        ("OTEL_HEADERS", "x-key=k"),
    ];
    assert!(otlp("", &variables).is_none(), "without the callback");
    for callbacks in ["callbacks: [otel]", "success_callback: [langfuse, otel]"] {
        let yaml = format!("litellm_settings: {{{callbacks}}}");
        let found = otlp(&yaml, &variables).unwrap();
        let metrics = found.metrics.as_deref();
        assert_eq!(metrics, Some("http://collector:4318/v1/metrics"));
        assert_eq!(headers(&found), [("x-key", "k")]);
        assert!(otlp(&yaml, &[]).is_none());
    }
}

fn warnings(yaml: &str, variables: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let variables = variables
        .iter()
        .map(|(k, v)| (k.to_string(), v.to_string()));
    let variables: BTreeMap<String, String> = variables.collect();
    let origin = Origin {
        file: "test.yaml".into(),
        folder: std::path::PathBuf::new(),
    };
    let report = load(yaml, &origin, &variables).unwrap().report;
    let problems = report.problems.into_iter();
    problems
        .map(|problem| (problem.message, problem.hint))
        .collect()
}

#[test]
fn a_collector_that_wants_another_protocol_gets_nothing_and_is_named() {
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let variables = [(ENDPOINT, "http://collector:4317"), grpc];
    assert!(otlp("", &variables).is_none());
    let [(message, hint)] = &warnings("", &variables)[..] else {
        panic!("{:?}", warnings("", &variables));
    };
    assert_eq!(
        message,
        "`OTEL_EXPORTER_OTLP_PROTOCOL` is `grpc`, which is not spoken: nothing is sent"
    );
    assert!(hint.as_ref().unwrap().contains("http/protobuf"), "{hint:?}");

    // One signal can have its own, and what is not sent needs none.
    let variables = [
        HERE,
        grpc,
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let found = otlp("", &variables).unwrap();
    assert!(found.traces.is_some() && found.metrics.is_none());
    assert_eq!(warnings("", &variables), []);
    // The file says where, and knows how this proxy speaks.
    let file = "general_settings: {otlp: \"http://localhost:4318\"}";
    assert!(otlp(file, &[grpc]).unwrap().metrics.is_some());
    assert_eq!(warnings(file, &[grpc]), []);
}

#[test]
fn the_port_of_grpc_is_warned_of() {
    let file = "general_settings: {otlp: \"http://localhost:4317\"}";
    for found in [
        warnings(file, &[]),
        warnings("", &[(ENDPOINT, "http://collector:4317/")]),
    ] {
        let [(message, hint)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(message.contains("4317"), "{message}");
        assert!(hint.as_ref().unwrap().contains("4318"), "{hint:?}");
    }
    assert!(otlp(file, &[]).is_some());
}

#[test]
fn what_is_no_collector_is_an_error() {
    for bad in ["collector:4317", "http://", "grpc://collector:4317"] {
        let error = loaded(&format!("general_settings: {{otlp: \"{bad}\"}}"), &[]);
        assert!(
            error.unwrap_err().contains("no URL of a collector"),
            "{bad}"
        );
    }
    let error = loaded("general_settings: {otlp: {endpoint: $NOT_SET}}", &[]);
    assert!(error.unwrap_err().contains("NOT_SET"));
}
