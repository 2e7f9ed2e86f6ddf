use serde_json::json;

use super::*;
use crate::config::{Backend, PluginSource, Trust, defaults};

fn register(json: Value) -> Result<Registration, FieldError> {
    registration(&json, &Config::default())
}

#[test]
fn fields_stand_at_the_top_or_below_litellm_params() {
    let flat = json!({
        "model_name": "m", "api_base": "http://localhost:1/v1", "api_key": "k",
        "target_model": "t", "request_timeout": 7, "supports_reasoning": true,
        "fallbacks": "other", "plugins": {"tool-call-fix": {"formats": ["hermes"]}},
    });
    let nested = json!({
        "name": "m", "fallbacks": ["other"],
        "plugins": {"tool-call-fix": {"formats": ["hermes"]}},
        "litellm_params": {
            "base_url": "http://localhost:1/v1", "api_key": "k", "target_model": "t",
            "request_timeout": 7, "supports_reasoning": true,
        },
    });
    for json in [flat, nested] {
        let found = register(json).unwrap();
        let deployment = found.deployment;
        assert_eq!(found.fallbacks, ["other"]);
        assert_eq!(deployment.id, "m#registered");
        assert_eq!(deployment.model_name, "m");
        assert_eq!(deployment.target_model, "t");
        let base = "http://localhost:1/v1".to_owned();
        assert_eq!(deployment.backend, Backend::Http { base });
        assert_eq!(deployment.timeouts.whole.as_secs(), 7);
        assert_eq!(deployment.supports_reasoning, Some(true));
        assert!(deployment.api_key.is_some());
        let mut chain = deployment.plugins.iter();
        let fix = chain.find(|it| it.name == "tool-call-fix").unwrap();
        assert_eq!(fix.config, json!({"formats": ["hermes"]}));
        assert!(!deployment.params.contains("\"k\""));
    }
}

#[test]
fn little_is_enough() {
    let found = register(json!({"name": "m", "api_base": "http://localhost:1"})).unwrap();
    assert_eq!(found.deployment.target_model, "m");
    assert_eq!(
        found.deployment.plugins.len(),
        defaults::SHIPPED_PLUGINS.len()
    );
    assert!(found.fallbacks.is_empty());
}

#[test]
fn fields_without_effect_are_named() {
    let found = register(json!({
        "name": "m", "api_base": "http://localhost:1", "rpm": 3, "model_info": {"any": 1},
        "quux": true, "litellm_params": {"aws_region_name": "eu"},
    }));
    assert_eq!(found.unwrap().ignored, ["aws_region_name", "quux"]);
    let all_count = register(json!({"name": "m", "api_base": "http://localhost:1"}));
    assert!(all_count.unwrap().ignored.is_empty());
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        (json!([]), "", "must be a JSON object"),
        (json!({"api_base": "http://x"}), "model_name", "is missing"),
        (
            json!({"name": 5, "api_base": "http://x"}),
            "model_name",
            "must be text",
        ),
        (json!({"name": "m"}), "api_base", "no `api_base`"),
        (
            json!({"name": "m", "api_base": 5}),
            "api_base",
            "must be text",
        ),
        (
            json!({"name": "m", "api_base": "x"}),
            "api_base",
            "needs `http://`",
        ),
        (
            json!({"name": "m", "api_key": ["k"]}),
            "api_key",
            "must be text",
        ),
        (
            json!({"name": "m", "target_model": true}),
            "target_model",
            "must be text",
        ),
        (
            json!({"name": "m", "request_timeout": "soon"}),
            "request_timeout",
            "a time",
        ),
        (
            json!({"name": "m", "request_timeout": -1}),
            "request_timeout",
            "a time",
        ),
        (
            json!({"name": "m", "supports_reasoning": "true"}),
            "supports_reasoning",
            "`true` or",
        ),
        (
            json!({"name": "m", "weight": "3"}),
            "weight",
            "must be a number",
        ),
        (
            json!({"name": "m", "fallbacks": {"a": "b"}}),
            "fallbacks",
            "a list of strings",
        ),
        (
            json!({"name": "m", "fallbacks": [1]}),
            "fallbacks",
            "a list of strings",
        ),
        (
            json!({"name": "m", "plugins": 1}),
            "plugins",
            "must be a map",
        ),
        (
            json!({"name": "m", "litellm_params": []}),
            "litellm_params",
            "an object",
        ),
        (
            json!({"name": "m", "litellm_params": {"api_base": 1}}),
            "api_base",
            "must be text",
        ),
        (
            json!({"name": "m", "api_bas": "http://x"}),
            "api_bas",
            "did you mean `api_base`",
        ),
        // What a file would be disabled for.
        (
            json!({"name": "m", "model": "deepseek/v4"}),
            "api_key",
            "no `api_key`",
        ),
        (
            json!({"name": "m", "model": "bedrock/m"}),
            "api_base",
            "is not supported",
        ),
        (
            json!({"name": "a*b*", "api_base": "http://x"}),
            "model_name",
            "one `*`",
        ),
        (
            json!({"name": "m", "model": "*", "api_base": "http://x"}),
            "model_name",
            "has none",
        ),
        // What no header or terminal can show.
        (
            json!({"name": "m\u{1b}[1m", "api_base": "http://x"}),
            "model_name",
            "control character",
        ),
        (
            json!({"name": "m", "api_base": "http://x", "api_key": "a\nb"}),
            "api_key",
            "one line",
        ),
        (
            json!({"name": "m", "api_base": "http://x", "extra_headers": {"a b": "c"}}),
            "extra_headers.a b",
            "not a name",
        ),
        (
            json!({"name": "m", "api_base": "http://x", "extra_headers": {"a": 5}}),
            "extra_headers.a",
            "must be text",
        ),
    ];
    for (json, field, message) in cases {
        let error = register(json.clone()).unwrap_err();
        assert_eq!(error.field, field, "{json}: {error}");
        assert!(error.message.contains(message), "{json}: {error}");
    }
    let plugins = json!({
        "name": "m", "api_base": "http://x", "plugins": [{"name": "p", "path": "/etc/passwd"}],
    });
    let error = register(plugins).unwrap_err();
    assert!(error.field.starts_with("plugins"), "{error:?}");
    assert!(error.message.contains("not allowed"), "{error}");
}

#[test]
fn variables_are_not_substituted() {
    let json = json!({"name": "m", "api_base": "http://x", "target_model": "$HOME"});
    assert_eq!(register(json).unwrap().deployment.target_model, "$HOME");
}

#[test]
fn plugins_of_the_file_are_known_by_name() {
    let mut base = Config::default();
    base.plugins[2].plugin.source = PluginSource::File("/x/mine.wasm".into());
    base.plugins[2].plugin.name = "mine".to_owned();
    base.plugins[2].enabled = false;
    let json = json!({"name": "m", "api_base": "http://x", "plugins": {"mine": true}});
    let found = registration(&json, &base).unwrap();
    assert_eq!(found.deployment.plugins[2].name, "mine");
}

#[test]
fn a_model_may_say_how_certificates_are_checked_but_names_no_files() {
    let with = |verify: Value| {
        register(json!({"name": "m", "api_base": "https://h", "ssl_verify": verify}))
    };
    assert_eq!(with(false.into()).unwrap().deployment.trust, Trust::Anyone);
    assert_eq!(with(true.into()).unwrap().deployment.trust, Trust::System);
    assert_eq!(with("/etc/passwd".into()).unwrap_err().field, "ssl_verify");
}
