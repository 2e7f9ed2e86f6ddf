//! A component that is compiled, linked and known to be a plugin. Shared by all
//! deployments that use the same file.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, PoolConcurrencyLimitError, Store};
use yallmp_core::config::PluginLimits;

use crate::abi::{Bindings, Foreign, Guest, Info, Shape, probe};
use crate::cache::Code;
use crate::call::{meter, refill};
use crate::engine::Engines;
use crate::error::LoadProblem;
use crate::schema::Schema;
use crate::state::State;
use crate::wasi;

pub(crate) struct Loaded {
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    pub info: Info,
    pub schema: Schema,
    pub linked: Linked,
}

impl Loaded {
    /// Whether its schema lets these settings through.
    pub fn takes(&self, config: &Value) -> Result<(), LoadProblem> {
        match self.schema.check(config) {
            problems if problems.is_empty() => Ok(()),
            problems => Err(LoadProblem::Config(problems)),
        }
    }
}

/// A component and its imports.
pub(crate) struct Linked {
    pub shape: Shape,
    main: Ready,
    /// The same code outside of the pool, for when that is full.
    overflow: OnceLock<Option<Ready>>,
    code: Code,
    engines: Arc<Engines>,
}

struct Ready {
    engine: Engine,
    bindings: Bindings,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error(transparent)]
    Foreign(#[from] Foreign),
    #[error("{0:#}")]
    Wasmtime(#[from] wasmtime::Error),
}

impl Linked {
    /// Into the pool if it fits there.
    pub fn new(engines: Arc<Engines>, code: Code) -> Result<Self, LinkError> {
        let component = match engines.pooled.as_ref().map(|engine| code.load(engine)) {
            Some(Ok(component)) => component,
            Some(Err(error)) => {
                tracing::debug!("instances do not fit into the pool: {error:#}");
                code.load(&engines.on_demand)?
            }
            None => code.load(&engines.on_demand)?,
        };
        let shape = probe(&component)?;
        Ok(Self {
            shape,
            main: Ready::new(&component, shape)?,
            overflow: OnceLock::new(),
            code,
            engines,
        })
    }

    /// A fresh instance, with the budget for one call.
    pub async fn instantiate(
        &self,
        state: impl Fn() -> State,
        limits: &PluginLimits,
    ) -> wasmtime::Result<(Store<State>, Guest)> {
        match self.main.instantiate(state(), limits).await {
            Err(error) if error.is::<PoolConcurrencyLimitError>() => match self.overflow() {
                Some(ready) => ready.instantiate(state(), limits).await,
                None => Err(error),
            },
            made => made,
        }
    }

    fn overflow(&self) -> Option<&Ready> {
        let make = || {
            tracing::warn!("the pool of plugin instances is full, more are made on demand");
            let component = self.code.load(&self.engines.on_demand).ok()?;
            Ready::new(&component, self.shape).ok()
        };
        self.overflow.get_or_init(make).as_ref()
    }
}

impl Ready {
    fn new(component: &Component, shape: Shape) -> wasmtime::Result<Self> {
        let engine = component.engine().clone();
        let mut linker = Linker::new(&engine);
        Bindings::link(&mut linker)?;
        if shape.wasi {
            wasi::link(&mut linker)?;
        }
        Ok(Self {
            bindings: Bindings::new(linker.instantiate_pre(component)?)?,
            engine,
        })
    }

    async fn instantiate(
        &self,
        state: State,
        limits: &PluginLimits,
    ) -> wasmtime::Result<(Store<State>, Guest)> {
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.limits);
        store.set_hostcall_fuel(limits.output_bytes);
        meter(&mut store);
        refill(&mut store, limits.call);
        let guest = self.bindings.instantiate(&mut store).await?;
        Ok((store, guest))
    }
}
