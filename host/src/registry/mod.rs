//! Models registered while the proxy runs. They lie over those of the configuration file: a
//! registered model takes the place of all deployments of its name, and removing it brings
//! them back. The YAML file is never written; `state_file` keeps the registrations.

mod state_file;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use yallmp_core::chain::Chain;
use yallmp_core::config::{Backend, Config, Deployment, FieldError, Registration, registration};
use yallmp_core::exchange::Gateway;
use yallmp_wasm::LoadError;

use crate::assembly::{Assembly, Chains};

pub use state_file::StateError;

/// Makes the gateway that new exchanges begin with, and replaces it whole.
pub struct Registry {
    assembly: Assembly,
    /// As the file says.
    base: Config,
    base_chains: Chains,
    state_file: PathBuf,
    /// In the order of registration. The lock is held through a whole change.
    entries: Mutex<Vec<Entry>>,
    gateway: ArcSwap<Gateway>,
}

/// A registered model.
#[derive(Clone)]
struct Entry {
    name: String,
    /// As it was sent.
    json: Value,
    /// Or why it cannot be used.
    model: Result<Model, String>,
}

#[derive(Clone)]
struct Model {
    deployment: Arc<Deployment>,
    fallbacks: Vec<String>,
    ignored: Vec<String>,
    chain: Arc<Chain>,
}

/// Why the proxy cannot start with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{}", lines(.0))]
    Plugins(Vec<LoadError>),
}

/// Why a change was refused. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Plugin(#[from] LoadError),
    #[error("the model `{0}` was not registered here; it is in the configuration file")]
    InFile(String),
    #[error("the model `{0}` is not registered")]
    Unknown(String),
    #[error(transparent)]
    Save(#[from] StateError),
}

/// What became of a registration.
#[derive(Debug)]
pub struct Registered {
    pub model: String,
    /// There was a model of this name, registered or in the file.
    pub replaced: bool,
    /// Models tried after it.
    pub fallbacks: Vec<String>,
    /// Fields of the request without effect.
    pub ignored: Vec<String>,
}

impl Registry {
    /// With the models that were registered in earlier runs. One that cannot be used any
    /// more (its plugin is gone, say) is reported and kept in the state file.
    pub async fn open(base: Config, assembly: Assembly) -> Result<Self, OpenError> {
        let mut base_chains = Chains::new();
        let mut errors = Vec::new();
        let chains = base.deployments.iter().map(|d| assembly.chain(d));
        let chains = futures_util::future::join_all(chains).await;
        for (deployment, chain) in base.deployments.iter().zip(chains) {
            match chain {
                Ok(chain) => {
                    base_chains.insert(deployment.id.clone(), chain);
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(OpenError::Plugins(errors));
        }
        let state_file = base.server.state_file.clone();
        let mut entries = Vec::new();
        for (name, json) in state_file::read(&state_file)? {
            let model = model(&json, &base, &assembly).await;
            let model = model.map_err(|error| error.to_string());
            if let Err(reason) = &model {
                tracing::error!(model = name, reason, "a registered model cannot be used");
            }
            entries.push(Entry { name, json, model });
        }
        let gateway = gateway(&assembly, &base, &base_chains, &entries);
        Ok(Self {
            assembly,
            base,
            base_chains,
            state_file,
            entries: Mutex::new(entries),
            gateway: ArcSwap::from_pointee(gateway),
        })
    }

    pub fn gateway(&self) -> Arc<Gateway> {
        self.gateway.load_full()
    }

    /// Register a model, or replace the one of its name. It is on disk when this returns.
    pub async fn register(&self, json: Value) -> Result<Registered, RegistryError> {
        let mut entries = self.entries.lock().await;
        let model = model(&json, &self.base, &self.assembly).await?;
        let name = model.deployment.model_name.clone();
        let registered = Registered {
            replaced: entries.iter().any(|e| e.name == name) || self.is_in_file(&name),
            fallbacks: model.fallbacks.clone(),
            ignored: model.ignored.clone(),
            model: name.clone(),
        };
        let entry = Entry {
            name,
            json,
            model: Ok(model),
        };
        let mut changed = entries.clone();
        match changed.iter_mut().find(|e| e.name == entry.name) {
            Some(old) => *old = entry,
            None => changed.push(entry),
        }
        self.apply(&mut entries, changed).await?;
        tracing::info!(model = registered.model, "model registered");
        Ok(registered)
    }

    /// Forget a registered model.
    pub async fn remove(&self, name: &str) -> Result<(), RegistryError> {
        let mut entries = self.entries.lock().await;
        let mut changed = entries.clone();
        changed.retain(|entry| entry.name != name);
        if changed.len() == entries.len() {
            let name = name.to_owned();
            return Err(match self.is_in_file(&name) {
                true => RegistryError::InFile(name),
                false => RegistryError::Unknown(name),
            });
        }
        self.apply(&mut entries, changed).await?;
        tracing::info!(model = name, "model removed");
        Ok(())
    }

    /// All models for a person to look at, without secrets.
    pub async fn list(&self) -> Vec<Value> {
        let entries = self.entries.lock().await;
        let gateway = self.gateway();
        let live = gateway.config.deployments.iter().map(|deployment| {
            let fallbacks = gateway
                .config
                .router
                .fallbacks
                .general
                .get(&deployment.model_name);
            describe(deployment, fallbacks)
        });
        let broken = entries.iter().filter_map(|entry| {
            let reason = entry.model.as_ref().err()?;
            Some(json!({"model_name": entry.name, "origin": "registered", "disabled": reason}))
        });
        live.chain(broken).collect()
    }

    fn is_in_file(&self, name: &str) -> bool {
        self.base.deployments.iter().any(|d| d.model_name == name)
    }

    /// First the file, then the memory: what was answered survives a crash.
    async fn apply(&self, entries: &mut Vec<Entry>, changed: Vec<Entry>) -> Result<(), StateError> {
        let models: Vec<_> = changed
            .iter()
            .map(|entry| (entry.name.clone(), entry.json.clone()))
            .collect();
        state_file::write(self.state_file.clone(), models).await?;
        let gateway = gateway(&self.assembly, &self.base, &self.base_chains, &changed);
        self.gateway.store(Arc::new(gateway));
        *entries = changed;
        Ok(())
    }
}

async fn model(json: &Value, base: &Config, assembly: &Assembly) -> Result<Model, RegistryError> {
    let Registration {
        deployment,
        fallbacks,
        ignored,
    } = registration(json, base)?;
    let deployment = Arc::new(deployment);
    let chain = assembly.chain(&deployment).await?;
    Ok(Model {
        deployment,
        fallbacks,
        ignored,
        chain,
    })
}

/// The file's models with the registered ones laid over them.
fn gateway(assembly: &Assembly, base: &Config, chains: &Chains, entries: &[Entry]) -> Gateway {
    let mut config = base.clone();
    let mut chains = chains.clone();
    for entry in entries {
        let Ok(model) = &entry.model else { continue };
        config.deployments.retain(|d| d.model_name != entry.name);
        config.deployments.push(model.deployment.clone());
        chains.insert(model.deployment.id.clone(), model.chain.clone());
        if !model.fallbacks.is_empty() {
            let general = &mut config.router.fallbacks.general;
            general.insert(entry.name.clone(), model.fallbacks.clone());
        }
    }
    assembly.gateway(config, chains)
}

fn describe(deployment: &Deployment, fallbacks: Option<&Vec<String>>) -> Value {
    let origin = if deployment.id.ends_with("#registered") {
        "registered"
    } else {
        "file"
    };
    let plugins: Vec<_> = deployment.plugins.iter().map(|p| p.name.as_str()).collect();
    json!({
        "model_name": deployment.model_name,
        "id": deployment.id,
        "origin": origin,
        "api_base": api_base(&deployment.backend),
        "target_model": deployment.target_model,
        "has_api_key": deployment.api_key.is_some(),
        "supports_reasoning": deployment.supports_reasoning,
        "fallbacks": fallbacks.map_or(&[][..], Vec::as_slice),
        "plugins": plugins,
        "disabled": deployment.disabled,
    })
}

/// Where a deployment's requests go, without a user name or password in it.
pub fn api_base(backend: &Backend) -> String {
    match backend {
        Backend::Demo => "builtin://demo".to_owned(),
        Backend::Http { base } => {
            let Some((scheme, rest)) = base.split_once("://") else {
                return base.clone();
            };
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", &rest[end..])
        }
    }
}

fn lines(errors: &[LoadError]) -> String {
    let mut lines: Vec<_> = errors.iter().map(|e| format!("{}: {e}", e.place)).collect();
    // A plugin that many models share fails for each of them.
    lines.sort();
    lines.dedup();
    lines.join("\n")
}
