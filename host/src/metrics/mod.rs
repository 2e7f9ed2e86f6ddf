//! What the proxy counts. [`Metrics`] hears of every exchange that is over, whatever the
//! request log does, and keeps sums by label; `text` writes them down for Prometheus.
//!
//! An exchange gathers its own numbers ([`yallmp_core::account`]) and takes the one lock here
//! once, at its end.

mod family;
mod text;
mod totals;

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use yallmp_core::account::{Ended, Observer};
use yallmp_core::exchange::Gateway;
use yallmp_log::record::Recorder;

pub use text::{CONTENT_TYPE, encode};

use family::{FAMILIES, Family, Metric};
use totals::{Series, Totals, Value};

/// Sums over all exchanges.
pub struct Metrics {
    totals: Mutex<Totals>,
    in_flight: AtomicI64,
    /// None where nothing is logged.
    log: Option<Arc<Recorder>>,
}

impl Metrics {
    pub fn new(log: Option<Arc<Recorder>>) -> Self {
        let mut totals = Totals::default();
        let version = [env!("CARGO_PKG_VERSION")];
        totals.set(Metric::Build, &version, Value::Count(1));
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        let started = started.unwrap_or_default().as_secs_f64();
        totals.set(Metric::Started, &[], Value::Number(started));
        Self {
            totals: Mutex::new(totals),
            in_flight: AtomicI64::new(0),
            log,
        }
    }

    /// All series as they are now.
    pub fn snapshot(&self, gateway: &Gateway) -> Snapshot {
        let mut totals = self.lock();
        let in_flight = self.in_flight.load(Relaxed).max(0) as u64;
        totals.set(Metric::InFlight, &[], Value::Count(in_flight));
        // A deployment that is gone has no state any more.
        totals.clear(Metric::Cooling);
        for (deployment, cooling) in gateway.router.cooling(Instant::now()) {
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
        Snapshot(totals.series().to_vec())
    }

    fn lock(&self) -> MutexGuard<'_, Totals> {
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
        self.lock().record(exchange);
    }
}

/// The series of each of [`FAMILIES`].
#[derive(Debug, Clone)]
pub struct Snapshot(Vec<Series>);

impl Snapshot {
    /// Families that have a series.
    pub fn families(&self) -> impl Iterator<Item = (&'static Family, &Series)> {
        let all = FAMILIES.iter().zip(&self.0);
        all.filter(|(_, series)| !series.is_empty())
    }
}

#[cfg(test)]
mod tests;
