//! Traces and metrics for an OpenTelemetry collector, by OTLP over HTTP. Names follow the
//! semantic conventions for generative AI; no text of a conversation goes out.
//!
//! [`Otlp`] hears of every exchange that is over and puts its spans into a bounded queue; one
//! thread sends them. What goes wrong there is counted and said once, and reaches no exchange.

mod encode;
mod export;
mod gen_ai;
mod span;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use yallmp_core::account::{Ended, Observer};
use yallmp_core::config;

use crate::metrics::Sums;
use export::Exporter;

/// Exchanges whose spans may wait.
const MAX_WAITING: usize = 2048;

/// Makes spans of exchanges.
pub struct Otlp {
    spans: mpsc::Sender<Vec<Span>>,
    traces: bool,
    counts: Arc<Counts>,
    gen_ai: Arc<Mutex<Sums>>,
    stop: CancellationToken,
    /// Hears nothing more when the thread is over.
    over: Mutex<Option<std_mpsc::Receiver<()>>>,
    waiting: Mutex<Option<mpsc::Receiver<Vec<Span>>>>,
}

/// What became of spans and points.
#[derive(Debug, Default)]
pub struct Counts {
    pub traces: Signal,
    pub metrics: Signal,
}

#[derive(Debug, Default)]
pub struct Signal {
    pub sent: AtomicU64,
    /// The collector did not take them.
    pub failed: AtomicU64,
    /// The queue was full.
    pub dropped: AtomicU64,
}

impl Counts {
    /// Signal, what became of it, and how many.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let signals = [("traces", &self.traces), ("metrics", &self.metrics)];
        signals.into_iter().flat_map(|(name, signal)| {
            [
                (name, "sent", signal.sent.load(Relaxed)),
                (name, "failed", signal.failed.load(Relaxed)),
                (name, "dropped", signal.dropped.load(Relaxed)),
            ]
        })
    }
}

impl Otlp {
    pub fn new(settings: &config::Otlp) -> Self {
        let (spans, waiting) = mpsc::channel(MAX_WAITING);
        Self {
            spans,
            traces: settings.traces.is_some(),
            counts: Arc::default(),
            gen_ai: Arc::new(Mutex::new(gen_ai::sums())),
            stop: CancellationToken::new(),
            over: Mutex::new(None),
            waiting: Mutex::new(Some(waiting)),
        }
    }

    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Begin to send. `snapshot`: the proxy's own metrics as they are now. Only once.
    pub fn start(
        &self,
        settings: &config::Otlp,
        snapshot: impl Fn() -> Sums + Send + 'static,
    ) -> anyhow::Result<()> {
        let waiting = self
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(waiting) = waiting else {
            return Ok(());
        };
        let exporter = Exporter::new(settings, self.counts.clone())?;
        let sums = self.gen_ai.clone();
        let metrics = move || {
            let gen_ai = sums.lock().unwrap_or_else(PoisonError::into_inner).clone();
            (snapshot(), gen_ai)
        };
        let (done, over) = std_mpsc::channel();
        let stop = self.stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("otlp".into())
            .spawn(move || {
                runtime.block_on(exporter.run(waiting, metrics, stop));
                drop(done);
            })?;
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = Some(over);
        Ok(())
    }

    /// Send what waits and the last metrics, and end; false if that takes longer. Blocks the
    /// thread.
    pub fn close(&self, limit: Duration) -> bool {
        self.stop.cancel();
        let over = self
            .over
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(over) = over else { return true };
        over.recv_timeout(limit) == Err(std_mpsc::RecvTimeoutError::Disconnected)
    }
}

impl Observer for Otlp {
    fn began(&self) {}

    fn ended(&self, exchange: &Ended<'_>) {
        gen_ai::record(
            &mut self.gen_ai.lock().unwrap_or_else(PoisonError::into_inner),
            exchange,
        );
        if !self.traces {
            return;
        }
        let spans = span::spans(exchange);
        let count = spans.len() as u64;
        if count > 0 && self.spans.try_send(spans).is_err() {
            self.counts.traces.dropped.fetch_add(count, Relaxed);
        }
    }
}

/// Nanoseconds since 1970.
fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}
