//! One plugin in one attempt. Its instance is made by its first call and gone after its
//! last; what it remembers lives in its own memory in between.

use std::pin::pin;
use std::sync::Arc;

use async_trait::async_trait;
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{
    AttemptFacts, EndReason, EventRef, Fact, Interest, Item, LogLine, Outcome, Plugin,
    RequestOutcome, Stage, StageError, StageErrorKind,
};
use yallmp_core::config::{OnError, PluginLimits};

use crate::abi::{Guest, Wants};
use crate::call::{CallError, Facts, bounded, refill};
use crate::loaded::Loaded;
use crate::state::{State, Surroundings};

/// A component at its place in the chain of one deployment.
pub(crate) struct WasmPlugin {
    pub loaded: Arc<Loaded>,
    pub around: Arc<Surroundings>,
    /// JSON text.
    pub config: String,
    /// The deployment's `model_info` as JSON text.
    pub model_info: String,
    pub wants: Wants,
    pub on_error: OnError,
    pub limits: PluginLimits,
}

/// Handed to the chain.
pub(crate) struct Handle(pub Arc<WasmPlugin>);

impl Plugin for Handle {
    fn name(&self) -> &str {
        &self.0.around.plugin
    }

    fn on_error(&self) -> OnError {
        self.0.on_error
    }

    fn request(&self) -> &Interest {
        &self.0.wants.request
    }

    fn response(&self) -> &Interest {
        &self.0.wants.response
    }

    fn errors(&self) -> &Interest {
        &self.0.wants.errors
    }

    fn max_held_bytes(&self) -> usize {
        self.0.limits.held_bytes
    }

    fn start(&self, attempt: Arc<AttemptFacts>, request: RequestBody) -> Box<dyn Stage> {
        Box::new(WasmStage {
            plugin: self.0.clone(),
            life: Life::Unborn(attempt, request),
            listens: self.0.wants.response != Interest::None
                || self.0.wants.errors != Interest::None,
            listen: None,
            logs: Vec::new(),
            facts: Vec::new(),
        })
    }
}

struct WasmStage {
    plugin: Arc<WasmPlugin>,
    life: Life,
    /// Whether events can still come to it.
    listens: bool,
    listen: Option<Interest>,
    logs: Vec<LogLine>,
    facts: Vec<Fact>,
}

enum Life {
    Unborn(Arc<AttemptFacts>, RequestBody),
    Live(Box<Instance>),
    Gone,
}

struct Instance {
    store: wasmtime::Store<State>,
    guest: Guest,
}

impl WasmStage {
    /// The instance, made now if this is the first call, with a full budget.
    async fn instance(&mut self) -> Result<Box<Instance>, StageError> {
        let mut instance = match std::mem::replace(&mut self.life, Life::Gone) {
            Life::Live(instance) => instance,
            Life::Unborn(attempt, request) => self.begin(attempt, request).await?,
            Life::Gone => {
                return Err(StageError {
                    kind: StageErrorKind::Start,
                    message: "its instance is gone".into(),
                });
            }
        };
        refill(&mut instance.store, self.plugin.limits.call);
        Ok(instance)
    }

    async fn begin(
        &mut self,
        attempt: Arc<AttemptFacts>,
        request: RequestBody,
    ) -> Result<Box<Instance>, StageError> {
        let plugin = self.plugin.clone();
        let linked = &plugin.loaded.linked;
        let state = || {
            State::new(
                plugin.around.clone(),
                &plugin.limits,
                Some((attempt.clone(), request.clone())),
                linked.shape,
            )
        };
        let (mut store, mut guest) =
            linked
                .instantiate(state, &plugin.limits)
                .await
                .map_err(|error| StageError {
                    kind: StageErrorKind::Start,
                    message: format!("{error:#}"),
                })?;
        let facts = Facts {
            config: &plugin.config,
            attempt: &attempt,
            model_info: &plugin.model_info,
        };
        let begun = bounded(plugin.limits.call, pin!(guest.begin(&mut store, facts))).await;
        self.heard(&mut store);
        begun?;
        Ok(Box::new(Instance { store, guest }))
    }

    /// After a call. An instance that failed is dropped here.
    fn settle<T>(
        &mut self,
        mut instance: Box<Instance>,
        result: Result<T, CallError>,
    ) -> Result<T, StageError> {
        self.heard(&mut instance.store);
        let value = result?;
        self.life = Life::Live(instance);
        Ok(value)
    }

    /// What the guest told the host during a call.
    fn heard(&mut self, store: &mut wasmtime::Store<State>) {
        let state = store.data_mut();
        self.logs.append(&mut state.take_logs());
        self.facts.append(&mut state.take_facts());
        if let Some(interest) = state.take_listen() {
            self.listens = interest != Interest::None || self.plugin.wants.errors != Interest::None;
            self.listen = Some(interest);
        }
    }
}

#[async_trait]
impl Stage for WasmStage {
    async fn on_request(&mut self) -> Result<RequestOutcome, StageError> {
        let mut live = self.instance().await?;
        let result = bounded(
            self.plugin.limits.call,
            pin!(live.guest.on_request(&mut live.store)),
        )
        .await;
        let outcome = self.settle(live, result)?;
        if !self.listens {
            self.life = Life::Gone;
        }
        Ok(outcome)
    }

    async fn on_event(&mut self, event: EventRef<'_>) -> Result<Outcome, StageError> {
        let mut live = self.instance().await?;
        let result = bounded(
            self.plugin.limits.call,
            pin!(live.guest.on_event(&mut live.store, event)),
        )
        .await;
        self.settle(live, result)
    }

    fn on_event_now(&mut self, event: EventRef<'_>) -> Option<Result<Outcome, StageError>> {
        let Life::Live(live) = &mut self.life else {
            return None;
        };
        refill(&mut live.store, self.plugin.limits.call);
        let result = live.guest.on_event_now(&mut live.store, event)?;
        match std::mem::replace(&mut self.life, Life::Gone) {
            Life::Live(live) => Some(self.settle(live, result)),
            _ => None,
        }
    }

    async fn on_end(&mut self, reason: EndReason) -> Result<Vec<Item>, StageError> {
        if !matches!(self.life, Life::Live(_)) {
            return Ok(Vec::new());
        }
        let mut live = self.instance().await?;
        let result = bounded(
            self.plugin.limits.call,
            pin!(live.guest.on_end(&mut live.store, reason)),
        )
        .await;
        let items = self.settle(live, result)?;
        self.life = Life::Gone;
        Ok(items)
    }

    fn take_listen(&mut self) -> Option<Interest> {
        self.listen.take()
    }

    fn take_logs(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.logs)
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }
}
