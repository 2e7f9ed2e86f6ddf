use std::collections::BTreeMap;
use std::path::Path;

use super::super::diag::Severity;
use super::super::{Origin, draft};
use super::*;

const FILE: &str = "\
include: [more.yaml]
plugins:
  - name: rules
    config: {request: [{drop: a}], events: []}
model_list:
  - model_name: overlaid
    litellm_params: {model: a, api_base: 'builtin://demo', ssl_verify: gone.pem}
    plugins: {rules: {request: [{rename: {a: b}}]}}
";

const MORE: &str = "\
model_list:
  - model_name: listed
    litellm_params: {model: a, api_base: 'builtin://demo'}
    plugins: [{name: rules, config: {'a/b': {\"~\": 1}}}]
";

/// `FILE:LINE:COLUMN (PATH)` of a part of the only plugin of a deployment.
fn found(deployment: usize, part: Part<'_>) -> String {
    let origin = Origin {
        file: "c.yaml".to_owned(),
        folder: "/".into(),
    };
    let env = BTreeMap::<String, String>::new();
    let mut draft = draft(FILE, &origin, &env, &|_| Ok(MORE.to_owned()));
    let place = draft.config().unwrap().deployments[deployment].plugins[0]
        .place
        .clone();
    draft.plugin(Severity::Error, (&place, part), "x".to_owned(), None);
    let (config, report) = draft.finish();
    assert!(config.is_none());
    told(&report)
}

fn told(report: &super::super::Report) -> String {
    let problem = report
        .problems
        .iter()
        .find(|problem| problem.message == "x");
    let problem = problem.unwrap();
    assert!(problem.excerpt.is_some());
    let (file, line, column) = (&problem.file, problem.line, problem.column);
    format!("{file}:{line}:{column} ({})", problem.path)
}

#[test]
fn a_setting_is_where_the_last_one_who_says_it_says_it() {
    let request = Part::Value("/request/0");
    assert_eq!(
        found(0, request),
        "c.yaml:8:33 (model_list[0].plugins.rules.request[0])"
    );
    assert_eq!(
        found(0, Part::Value("/events")),
        "c.yaml:4:44 (plugins[0].config.events)"
    );
    assert_eq!(
        found(0, Part::Name("/events")),
        "c.yaml:4:36 (plugins[0].config.events)"
    );
}

#[test]
fn a_name_may_hold_anything_and_stand_in_another_file() {
    assert_eq!(
        found(1, Part::Value("/a~1b/~0")),
        "more.yaml:4:51 (model_list[1].plugins[0].config.a/b.~)"
    );
}

#[test]
fn what_is_missing_is_where_it_should_be() {
    assert_eq!(
        found(0, Part::Value("/request/0/rename/c/d")),
        "c.yaml:8:42 (model_list[0].plugins.rules.request[0].rename)"
    );
    assert_eq!(
        found(0, Part::Value("")),
        "c.yaml:8:22 (model_list[0].plugins.rules)"
    );
    assert_eq!(
        found(0, Part::Value("/nowhere")),
        "c.yaml:8:22 (model_list[0].plugins.rules)"
    );
}

#[test]
fn words_of_a_plugin_lead_to_what_they_quote() {
    assert_eq!(
        found(0, Part::Quoted("rule 1: `rename`: not to `b`")),
        "c.yaml:8:46 (model_list[0].plugins.rules.request[0].rename.a)"
    );
    assert_eq!(
        found(0, Part::Quoted("`none` of this, and no ` pair")),
        "c.yaml:8:22 (model_list[0].plugins.rules)"
    );
}

#[test]
fn a_file_is_where_it_is_named() {
    let origin = Origin {
        file: "c.yaml".to_owned(),
        folder: "/etc".into(),
    };
    let env = BTreeMap::<String, String>::new();
    let mut draft = draft(FILE, &origin, &env, &|_| Ok(String::new()));
    draft.file(Path::new("/etc/gone.pem"), "x");
    let (_, report) = draft.finish();
    assert_eq!(
        told(&report),
        "c.yaml:7:72 (model_list[0].litellm_params.ssl_verify)"
    );
}
