//! What the host keeps for one instance: the other side of its imports.

use std::sync::Arc;
use std::time::Duration;

use yallmp_core::body::RequestBody;
use yallmp_core::chain::{AttemptFacts, Fact, Interest, Level, LogLine};
use yallmp_core::config::PluginLimits;

use crate::call::cut;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::store::{Space, Store, StoreError};
use crate::wasi::Wasi;

/// Bytes of one log message that are kept.
const LOG_BYTES: usize = 16 << 10;

/// Log messages of one instance that are kept.
const LOG_LINES: u32 = 1000;

/// Facts of one instance that are kept.
const FACTS: u32 = 32;
const FACT_NAME_BYTES: usize = 64;
const FACT_VALUE_BYTES: usize = 256;

#[derive(Debug, thiserror::Error)]
#[error("it read the request outside of an exchange")]
pub(crate) struct IllegalCall;

#[derive(Debug, thiserror::Error)]
#[error("`listen`: {0}")]
pub(crate) struct InvalidListen(pub String);

/// Shared by all instances of a plugin.
pub(crate) struct Surroundings {
    /// As the configuration calls it.
    pub plugin: Arc<str>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<Clock>,
}

pub(crate) struct State {
    around: Arc<Surroundings>,
    pub limits: Limits,
    pub ticks_left: u32,
    /// Of the call under way, waiting included.
    pub limit: Duration,
    /// None in `describe` and `plan`.
    attempt: Option<(Arc<AttemptFacts>, RequestBody)>,
    listen: Option<Interest>,
    logs: Vec<LogLine>,
    logged: u32,
    facts: Vec<Fact>,
    noted: u32,
    wasi: Option<Box<Wasi>>,
}

impl State {
    pub fn new(
        around: Arc<Surroundings>,
        limits: &PluginLimits,
        attempt: Option<(Arc<AttemptFacts>, RequestBody)>,
        wasi: bool,
    ) -> Self {
        Self {
            wasi: wasi.then(|| Box::new(Wasi::new(around.plugin.clone()))),
            around,
            limits: Limits::new(limits.memory_bytes),
            ticks_left: 0,
            limit: Duration::ZERO,
            attempt,
            listen: None,
            logs: Vec::new(),
            logged: 0,
            facts: Vec::new(),
            noted: 0,
        }
    }

    /// The call under way may go on for all of its time.
    pub fn need_clock(&self) {
        self.around.clock.need(self.limit);
    }

    pub fn attempt(&self) -> Option<&(Arc<AttemptFacts>, RequestBody)> {
        self.attempt.as_ref()
    }

    pub fn log(&mut self, level: Level, message: String) {
        self.logged = self.logged.saturating_add(1);
        if self.logged > LOG_LINES {
            return;
        }
        let message = if message.len() > LOG_BYTES {
            format!("{}…", cut(&message, LOG_BYTES))
        } else {
            message
        };
        let plugin = &*self.around.plugin;
        match level {
            Level::Debug => tracing::debug!(plugin, "{message}"),
            Level::Info => tracing::info!(plugin, "{message}"),
            Level::Warn => tracing::warn!(plugin, "{message}"),
            Level::Error => tracing::error!(plugin, "{message}"),
        }
        self.logs.push(LogLine { level, message });
    }

    pub fn take_logs(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.logs)
    }

    pub fn note(&mut self, name: &str, value: &str) {
        self.noted = self.noted.saturating_add(1);
        // The log would take a leading `-` or `.` for another kind of line.
        let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if self.noted > FACTS || name.is_empty() {
            return;
        }
        let plain = |c: char| match c {
            c if c.is_ascii_alphanumeric() => c,
            '-' | '_' | '.' => c,
            _ => '-',
        };
        self.facts.push(Fact {
            name: cut(name, FACT_NAME_BYTES).chars().map(plain).collect(),
            value: cut(value, FACT_VALUE_BYTES).to_owned(),
        });
    }

    pub fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.facts)
    }

    pub fn listen(&mut self, interest: Interest) {
        self.listen = Some(interest);
    }

    pub fn take_listen(&mut self) -> Option<Interest> {
        self.listen.take()
    }

    /// The engine of the store, and the part of it that this instance may see.
    pub fn store(&self) -> Result<(&dyn Store, Space<'_>), StoreError> {
        let (facts, _) = self.attempt().ok_or(StoreError::Unavailable)?;
        let space = Space {
            plugin: &self.around.plugin,
            tenant: &facts.tenant,
        };
        Ok((&*self.around.store, space))
    }

    pub fn wasi(&mut self) -> &mut Wasi {
        self.wasi
            .as_mut()
            .expect("WASI is linked only into components that got a context")
    }
}
