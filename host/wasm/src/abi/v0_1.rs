//! `yallmp:patch@0.1.0`.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};
use yallmp_core::chain;
use yallmp_core::config;

use crate::call::{CallError, Facts};
use crate::state::{IllegalCall, InvalidListen, State};
use crate::store::{StoreError, check_key, check_value, ttl};

/// Each call on a fiber, a stack of its own, on which the guest can wait and give way.
mod bindings {
    wasmtime::component::bindgen!({
        world: "patch",
        path: "../../wit",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: {
            "yallmp:patch/request": trappable,
            "yallmp:patch/host": trappable,
            "yallmp:patch/store": async,
        },
        exports: { default: async },
    });
}

/// Each call on the stack of the thread: cheaper, and it cannot be left before its end.
mod direct {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "
            package yallmp:host;
            world calls { export yallmp:patch/plugin@0.1.0; }
        ",
        ownership: Borrowing { duplicate_if_necessary: true },
        with: { "yallmp:patch/types": super::bindings::yallmp::patch::types },
    });
}

use bindings::yallmp::patch::types;
use bindings::yallmp::patch::{host, request, store};

/// A component linked with its imports, ready to be instantiated.
pub(crate) struct Bindings {
    pre: InstancePre<State>,
    exports: Arc<Exports>,
}

struct Exports {
    on_fiber: bindings::PatchIndices,
    direct: direct::CallsIndices,
}

impl Bindings {
    pub fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        bindings::Patch::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
    }

    pub fn new(pre: InstancePre<State>) -> wasmtime::Result<Self> {
        let exports = Exports {
            on_fiber: bindings::PatchIndices::new(&pre)?,
            direct: direct::CallsIndices::new(&pre)?,
        };
        Ok(Self {
            pre,
            exports: Arc::new(exports),
        })
    }

    pub async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Guest> {
        let instance = match store.data().gives_way() {
            true => self.pre.instantiate_async(&mut *store).await?,
            false => self.pre.instantiate(&mut *store)?,
        };
        let exports = self.exports.clone();
        Ok(Guest {
            hooks: Hooks::of(&exports, store, &instance)?,
            instance,
            exports,
        })
    }
}

/// One instance. Each method is one call into it.
pub(crate) struct Guest {
    hooks: Hooks,
    instance: Instance,
    exports: Arc<Exports>,
}

enum Hooks {
    OnFiber(bindings::Patch),
    Direct(direct::Calls),
}

impl Hooks {
    fn of(
        exports: &Exports,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> wasmtime::Result<Self> {
        Ok(match store.data().gives_way() {
            true => Self::OnFiber(exports.on_fiber.load(store, instance)?),
            false => Self::Direct(exports.direct.load(store, instance)?),
        })
    }
}

/// Call a hook in the way that is due now.
macro_rules! call {
    ($guest:ident, $store:ident, $hook:ident($($argument:expr),*)) => {
        match $guest.hooks($store)? {
            Hooks::OnFiber(patch) => patch.yallmp_patch_plugin().$hook($store, $($argument),*).await,
            Hooks::Direct(patch) => patch.yallmp_patch_plugin().$hook($store, $($argument),*),
        }
    };
}

/// `types.info`, as it came.
#[derive(Debug)]
pub(crate) struct Info {
    pub name: String,
    pub version: String,
    pub summary: String,
    pub config_schema: String,
}

/// `types.wants`, checked.
#[derive(Debug)]
pub(crate) struct Wants {
    pub request: chain::Interest,
    pub response: chain::Interest,
    pub errors: chain::Interest,
}

impl Guest {
    fn hooks(&mut self, store: &mut Store<State>) -> wasmtime::Result<&Hooks> {
        if store.data().gives_way() && matches!(self.hooks, Hooks::Direct(_)) {
            self.hooks = Hooks::of(&self.exports, store, &self.instance)?;
        }
        Ok(&self.hooks)
    }

    pub async fn describe(&mut self, store: &mut Store<State>) -> Result<Info, CallError> {
        let info = call!(self, store, call_describe())?;
        Ok(Info {
            name: info.name,
            version: info.version,
            summary: info.summary,
            config_schema: info.config_schema,
        })
    }

    pub async fn plan(
        &mut self,
        store: &mut Store<State>,
        config: &str,
        deployment: &config::Deployment,
    ) -> Result<Wants, CallError> {
        let model_info = deployment.model_info.to_string();
        let profile = deployment.profile.text(&deployment.target_model);
        let deployment = deployment_of(deployment, &model_info, &profile);
        let wants = call!(self, store, call_plan(config, deployment))??;
        Ok(Wants {
            request: interest(wants.request)?,
            response: interest(wants.response)?,
            errors: interest(wants.errors)?,
        })
    }

    pub async fn begin(
        &mut self,
        store: &mut Store<State>,
        facts: Facts<'_>,
    ) -> Result<(), CallError> {
        let attempt = facts.attempt;
        let profile = attempt.deployment.profile.text(&attempt.target_model);
        let exchange = types::Exchange {
            id: &attempt.id,
            path: &attempt.path,
            client_model: &attempt.client_model,
            target_model: &attempt.target_model,
            streaming: attempt.streaming,
            attempt: attempt.attempt,
            tenant: &attempt.tenant,
            deployment: deployment_of(&attempt.deployment, facts.model_info, &profile),
        };
        Ok(call!(self, store, call_begin(facts.config, exchange))??)
    }

    pub async fn on_request(
        &mut self,
        store: &mut Store<State>,
    ) -> Result<chain::RequestOutcome, CallError> {
        request_outcome(call!(self, store, call_on_request())??)
    }

    pub async fn on_event(
        &mut self,
        store: &mut Store<State>,
        event: chain::EventRef<'_>,
    ) -> Result<chain::Outcome, CallError> {
        outcome(call!(self, store, call_on_event(event_of(event)))??)
    }

    /// `on_event` as a direct call. None if it is due on a fiber.
    pub fn on_event_now(
        &mut self,
        store: &mut Store<State>,
        event: chain::EventRef<'_>,
    ) -> Option<Result<chain::Outcome, CallError>> {
        match &self.hooks {
            Hooks::Direct(calls) if !store.data().gives_way() => {
                let plugin = calls.yallmp_patch_plugin();
                let result = plugin.call_on_event(store, event_of(event));
                Some(
                    result
                        .map_err(CallError::from)
                        .and_then(|said| outcome(said?)),
                )
            }
            _ => None,
        }
    }

    pub async fn on_end(
        &mut self,
        store: &mut Store<State>,
        reason: chain::EndReason,
    ) -> Result<Vec<chain::Item>, CallError> {
        let reason = match reason {
            chain::EndReason::Done => types::EndReason::Done,
            chain::EndReason::EndOfInput => types::EndReason::EndOfInput,
            chain::EndReason::UpstreamError => types::EndReason::UpstreamError,
            chain::EndReason::Cancelled => types::EndReason::Cancelled,
        };
        let items = call!(self, store, call_on_end(reason))??;
        Ok(items.into_iter().map(item).collect())
    }
}

// Out: what the guest is told.

fn deployment_of<'a>(
    deployment: &'a config::Deployment,
    model_info: &'a str,
    profile: &'a str,
) -> types::Deployment<'a> {
    types::Deployment {
        id: &deployment.id,
        model_name: &deployment.model_name,
        target_model: &deployment.target_model,
        provider: &deployment.provider,
        api_base: match &deployment.backend {
            config::Backend::Http { base } => base,
            config::Backend::Demo => "builtin://demo",
        },
        supports_reasoning: deployment.supports_reasoning,
        params: &deployment.params,
        model_info,
        profile,
    }
}

fn event_of(event: chain::EventRef<'_>) -> types::Event<'_> {
    types::Event {
        kind: match event.kind {
            chain::EventKind::Chunk => types::EventKind::Chunk,
            chain::EventKind::Whole => types::EventKind::Whole,
            chain::EventKind::Error => types::EventKind::Error,
        },
        number: event.number,
        name: event.name,
        data: event.data,
    }
}

// In: what the guest said.

impl From<types::PluginError> for CallError {
    fn from(error: types::PluginError) -> Self {
        CallError::refused(&error.code, &error.message)
    }
}

fn interest(interest: types::Interest) -> Result<chain::Interest, CallError> {
    match interest {
        types::Interest::None => Ok(chain::Interest::None),
        types::Interest::All => Ok(chain::Interest::All),
        types::Interest::Renamed => Ok(chain::Interest::Renamed),
        types::Interest::AnyOf(strings) => {
            if strings.is_empty() || strings.len() > 64 {
                return Err(CallError::invalid(format!(
                    "an interest of {} strings; 1 to 64 are allowed",
                    strings.len()
                )));
            }
            if let Some(bad) = strings.iter().find(|s| !(1..=128).contains(&s.len())) {
                return Err(CallError::invalid(format!(
                    "an interest in a string of {} bytes; 1 to 128 are allowed",
                    bad.len()
                )));
            }
            Ok(chain::Interest::AnyOf(strings))
        }
    }
}

fn request_outcome(outcome: types::RequestOutcome) -> Result<chain::RequestOutcome, CallError> {
    Ok(match outcome {
        types::RequestOutcome::Unchanged => chain::RequestOutcome::Unchanged,
        types::RequestOutcome::Edit(edit) => chain::RequestOutcome::Edit(chain::RequestEdit {
            body: match edit.body {
                types::BodyEdit::Keep => chain::BodyEdit::Keep,
                types::BodyEdit::Members(members) => chain::BodyEdit::Members(members),
                types::BodyEdit::Replace(body) => chain::BodyEdit::Replace(body.into()),
            },
            set_headers: edit.set_headers,
            remove_headers: edit.remove_headers,
        }),
        types::RequestOutcome::Answer(answer) => chain::RequestOutcome::Answer {
            status: status(answer.status, 200)?,
            body: answer.body.into(),
        },
        types::RequestOutcome::Reject(rejection) => {
            chain::RequestOutcome::Reject(chain::Rejection {
                status: status(rejection.status, 400)?,
                message: rejection.message,
                kind: rejection.kind,
                param: rejection.param,
                code: rejection.code,
            })
        }
    })
}

fn status(status: u16, least: u16) -> Result<u16, CallError> {
    if (least..=599).contains(&status) {
        Ok(status)
    } else {
        Err(CallError::invalid(format!(
            "status {status}; {least} to 599 are allowed"
        )))
    }
}

fn outcome(outcome: types::Outcome) -> Result<chain::Outcome, CallError> {
    Ok(match outcome {
        types::Outcome::Unchanged => chain::Outcome::Unchanged,
        types::Outcome::Retry(reason) => chain::Outcome::Retry(reason),
        types::Outcome::Emit(emission) => {
            if emission.stand_in.is_some() && emission.keep == 0 {
                return Err(CallError::invalid(
                    "a stand-in for kept events, but none is kept",
                ));
            }
            chain::Outcome::Emit(chain::Emission {
                items: emission.items.into_iter().map(item).collect(),
                keep: emission.keep,
                stand_in: emission.stand_in.map(Into::into),
            })
        }
    })
}

fn item(item: types::Item) -> chain::Item {
    match item {
        types::Item::Held(index) => chain::Item::Held(index),
        types::Item::New(event) => chain::Item::New {
            name: event.name.map(Into::into),
            data: event.data.into(),
        },
    }
}

// Imports.

impl types::Host for State {}

impl request::Host for State {
    fn member(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        let (_, body) = self.attempt().ok_or(IllegalCall)?;
        Ok(body.member(&name).map(str::to_owned))
    }

    fn body(&mut self) -> wasmtime::Result<String> {
        let (_, body) = self.attempt().ok_or(IllegalCall)?;
        Ok(body.text().to_owned())
    }

    fn header(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        let (facts, _) = self.attempt().ok_or(IllegalCall)?;
        Ok(facts.header(&name).map(str::to_owned))
    }
}

impl host::Host for State {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            host::Level::Debug => chain::Level::Debug,
            host::Level::Info => chain::Level::Info,
            host::Level::Warn => chain::Level::Warn,
            host::Level::Error => chain::Level::Error,
        };
        self.log(level, message);
        Ok(())
    }

    fn note(&mut self, name: String, value: String) -> wasmtime::Result<()> {
        self.note(&name, &value);
        Ok(())
    }

    fn listen(&mut self, response: types::Interest) -> wasmtime::Result<()> {
        let interest = interest(response).map_err(|error| InvalidListen(error.to_string()))?;
        self.listen(interest);
        Ok(())
    }
}

impl store::Host for State {
    async fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, store::StoreError> {
        let (engine, space) = self.store()?;
        check_key(&key)?;
        Ok(engine.get(space, &key).await?.map(Into::into))
    }

    async fn renew(
        &mut self,
        key: String,
        ttl_seconds: u32,
    ) -> Result<Option<Vec<u8>>, store::StoreError> {
        let (engine, space) = self.store()?;
        check_key(&key)?;
        let found = engine.renew(space, &key, ttl(ttl_seconds)).await?;
        Ok(found.map(Into::into))
    }

    async fn put(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: u32,
    ) -> Result<(), store::StoreError> {
        let (engine, space) = self.store()?;
        check_key(&key)?;
        check_value(&value)?;
        let ttl = ttl(ttl_seconds);
        Ok(engine.put(space, &key, value.into(), ttl).await?)
    }

    async fn delete(&mut self, key: String) -> Result<(), store::StoreError> {
        let (engine, space) = self.store()?;
        check_key(&key)?;
        Ok(engine.delete(space, &key).await?)
    }
}

impl From<StoreError> for store::StoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooLarge => store::StoreError::TooLarge,
            StoreError::Unavailable => store::StoreError::Unavailable,
        }
    }
}
