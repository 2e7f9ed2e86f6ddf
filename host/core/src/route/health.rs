//! What is remembered of a deployment between requests: failures in a row, its cool-down,
//! and how much of its minute it has used.
//!
//! A deployment that failed more than `allowed_fails` times in a row cools down. While it
//! does, asking it is refused without a network call. When the time is over, one request
//! may try it (the probe); the others are still refused until the probe was good.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::cooldown::{Cooldown, History};
use crate::config::{Backend, Deployment, RouterSettings};

/// The longest cool-down that a backend's `Retry-After` can ask for.
const MAX_COOLDOWN: Duration = Duration::from_secs(3600);
/// What a client is told while somebody else's probe is under way.
const PROBE_WAIT: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The health of all deployments. Outlives a change of the configuration.
#[derive(Debug, Default)]
pub struct Health {
    states: Mutex<HashMap<u64, Arc<State>>>,
    keys: RandomState,
}

impl Health {
    /// A deployment that was changed (another URL, key or model) starts afresh.
    pub(super) fn state(&self, deployment: &Deployment) -> Arc<State> {
        let base = match &deployment.backend {
            Backend::Http { base } => base.as_str(),
            Backend::Demo => "",
        };
        let key = self.keys.hash_one((
            &deployment.id,
            &deployment.target_model,
            base,
            deployment.api_key.as_ref().map(|key| key.expose_secret()),
        ));
        lock(&self.states).entry(key).or_default().clone()
    }

    /// Forget what no router refers to.
    pub(super) fn prune(&self) {
        lock(&self.states).retain(|_, state| Arc::strong_count(state) > 1);
    }
}

#[derive(Debug, Default)]
pub(super) struct State(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    fails: u32,
    cooling_until: Option<Instant>,
    cooldowns: History,
    /// Number of the probe under way.
    probe: Option<u64>,
    probes: u64,
    requests: Window,
    tokens: Window,
}

/// May the deployment be asked?
#[derive(Debug)]
pub(super) enum Admission {
    Yes,
    /// Yes, as the one probe; it ends when this is dropped.
    Probe(Probe),
    Cooling(Duration),
    /// Over `rpm` or `tpm`; the time until there is room.
    Full(Duration),
}

/// The right to ask a deployment whose cool-down is over.
#[derive(Debug)]
pub(super) struct Probe {
    state: Arc<State>,
    number: u64,
}

impl Probe {
    pub fn is_of(&self, state: &Arc<State>) -> bool {
        Arc::ptr_eq(&self.state, state) && lock(&state.0).probe == Some(self.number)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let mut inner = lock(&self.state.0);
        if inner.probe == Some(self.number) {
            inner.probe = None;
        }
    }
}

impl State {
    /// Ask for one try. One that is granted counts against `rpm`.
    pub fn admit(self: &Arc<Self>, deployment: &Deployment, now: Instant) -> Admission {
        let mut inner = lock(&self.0);
        if let Some(wait) = inner.cooling(now) {
            return Admission::Cooling(wait);
        }
        let full = [
            inner.requests.full(deployment.rpm, now),
            inner.tokens.full(deployment.tpm, now),
        ];
        if let Some(wait) = full.into_iter().flatten().max() {
            return Admission::Full(wait);
        }
        inner.requests.add(1, now);
        if inner.cooling_until.is_none() {
            return Admission::Yes;
        }
        inner.probes += 1;
        inner.probe = Some(inner.probes);
        Admission::Probe(Probe {
            state: self.clone(),
            number: inner.probes,
        })
    }

    /// How long it will still refuse, without asking for a try.
    pub fn cooling(&self, now: Instant) -> Option<Duration> {
        lock(&self.0).cooling(now)
    }

    /// When it cooled down, the oldest first.
    pub fn cooldowns(&self) -> Vec<Cooldown> {
        lock(&self.0).cooldowns.all()
    }

    /// Another try of the request that holds the probe.
    pub fn count_try(&self, now: Instant) {
        lock(&self.0).requests.add(1, now);
    }

    pub fn succeeded(&self, now: Instant) {
        let mut inner = lock(&self.0);
        inner.fails = 0;
        if inner.cooling_until.take().is_some() {
            inner.cooldowns.end(now);
        }
        inner.probe = None;
    }

    /// `retry_after`: what the backend asked for.
    pub fn failed(&self, rules: &RouterSettings, retry_after: Option<Duration>, now: Instant) {
        let mut inner = lock(&self.0);
        inner.fails = inner.fails.saturating_add(1);
        let half_open = match inner.cooling_until {
            // A straggler: what clients were told stays true.
            Some(until) if now < until => return,
            Some(_) => true,
            None => false,
        };
        if (half_open || inner.fails > rules.allowed_fails) && !rules.cooldown.is_zero() {
            let wait = retry_after.unwrap_or_default().min(MAX_COOLDOWN);
            let until = now + rules.cooldown.max(wait);
            inner.cooling_until = Some(until);
            inner.cooldowns.begin(now, until);
            inner.probe = None;
        }
    }

    pub fn used(&self, tokens: u64, now: Instant) {
        lock(&self.0).tokens.add(tokens, now);
    }
}

impl Inner {
    fn cooling(&self, now: Instant) -> Option<Duration> {
        let until = self.cooling_until?;
        let left = until.saturating_duration_since(now);
        match self.probe {
            _ if !left.is_zero() => Some(left),
            Some(_) => Some(PROBE_WAIT),
            None => None,
        }
    }
}

/// A sliding minute, approximated: the count of the last whole minute fades out while the
/// current one fills up. Two numbers instead of a list of times.
#[derive(Debug, Default)]
struct Window {
    start: Option<Instant>,
    last: u64,
    current: u64,
}

impl Window {
    fn turn(&mut self, now: Instant) -> Duration {
        let start = *self.start.get_or_insert(now);
        let age = now.saturating_duration_since(start);
        if age < MINUTE {
            return age;
        }
        self.last = if age < 2 * MINUTE { self.current } else { 0 };
        self.current = 0;
        let into = Duration::from_nanos((age.as_nanos() % MINUTE.as_nanos()) as u64);
        self.start = Some(now - into);
        into
    }

    fn add(&mut self, count: u64, now: Instant) {
        self.turn(now);
        self.current = self.current.saturating_add(count);
    }

    /// The time until there is room for one more, if there is none now.
    fn full(&mut self, limit: Option<u32>, now: Instant) -> Option<Duration> {
        let limit = f64::from(limit?);
        if limit == 0.0 {
            return Some(MINUTE);
        }
        let into = self.turn(now);
        let left = 1.0 - into.as_secs_f64() / MINUTE.as_secs_f64();
        let (last, current) = (self.last as f64, self.current as f64);
        if current + last * left < limit {
            return None;
        }
        // Inside this minute only `last` fades; in the next one `current` does.
        let wait = if current < limit {
            left - (limit - current) / last
        } else {
            left + 1.0 - limit / current
        };
        Some(
            MINUTE
                .mul_f64(wait.clamp(0.0, 2.0))
                .max(Duration::from_millis(1)),
        )
    }
}

/// A panic elsewhere must not take routing down; the numbers are valid at any point.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
