//! The router: one configuration and the health of its deployments.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::balance::Rng;
use super::health::Health;
use super::plan::Plan;
use super::table::Table;
use super::{Cooldown, Failure, classify};
use crate::config::{Config, Deployment, RouterSettings};
use crate::error::ProxyError;

/// Cheap to clone. Built anew for each configuration; the health stays.
#[derive(Clone)]
pub struct Router(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub table: Table,
    pub settings: RouterSettings,
    /// Deployments are asked in the order of the file, whatever their weights.
    pub in_order: bool,
    seed: u64,
    plans: AtomicU64,
}

impl Router {
    pub fn new(config: &Config, health: Arc<Health>) -> Self {
        Self::seeded(config, &health, Rng::fresh().next())
    }

    /// One that leaves nothing to chance: the deployments of a model are asked in the order
    /// in which they are configured.
    pub fn in_order(config: &Config) -> Self {
        Self::made(config, &Health::default(), 0, true)
    }

    pub(super) fn seeded(config: &Config, health: &Health, seed: u64) -> Self {
        Self::made(config, health, seed, false)
    }

    fn made(config: &Config, health: &Health, seed: u64, in_order: bool) -> Self {
        let table = Table::new(config, health);
        health.prune();
        Self(Arc::new(Inner {
            table,
            settings: config.router.clone(),
            in_order,
            seed,
            plans: AtomicU64::new(0),
        }))
    }

    /// The tries for a request that names `model`.
    ///
    /// # Errors
    /// 404 `model_not_found`; 503 `model_disabled` with the reasons when neither the model
    /// nor its fallbacks have a deployment that can be used.
    pub fn plan(&self, model: &str, now: Instant) -> Result<Plan, ProxyError> {
        let number = self.0.plans.fetch_add(1, Relaxed);
        // Hashing the counter makes neighbours unlike each other.
        let rng = Rng::seeded(Rng::seeded(self.0.seed.wrapping_add(number)).next());
        Plan::new(self.0.clone(), model, rng, now)
    }

    /// The `model_name` under which a model is configured: a name or a pattern.
    pub fn configured(&self, model: &str) -> Option<Arc<str>> {
        Some(self.0.table.find(model)?.group.name.clone())
    }

    /// All deployments, by model, and for how long each of them refuses.
    pub fn cooling(&self, now: Instant) -> Vec<(Arc<Deployment>, Option<Duration>)> {
        self.0.table.cooling(now)
    }

    /// All deployments, by model, and when each of them cooled down, the oldest first: since
    /// the start, or since it was changed, and not more than a few hundred.
    pub fn cooldowns(&self) -> Vec<(Arc<Deployment>, Vec<Cooldown>)> {
        self.0.table.cooldowns()
    }

    /// How a try ended. Once per try, as soon as it is known, and before [`Plan::next`] is
    /// asked what follows; success is known at the end of the answer, not at its commit.
    pub fn report(&self, deployment: &Deployment, result: Result<(), &Failure>, now: Instant) {
        let Some(state) = self.0.table.state(deployment) else {
            return;
        };
        let verdict = match result {
            Ok(()) => return state.succeeded(now),
            Err(failure) => classify(failure, SystemTime::now()),
        };
        if verdict.class.is_unhealthy() {
            state.failed(&self.0.settings, verdict.retry_after, now);
        } else if verdict.class.is_alive() {
            state.succeeded(now);
        }
    }

    /// Tokens that an answer cost, for `tpm`.
    pub fn used(&self, deployment: &Deployment, tokens: u64, now: Instant) {
        if let Some(state) = self.0.table.state(deployment) {
            state.used(tokens, now);
        }
    }
}
