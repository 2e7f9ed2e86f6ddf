//! An engine that can be slow or away, made harmless: each call has a short time, and after
//! a failure the engine is left alone for a while.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::{Instant, timeout};

use super::{Space, Store, StoreError};

/// Of one call. An exchange waits for it, so it is short.
const LIMIT: Duration = Duration::from_millis(50);

/// How long the engine is left alone after a failure. It doubles with each further one.
const PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Of a wipe, which somebody asked for and waits for.
const WIPE_LIMIT: Duration = Duration::from_secs(30);

pub(super) struct Guarded<S> {
    store: S,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// No call goes through before then.
    closed_until: Option<Instant>,
    /// 0 while all is well.
    pause: Duration,
}

impl<S: Store> Guarded<S> {
    pub fn new(store: S) -> Self {
        Self {
            store,
            state: Mutex::default(),
        }
    }

    async fn call<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if !self.lets_through() {
            return Err(StoreError::Unavailable);
        }
        let result = timeout(LIMIT, work).await;
        let result = result.unwrap_or(Err(StoreError::Unavailable));
        match result {
            Err(StoreError::Unavailable) => self.failed(),
            _ => self.worked(),
        }
        result
    }

    /// When the pause is over one call goes through, and the others when that one worked.
    fn lets_through(&self) -> bool {
        let mut state = self.state();
        let now = Instant::now();
        match state.closed_until {
            None => true,
            Some(until) if until > now => false,
            Some(_) => {
                state.closed_until = Some(now + LIMIT);
                true
            }
        }
    }

    fn failed(&self) {
        let mut state = self.state();
        if state.pause.is_zero() {
            tracing::warn!(
                "the plugin store did not answer within {LIMIT:?}; plugins do without until it does"
            );
        }
        state.pause = (state.pause * 2).clamp(PAUSE, MAX_PAUSE);
        state.closed_until = Some(Instant::now() + state.pause);
    }

    fn worked(&self) {
        let mut state = self.state();
        if !state.pause.is_zero() {
            tracing::info!("the plugin store answers again");
            *state = State::default();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<S: Store> Store for Guarded<S> {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.call(self.store.get(space, key)).await
    }

    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        ttl: Duration,
    ) -> Result<Option<Bytes>, StoreError> {
        self.call(self.store.renew(space, key, ttl)).await
    }

    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        self.call(self.store.put(space, key, value, ttl)).await
    }

    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError> {
        self.call(self.store.delete(space, key)).await
    }

    /// Tried also while the engine is left alone.
    async fn clear(&self, plugin: &str) -> Result<u64, StoreError> {
        let wiped = timeout(WIPE_LIMIT, self.store.clear(plugin)).await;
        wiped.unwrap_or(Err(StoreError::Unavailable))
    }
}
