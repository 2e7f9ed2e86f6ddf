use std::collections::BTreeMap;

use yallmp_core::config::{Env, Loaded, Origin, load};

use super::*;

fn loaded(yaml: &str) -> Result<Loaded, Report> {
    let origin = Origin {
        file: "c.yaml".into(),
        folder: "/".into(),
    };
    let env: &dyn Env = &BTreeMap::<String, String>::new();
    load(yaml, &origin, env)
}

fn check(yaml: &str, strict: bool) -> (bool, String) {
    let report = loaded(yaml).map_or_else(|report| report, |loaded| loaded.report);
    let mut out = Vec::new();
    let fit = print(&report, "c.yaml", strict, &mut out).unwrap();
    (fit, String::from_utf8(out).unwrap())
}

const MODEL: &str = "\
model_list:
  - model_name: a
    litellm_params: {model: a, api_base: 'builtin://demo', timeout: 3}
  - model_name: b
    litellm_params: {model: b, api_base: 'builtin://demo'}
";

#[test]
fn every_key_has_its_fate() {
    let (fit, out) = check(&format!("{MODEL}guardrails: []\n"), false);
    assert!(fit);
    let expected = "
 line  key                                      fate
    2  model_list[].model_name (x2)             honoured
    3  model_list[].litellm_params.model (x2)   honoured
    3  model_list[].litellm_params.api_base (x2)  honoured
";
    // Columns are as wide as the longest name.
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(words(&out).starts_with(&words(expected)), "{out}");
    assert!(
        out.contains("approximated: a limit for whole answers"),
        "{out}"
    );
    assert!(out.contains("ignored: there are no guardrails"), "{out}");
    let end = "c.yaml: no errors, no warnings; keys: 3 honoured, 1 approximated, 1 ignored\n";
    assert!(out.ends_with(end), "{out}");
}

#[test]
fn strict_refuses_ignored_keys() {
    assert!(check(MODEL, true).0);
    let (fit, out) = check(&format!("{MODEL}guardrails: []\n"), true);
    assert!(!fit);
    assert!(out.contains("--strict"), "{out}");
}

#[test]
fn errors_are_printed_with_their_place() {
    let (fit, out) = check("model_list: 3\nrouter_setings: {}\n", false);
    assert!(!fit);
    assert!(out.contains("--> c.yaml:1:13 (model_list)"), "{out}");
    assert!(
        out.contains("hint: did you mean `router_settings`?"),
        "{out}"
    );
    assert!(out.contains("1 error, 1 warning;"), "{out}");
}

#[test]
fn every_deployment_is_told_its_profile() {
    let yaml = "\
model_list:
  - model_name: long-name
    litellm_params: {model: x, api_base: 'https://api.groq.com/openai/v1'}
  - model_name: a
    litellm_params: {model: a, api_base: 'builtin://demo'}
";
    let mut out = Vec::new();
    profiles(&loaded(yaml).unwrap().config.deployments, &mut out).unwrap();
    let expected = "\
model        profile
long-name#1  groq (host `api.groq.com`, shipped)
a#1          none

";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
