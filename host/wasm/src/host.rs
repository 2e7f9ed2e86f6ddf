//! From an entry of the configuration to a plugin in a chain.

use std::collections::HashMap;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use yallmp_core::chain::{Plugin, StageError, StageErrorKind};
use yallmp_core::config::{Deployment, OnError, PluginLimits, PluginSource, PluginUse};

use crate::abi::Info;
use crate::cache::{Cache, Code};
use crate::call::{bounded, refill};
use crate::engine::Engines;
use crate::error::{LoadError, LoadProblem};
use crate::loaded::{Linked, Loaded};
use crate::schema::Schema;
use crate::stage::{Handle, WasmPlugin};
use crate::state::{State, Surroundings};
use crate::store::{MemoryStore, Store};

/// A plugin inside the program.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    pub name: &'static str,
    pub component: &'static [u8],
    /// What applies when the configuration does not say.
    pub on_error: OnError,
}

/// What a host is made of.
pub struct Settings {
    pub shipped: &'static [Shipped],
    pub cache: Cache,
    pub store: Arc<dyn Store>,
    /// Guests that have nothing to wait for run on the stack of the thread that calls them, which
    /// is cheaper. Such a thread must have [`THREAD_STACK`](crate::THREAD_STACK) bytes.
    pub direct: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shipped: &[],
            cache: Cache::user(),
            store: Arc::new(MemoryStore::default()),
            direct: false,
        }
    }
}

/// `describe` and `plan` do not have an exchange waiting for them.
const LOAD_CALL: Duration = Duration::from_secs(5);

/// A compilation that takes longer is announced.
const SLOW_COMPILE: Duration = Duration::from_secs(1);

/// Loads plugins. One for the process: it owns the engines, and what it compiled once is
/// shared by all that use the same file. Call it inside a tokio runtime.
pub struct Host {
    settings: Settings,
    engines: Arc<Engines>,
    loaded: Mutex<HashMap<String, Arc<OnceCell<Arc<Loaded>>>>>,
}

/// What `yallmp plugins` shows of a component.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// As the plugin calls itself.
    pub name: String,
    pub version: String,
    pub summary: String,
    /// JSON text.
    pub config_schema: String,
    /// `shipped`, or the path of the file.
    pub origin: String,
    /// Of the component file, in hexadecimal.
    pub sha256: String,
    /// It imports WASI, so its instances cost more.
    pub wasi: bool,
}

impl Host {
    /// Fails only where wasmtime does not support the machine.
    pub fn new(settings: Settings) -> Result<Self, String> {
        let engines = Engines::new().map_err(|error| format!("{error:#}"))?;
        Ok(Self {
            settings,
            engines: Arc::new(engines),
            loaded: Mutex::default(),
        })
    }

    /// The plugin as one deployment uses it: compiled if need be, its configuration checked,
    /// its interest asked for.
    pub async fn load(
        &self,
        usage: &PluginUse,
        deployment: &Deployment,
    ) -> Result<Arc<dyn Plugin>, LoadError> {
        self.try_load(usage, deployment)
            .await
            .map_err(|problem| fault(usage, problem))
    }

    /// Whether the component can be used and takes these settings, as far as its schema
    /// tells: for a plugin that no deployment uses.
    pub async fn check(&self, usage: &PluginUse) -> Result<(), LoadError> {
        let found = self.component(usage).await;
        let found = found.and_then(|loaded| loaded.takes(&usage.config));
        found.map_err(|problem| fault(usage, problem))
    }

    /// What the component says of itself. Its configuration is not looked at.
    pub async fn inspect(&self, usage: &PluginUse) -> Result<Inspection, LoadError> {
        let loaded = self
            .component(usage)
            .await
            .map_err(|problem| fault(usage, problem))?;
        Ok(Inspection {
            name: loaded.info.name.clone(),
            version: loaded.info.version.clone(),
            summary: loaded.info.summary.clone(),
            config_schema: loaded.info.config_schema.clone(),
            origin: match &usage.source {
                PluginSource::Shipped => "shipped".into(),
                PluginSource::File(path) => path.display().to_string(),
            },
            sha256: loaded.digest.clone(),
            wasi: loaded.linked.shape.wasi,
        })
    }

    /// `on_error` of a plugin, with its default.
    pub fn on_error(&self, usage: &PluginUse) -> OnError {
        let shipped = match usage.source {
            PluginSource::Shipped => self.shipped(&usage.name),
            PluginSource::File(_) => None,
        };
        usage
            .on_error
            .or(shipped.map(|shipped| shipped.on_error))
            .unwrap_or(OnError::Skip)
    }

    fn shipped(&self, name: &str) -> Option<&Shipped> {
        self.settings.shipped.iter().find(|it| it.name == name)
    }

    async fn try_load(
        &self,
        usage: &PluginUse,
        deployment: &Deployment,
    ) -> Result<Arc<dyn Plugin>, LoadProblem> {
        let loaded = self.component(usage).await?;
        loaded.takes(&usage.config)?;
        let around = self.surroundings(&usage.name);
        let config = usage.config.to_string();
        let mut visit = Visit::new(&loaded.linked, &around, &usage.limits)
            .await
            .map_err(LoadProblem::Plan)?;
        let wants = bounded(
            LOAD_CALL,
            pin!(visit.guest.plan(&mut visit.store, &config, deployment)),
        )
        .await?;
        Ok(Arc::new(Handle(Arc::new(WasmPlugin {
            on_error: self.on_error(usage),
            limits: usage.limits.clone(),
            model_info: deployment.model_info.to_string(),
            config,
            wants,
            around,
            loaded,
        }))))
    }

    fn surroundings(&self, plugin: &str) -> Arc<Surroundings> {
        Arc::new(Surroundings {
            plugin: plugin.into(),
            store: self.settings.store.clone(),
            clock: self.engines.clock.clone(),
            direct: self.settings.direct,
            slow: AtomicU64::new(0),
        })
    }

    /// Compiled and described once, however many ask for it at the same time.
    async fn component(&self, usage: &PluginUse) -> Result<Arc<Loaded>, LoadProblem> {
        let bytes = self.read(usage).await?;
        let digest = hex(&Sha256::digest(&bytes));
        let cell = self
            .loaded
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(digest.clone())
            .or_default()
            .clone();
        let load = || async {
            let linked = match self.cached(&usage.name, &digest) {
                Some(linked) => linked,
                None => {
                    let code = self.compile(&usage.name, &digest, bytes).await?;
                    Linked::new(self.engines.clone(), code)?
                }
            };
            let around = self.surroundings(&usage.name);
            let info = describe(&linked, &around, &usage.limits)
                .await
                .map_err(LoadProblem::Describe)?;
            check(&info).map_err(LoadProblem::Info)?;
            let schema = Schema::parse(&info.config_schema).map_err(LoadProblem::Schema)?;
            Ok(Arc::new(Loaded {
                digest: digest.clone(),
                info,
                schema,
                linked,
            }))
        };
        cell.get_or_try_init(load).await.cloned()
    }

    async fn read(&self, usage: &PluginUse) -> Result<Vec<u8>, LoadProblem> {
        match &usage.source {
            PluginSource::Shipped => match self.shipped(&usage.name) {
                Some(shipped) => Ok(shipped.component.to_vec()),
                None => {
                    let known: Vec<&str> = self.settings.shipped.iter().map(|it| it.name).collect();
                    Err(LoadProblem::NotShipped {
                        known: known.join(", "),
                    })
                }
            },
            PluginSource::File(path) => read_file(path).await,
        }
    }

    fn cached(&self, name: &str, digest: &str) -> Option<Linked> {
        let code = self.settings.cache.find(digest, self.engines.main())?;
        match Linked::new(self.engines.clone(), code) {
            Ok(linked) => Some(linked),
            Err(error) => {
                tracing::debug!(plugin = name, "its compiled form is not used: {error}");
                None
            }
        }
    }

    async fn compile(&self, name: &str, digest: &str, bytes: Vec<u8>) -> Result<Code, LoadProblem> {
        if !bytes.starts_with(b"\0asm") {
            return Err(LoadProblem::NotWasm);
        }
        // The layer: 0 for core modules, 1 for components.
        if bytes.get(6..8) == Some(&[0, 0]) {
            return Err(LoadProblem::CoreModule);
        }
        let engine = self.engines.main().clone();
        let cache = self.settings.cache.clone();
        let digest = digest.to_owned();
        let started = Instant::now();
        let mut compiling = tokio::task::spawn_blocking(move || {
            let compiled = engine.precompile_component(&bytes);
            compiled.map(|compiled| cache.keep(&digest, &engine, compiled))
        });
        let done = match tokio::time::timeout(SLOW_COMPILE, &mut compiling).await {
            Ok(done) => done,
            Err(_) => {
                tracing::info!(plugin = name, "compiling; this is done once");
                let done = compiling.await;
                tracing::info!(
                    plugin = name,
                    "compiled in {:.1} s",
                    started.elapsed().as_secs_f32()
                );
                done
            }
        };
        done.map_err(|error| LoadProblem::Compile(error.to_string()))?
            .map_err(|error| LoadProblem::Compile(format!("{error:#}")))
    }
}

/// An instance outside of any exchange.
struct Visit {
    store: wasmtime::Store<State>,
    guest: crate::abi::Guest,
}

impl Visit {
    async fn new(
        linked: &Linked,
        around: &Arc<Surroundings>,
        limits: &PluginLimits,
    ) -> Result<Self, StageError> {
        let state = || State::new(around.clone(), limits, None, linked.shape);
        let (mut store, guest) =
            linked
                .instantiate(state, limits)
                .await
                .map_err(|error| StageError {
                    kind: StageErrorKind::Start,
                    message: format!("{error:#}"),
                })?;
        refill(&mut store, LOAD_CALL);
        Ok(Self { store, guest })
    }
}

async fn describe(
    linked: &Linked,
    around: &Arc<Surroundings>,
    limits: &PluginLimits,
) -> Result<Info, StageError> {
    let mut visit = Visit::new(linked, around, limits).await?;
    Ok(bounded(LOAD_CALL, pin!(visit.guest.describe(&mut visit.store))).await?)
}

fn check(info: &Info) -> Result<(), String> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if !(1..=64).contains(&info.name.len()) || !info.name.bytes().all(plain) {
        return Err(format!(
            "the name {:?}; 1 to 64 of a-z, 0-9 and `-` are allowed",
            info.name
        ));
    }
    let numbers = info.version.split(['-', '+']).next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    if info.version.len() > 64 || numbers.split('.').count() != 3 || !numbers.split('.').all(number)
    {
        return Err(format!(
            "the version {:?}; it must be a semantic version such as 1.2.0",
            info.version
        ));
    }
    Ok(())
}

async fn read_file(path: &Path) -> Result<Vec<u8>, LoadProblem> {
    tokio::fs::read(path)
        .await
        .map_err(|error| LoadProblem::Read {
            path: path.to_owned(),
            error,
        })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fault(usage: &PluginUse, problem: LoadProblem) -> LoadError {
    LoadError {
        plugin: usage.name.clone(),
        place: usage.place.clone(),
        problem,
    }
}
