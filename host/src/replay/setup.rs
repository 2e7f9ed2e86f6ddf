//! The configuration that a recorded exchange is run in: the deployments that its log names,
//! with the chain that is to be tried.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use yallmp_core::config::{self, Config, Deployment, Env, LogLevel, Origin, Timeouts};

use super::{Pacing, Recording, Try};
use crate::config_file::{ConfigFile, ProcessEnv};
use crate::shipped::SHIPPED;

/// The longest time that a stalled backend is waited for is divided by this where nobody
/// wants to wait.
const HASTE: u32 = 1000;

/// Which chain is to be tried.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// The shipped one.
    Default,
    /// Shipped plugins by name, others by the path of their component; first = nearest the
    /// client.
    Plugins(Vec<String>),
    /// Deployments, chains and settings of a configuration file.
    File(PathBuf),
    /// The same of a configuration that is loaded already.
    Config(Box<Config>),
}

pub struct Setup {
    pub config: Config,
}

impl Setup {
    /// # Errors
    /// The file cannot be used, or lacks a deployment that the log names.
    pub fn new(recording: &Recording, chosen: &Chosen, pacing: Pacing) -> anyhow::Result<Self> {
        let mut config = match chosen {
            Chosen::File(path) => {
                let config = ConfigFile::read(path)?.load(&ProcessEnv)?.config;
                let hint = "without --config it is made up from the log";
                let name = format!("`{}`", path.display());
                named(recording, config, &name, hint)?
            }
            Chosen::Config(config) => {
                let hint = "`yallmp replay --offline` makes it up from the log";
                named(recording, (**config).clone(), "this configuration", hint)?
            }
            Chosen::Default => from_log(recording, None)?,
            Chosen::Plugins(plugins) => from_log(recording, Some(plugins))?,
        };
        config.request_log.level = LogLevel::Full;
        config.request_log.max_exchange_bytes = usize::MAX;
        // The log does not tell of comments that the proxy sent itself.
        config.streaming.keep_alive = None;
        config.router.cooldown = Duration::ZERO;
        for deployment in &mut config.deployments {
            let deployment = Arc::make_mut(deployment);
            // A key that is not set here is not needed.
            deployment.disabled = None;
            deployment.log_level = None;
            (deployment.rpm, deployment.tpm) = (None, None);
            if pacing != Pacing::AsRecorded {
                hasten(&mut deployment.timeouts);
            }
        }
        Ok(Self { config })
    }

    /// The deployment that was tried last.
    ///
    /// # Errors
    /// None was.
    pub fn last_asked(&self, recording: &Recording) -> anyhow::Result<Arc<Deployment>> {
        let last = recording
            .tries
            .last()
            .map(|tried| &tried.attempt.deployment);
        let mut deployments = self.config.deployments.iter();
        let found = deployments.find(|deployment| Some(&deployment.id) == last);
        found.cloned().context("no backend was asked in it")
    }

    /// The chain of each deployment, for a person.
    pub fn describe(&self) -> String {
        let chain = |deployment: &Arc<Deployment>| {
            let names = deployment.plugins.iter().map(|plugin| plugin.name.as_str());
            match names.collect::<Vec<_>>().join(", ") {
                names if names.is_empty() => format!("{}: no plugins", deployment.id),
                names => format!("{}: {names}", deployment.id),
            }
        };
        let chains: Vec<_> = self.config.deployments.iter().map(chain).collect();
        chains.join("; ")
    }
}

/// In proportion, so that the limit that ran out first still does. Pieces that are there are
/// never late.
fn hasten(timeouts: &mut Timeouts) {
    for limit in [
        &mut timeouts.headers,
        &mut timeouts.first_event,
        &mut timeouts.between_events,
        &mut timeouts.whole,
    ] {
        *limit /= HASTE;
    }
    timeouts.total = timeouts.total.map(|total| total / HASTE);
}

/// The deployments that the log names, in the order in which they were asked.
fn named(
    recording: &Recording,
    mut config: Config,
    name: &str,
    hint: &str,
) -> anyhow::Result<Config> {
    if recording.deployments.is_empty() {
        return Ok(config);
    }
    let asked = |id: &String| {
        let mut tries = recording.tries.iter();
        tries.any(|tried| tried.attempt.deployment == *id)
    };
    let mut deployments = Vec::new();
    for id in &recording.deployments {
        match config.deployments.iter().find(|known| known.id == *id) {
            Some(deployment) => deployments.push(deployment.clone()),
            None if asked(id) => {
                bail!("the log names the deployment `{id}`, which {name} does not have; {hint}")
            }
            None => {}
        }
    }
    config.deployments = deployments;
    Ok(config)
}

/// Deployments made up from what the log says of them, read as a configuration file would be.
fn from_log(recording: &Recording, plugins: Option<&[String]>) -> anyhow::Result<Config> {
    if recording.tries.is_empty() {
        bail!("no backend was asked in it; name the configuration with --config");
    }
    let mut firsts: Vec<&Try> = Vec::new();
    let mut models: Vec<&str> = Vec::new();
    let mut entries: Vec<Value> = Vec::new();
    for tried in &recording.tries {
        let id = tried.attempt.deployment.as_str();
        if firsts.iter().any(|known| known.attempt.deployment == id) {
            continue;
        }
        let model = id.rsplit_once('#').map_or(id, |(model, _)| model);
        if !models.contains(&model) {
            models.push(model);
        }
        let tries = recording.tries.iter();
        let tries = tries.filter(|tried| tried.attempt.deployment == id);
        entries.push(entry(model, tried, tries));
        firsts.push(tried);
    }
    let mut file = json!({
        "model_list": entries,
        "router_settings": routes(recording, &models),
    });
    if let Some(plugins) = plugins {
        file["plugins"] = chain(plugins)?;
    }
    let origin = Origin {
        file: "the log".to_owned(),
        folder: std::env::current_dir().unwrap_or_default(),
    };
    let loaded = config::load(&file.to_string(), &origin, &Nothing)
        .context("the names in the log make no configuration; give one with --config")?;
    let mut config = loaded.config;
    for (deployment, tried) in config.deployments.iter_mut().zip(firsts) {
        let deployment = Arc::make_mut(deployment);
        deployment.id.clone_from(&tried.attempt.deployment);
        deployment
            .target_model
            .clone_from(&tried.attempt.target_model);
        if let Some(sent) = &tried.sent {
            (deployment.extra_body, deployment.drop_params) = between(&tried.patched, sent);
        }
    }
    Ok(config)
}

/// `tries`: all tries at this deployment.
fn entry<'a>(model: &str, tried: &Try, tries: impl Iterator<Item = &'a Try>) -> Value {
    let attempt = &tried.attempt;
    let mut count = 0;
    let mut limits = Map::new();
    for tried in tries {
        count += 1;
        if let Some(limit) = tried.failed.as_deref().and_then(limit) {
            limits.insert(limit.to_owned(), json!(1));
        }
    }
    json!({
        "model_name": model,
        "timeouts": limits,
        "litellm_params": {
            "model": format!("openai/{}", attempt.target_model),
            "api_base": attempt.backend,
            "max_retries": count,
        },
    })
}

/// Text of a log is no template: it may hold `${…}`.
struct Nothing;

impl Env for Nothing {
    fn get(&self, _: &str) -> Option<String> {
        None
    }
}

/// The setting of the time limit that ran out, by the words of the failure.
fn limit(failure: &str) -> Option<&'static str> {
    match failure.strip_prefix("time limit: ")? {
        "Headers" => Some("headers"),
        "FirstEvent" => Some("first_event"),
        "BetweenEvents" => Some("between_events"),
        "Whole" => Some("whole"),
        _ => Some("total"),
    }
}

/// Members that the deployment's own settings put into the request, and those that they took
/// out.
fn between(patched: &[u8], sent: &[u8]) -> (Map<String, Value>, Vec<String>) {
    let read = |text| serde_json::from_slice::<Map<_, _>>(text).unwrap_or_default();
    let (patched, mut sent) = (read(patched), read(sent));
    let removed = patched.keys().filter(|name| !sent.contains_key(*name));
    let removed = removed.cloned().collect();
    sent.retain(|name, value| patched.get(name) != Some(value));
    (sent, removed)
}

/// Whatever sent the request from one model to the next then, a fallback does now.
fn routes(recording: &Recording, models: &[&str]) -> Value {
    let mut routes = json!({});
    let Some((first, rest)) = models.split_first() else {
        return routes;
    };
    if !rest.is_empty() {
        for kind in [
            "fallbacks",
            "context_window_fallbacks",
            "content_policy_fallbacks",
        ] {
            routes[kind] = json!([{*first: rest}]);
        }
    }
    if recording.model != *first && !first.contains('*') {
        routes["model_group_alias"] = json!({recording.model.as_str(): first});
    }
    routes
}

/// The plugins that `--plugins` names.
fn chain(names: &[String]) -> anyhow::Result<Value> {
    let mut plugins: Vec<Value> = Vec::new();
    for name in names {
        let plugin = plugin(name);
        let is_shipped = SHIPPED.iter().any(|shipped| shipped.name == *name);
        if plugin["path"].is_null() && !is_shipped {
            let shipped: Vec<_> = SHIPPED.iter().map(|it| format!("`{}`", it.name)).collect();
            bail!(
                "`--plugins` names `{name}`, which is no shipped plugin\nhint: shipped are {}; any other is named by the path of its component, which ends with `.wasm`",
                shipped.join(", ")
            );
        }
        if plugins.iter().any(|known| known["name"] == plugin["name"]) {
            let name = plugin["name"].as_str().unwrap_or(name);
            bail!("two of `--plugins` are called `{name}`");
        }
        plugins.push(plugin);
    }
    Ok(plugins.into())
}

/// A shipped plugin, or the component in a file.
fn plugin(name: &str) -> Value {
    let path = Path::new(name);
    match path.extension().is_some_and(|end| end == "wasm") {
        false => json!({"name": name}),
        true => {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            json!({"name": stem.replace('_', "-"), "path": name})
        }
    }
}
