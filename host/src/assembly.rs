//! What a gateway is made of: plugins, a way to the backends, a log. Made once at start and
//! put together anew when models change.

use std::collections::HashMap;
use std::sync::Arc;

use yallmp_core::account::{Nobody, Observer};
use yallmp_core::chain::Chain;
use yallmp_core::config::{Config, Deployment};
use yallmp_core::exchange::Gateway;
use yallmp_core::route::{Health, Router};
use yallmp_core::tape::Sink;
use yallmp_core::upstream::Upstream;
use yallmp_wasm::{Host, LoadError, Settings};

use crate::shipped::SHIPPED;

/// The chain of each deployment, by deployment id.
pub type Chains = HashMap<String, Arc<Chain>>;

pub struct Assembly {
    plugins: Host,
    upstream: Arc<dyn Upstream>,
    sink: Arc<dyn Sink>,
    observer: Arc<dyn Observer>,
    /// Stays when a gateway is replaced.
    health: Arc<Health>,
}

impl Assembly {
    /// `sink` hears of every exchange.
    pub fn new(plugins: Host, upstream: Arc<dyn Upstream>, sink: Arc<dyn Sink>) -> Self {
        Self {
            plugins,
            upstream,
            sink,
            observer: Arc::new(Nobody),
            health: Arc::default(),
        }
    }

    /// `observer` is told what every exchange came to.
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// The chain of one deployment, its plugins compiled and configured.
    pub async fn chain(&self, deployment: &Deployment) -> Result<Arc<Chain>, LoadError> {
        let mut plugins = Vec::with_capacity(deployment.plugins.len());
        for usage in &deployment.plugins {
            plugins.push(self.plugins.load(usage, deployment).await?);
        }
        Ok(Arc::new(Chain::new(plugins)))
    }

    pub fn gateway(&self, config: Config, chains: Chains) -> Gateway {
        Gateway {
            router: Router::new(&config, self.health.clone()),
            config: Arc::new(config),
            chains,
            upstream: self.upstream.clone(),
            sink: self.sink.clone(),
            observer: self.observer.clone(),
        }
    }
}

/// Knows the shipped plugins and loads those of files.
pub fn plugin_host(settings: Settings) -> anyhow::Result<Host> {
    let settings = Settings {
        shipped: SHIPPED,
        ..settings
    };
    Host::new(settings).map_err(|reason| anyhow::anyhow!("plugins cannot run here: {reason}"))
}

#[cfg(test)]
#[path = "assembly_tests.rs"]
mod tests;
