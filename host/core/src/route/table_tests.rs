use super::super::Router;
use super::super::plan::Step;
use super::*;
use crate::config::Backend;
use tokio::time::Instant;

/// `name -> target`, or `name -> !reason` for one that is disabled.
fn config(lines: &[&str]) -> Config {
    let mut config = Config::default();
    for (number, line) in lines.iter().enumerate() {
        let (name, target) = line.split_once(" -> ").unwrap();
        let mut deployment = Deployment::new(name, Backend::Demo);
        deployment.id = format!("{name}#{number}");
        deployment.target_model = target.to_owned();
        deployment.disabled = target.strip_prefix('!').map(str::to_owned);
        config.deployments.push(Arc::new(deployment));
    }
    config
}

/// The target's name at the first candidate, or the error's text.
fn ask(config: &Config, model: &str) -> String {
    let router = Router::new(config, Arc::new(Health::default()));
    match router.plan(model, Instant::now()) {
        Ok(mut plan) => match plan.next(None, Instant::now()) {
            Step::Try { candidate, .. } => candidate.target_model.to_string(),
            Step::GiveUp(error) => error.message,
        },
        Err(error) => format!("{}: {}", error.status.as_u16(), error.message),
    }
}

#[test]
fn names_aliases_and_wildcards() {
    let mut config = config(&[
        "* -> everything/*",
        "openai/* -> *",
        "openai/gpt-4* -> four",
        "*-latest -> newest-*",
        "gpt-4o -> gpt-4o-2024",
        "literal -> a*b",
    ]);
    let aliases = [
        ("fast", "openai/gpt-mini"),
        ("faster", "fast"),
        ("gpt-4o", "openai/gpt-4-turbo"),
        ("ring", "gnir"),
        ("gnir", "ring"),
        ("self", "self"),
    ];
    config.router.aliases = aliases
        .iter()
        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
        .collect();
    for (model, target) in [
        ("openai/x", "x"),
        ("openai/", ""),
        ("openai/gpt-4.1", "four"),
        ("claude-latest", "newest-claude"),
        // As specific as `openai/*`, but not as early in the file.
        ("openai/claude-latest", "claude-latest"),
        ("anything", "everything/anything"),
        ("literal", "a*b"),
        ("fast", "gpt-mini"),
        ("faster", "gpt-mini"),
        ("gpt-4o", "four"),
        ("ring", "everything/ring"),
        ("self", "everything/self"),
    ] {
        assert_eq!(ask(&config, model), target, "{model}");
    }
}

#[test]
fn an_unknown_model_gets_a_hint() {
    let mut config = config(&["gpt-4o -> x", "Kimi-K2 -> x", "openai/* -> *"]);
    config.router.aliases = [("sonnet".to_owned(), "gpt-4o".to_owned())].into();
    for (model, hint) in [
        ("gpt4o", "did you mean `gpt-4o`?"),
        ("kimi-k2", "did you mean `Kimi-K2`?"),
        ("sonet", "did you mean `sonnet`?"),
        ("llama", "`GET /v1/models` lists the models that are"),
    ] {
        let text = format!("404: the model `{model}` is not configured; {hint}");
        assert_eq!(ask(&config, model), text);
    }
    assert_eq!(
        ask(&Config::default(), "x"),
        "404: the model `x` is not configured; no model is configured"
    );
}

#[test]
fn disabled_deployments_are_skipped_and_explained() {
    let mut config = config(&[
        "a -> !KEY_A is not set",
        "a -> works",
        "b -> !KEY_B is not set",
        "b -> !KEY_C is not set",
        "* -> other",
    ]);
    assert_eq!(ask(&config, "a"), "works");
    assert_eq!(
        ask(&config, "b"),
        "503: the model `b` is disabled (`b#2`: KEY_B is not set; `b#3`: KEY_C is not set)"
    );
    // With a fallback it can be served.
    config.router.fallbacks.general = [("b".to_owned(), vec!["a".to_owned()])].into();
    assert_eq!(ask(&config, "b"), "works");
}
