//! What the host keeps for one instance: the other side of its imports.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use yallmp_core::body::RequestBody;
use yallmp_core::chain::{AttemptFacts, Fact, Interest, Level, LogLine};
use yallmp_core::config::PluginLimits;

use crate::abi::Shape;
use crate::call::cut;
use crate::clock::{Clock, ticks};
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

/// How long a plugin gives way in all calls after one of them took long.
const WARY: Duration = Duration::from_secs(60);

/// Shared by all instances of a plugin.
pub(crate) struct Surroundings {
    /// As the configuration calls it.
    pub plugin: Arc<str>,
    pub store: Arc<dyn Store>,
    pub clock: Arc<Clock>,
    /// Calls that have nothing to wait for may be direct.
    pub direct: bool,
    /// The tick until which they must not, since one took long.
    pub slow: AtomicU64,
}

impl Surroundings {
    fn note_slow(&self) {
        let until = self.clock.now() + u64::from(ticks(WARY));
        self.slow.store(until, Ordering::Relaxed);
    }

    fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed) > self.clock.now()
    }
}

/// What a call does when the clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tick {
    GoOn,
    /// Others get their turn first.
    GiveWay,
    /// Its time is over.
    Stop,
}

pub(crate) struct State {
    around: Arc<Surroundings>,
    pub limits: Limits,
    /// It runs on a fiber, on which it can wait and be left for a while. Once it does, it does so to
    /// its end.
    gives_way: bool,
    ticks_left: u32,
    /// A tick came during the call under way.
    is_late: bool,
    /// Of the call under way, waiting included.
    limit: Duration,
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
        shape: Shape,
    ) -> Self {
        Self {
            gives_way: !around.direct || shape.wasi || shape.store || attempt.is_none(),
            wasi: shape
                .wasi
                .then(|| Box::new(Wasi::new(around.plugin.clone()))),
            around,
            limits: Limits::new(limits.memory_bytes),
            ticks_left: 0,
            is_late: false,
            limit: Duration::ZERO,
            attempt,
            listen: None,
            logs: Vec::new(),
            logged: 0,
            facts: Vec::new(),
            noted: 0,
        }
    }

    /// Whether calls are made on a fiber.
    pub fn gives_way(&self) -> bool {
        self.gives_way
    }

    /// A call begins, with a budget of its own: what an earlier one used is forgotten. `limit`: of
    /// the guest's own time; `patience`: waiting included.
    pub fn begin_call(&mut self, limit: Duration, patience: Duration) {
        self.gives_way |= self.around.is_slow();
        self.limit = patience;
        // The first tick may come at once: the last one that is left is given on top.
        self.ticks_left = ticks(limit);
        self.is_late = false;
        self.around.clock.need(self.limit);
    }

    /// The clock ticked during a call.
    pub fn tick(&mut self) -> Tick {
        // The first one may have come at once.
        if std::mem::replace(&mut self.is_late, true) {
            self.around.note_slow();
        }
        let Some(left) = self.ticks_left.checked_sub(1) else {
            return Tick::Stop;
        };
        self.ticks_left = left;
        self.around.clock.need(self.limit);
        match self.gives_way {
            true => Tick::GiveWay,
            false => Tick::GoOn,
        }
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
