//! What the proxy counts. [`Metrics`] hears of every exchange that is over, whatever the
//! request log does, and keeps sums by label; `text` writes them down for Prometheus,
//! [`crate::otlp`] sends them to a collector.
//!
//! An exchange gathers its own numbers ([`yallmp_core::account`]) and takes the one lock here
//! once, at its end.

mod family;
mod record;
mod sums;
mod text;

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use yallmp_core::account::{Ended, Observer};
use yallmp_core::dialect::Tokens;
use yallmp_core::route::Router;
use yallmp_log::record::Recorder;

pub use family::{Family, Kind, Unit};
pub use sums::{Labels, Sums, Value};
pub use text::{CONTENT_TYPE, encode};

use family::{FAMILIES, Metric};

use crate::otlp;

/// Sums over all exchanges.
pub struct Metrics {
    totals: Mutex<Sums>,
    in_flight: AtomicI64,
    /// None where nothing is logged.
    log: Option<Arc<Recorder>>,
    /// None where nothing is sent to a collector.
    otlp: Option<Arc<otlp::Counts>>,
}

impl Metrics {
    pub fn new(log: Option<Arc<Recorder>>, otlp: Option<Arc<otlp::Counts>>) -> Self {
        let mut totals = Sums::new(&FAMILIES);
        let version = [env!("CARGO_PKG_VERSION")];
        totals.set(Metric::Build, &version, Value::Count(1));
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        let started = started.unwrap_or_default().as_secs_f64();
        totals.set(Metric::Started, &[], Value::Number(started));
        Self {
            totals: Mutex::new(totals),
            in_flight: AtomicI64::new(0),
            log,
            otlp,
        }
    }

    /// All series as they are now.
    pub fn snapshot(&self, router: &Router) -> Sums {
        let mut totals = self.lock();
        let in_flight = self.in_flight.load(Relaxed).max(0) as u64;
        totals.set(Metric::InFlight, &[], Value::Count(in_flight));
        // A deployment that is gone has no state any more.
        totals.clear(Metric::Cooling);
        for (deployment, cooling) in router.cooling(Instant::now()) {
            let labels = [deployment.model_name.as_str(), deployment.id.as_str()];
            let cooling = Value::Count(u64::from(cooling.is_some()));
            totals.set(Metric::Cooling, &labels, cooling);
        }
        if let Some(log) = self.log.as_ref().map(|log| log.counts()) {
            for (what, count) in [
                ("written", log.logs),
                ("lost", log.logs_lost),
                ("deleted", log.logs_deleted),
            ] {
                totals.set(Metric::LogFiles, &[what], Value::Count(count));
            }
            for (why, count) in [
                ("queue_full", log.notes_dropped),
                ("not_written", log.notes_unwritten),
            ] {
                totals.set(Metric::LogNotesLost, &[why], Value::Count(count));
            }
        }
        for (signal, what, count) in self.otlp.iter().flat_map(|counts| counts.all()) {
            totals.set(Metric::Otlp, &[signal, what], Value::Count(count));
        }
        totals.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        // Sums are valid at any point.
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Metrics {
    fn began(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    fn ended(&self, exchange: &Ended<'_>) {
        self.in_flight.fetch_sub(1, Relaxed);
        let usage = exchange.end.usage.as_deref();
        let tokens = usage.map(Tokens::of).unwrap_or_default();
        record::record(&mut self.lock(), exchange, tokens);
    }
}

#[cfg(test)]
mod tests;
