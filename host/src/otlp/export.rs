//! The thread that sends: gathers spans to batches, asks for metrics, speaks to the collector.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use secrecy::ExposeSecret as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use yallmp_core::config;
use yallmp_core::tape::mask;

use super::encode::{self, attribute};
use super::{Counts, Signal, nanos};
use crate::metrics::Sums;

/// Spans of one export.
const BATCH: usize = 512;
/// Times that one export is tried.
const TRIES: u32 = 3;
/// Before the second try; doubles.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest wait that a collector can ask for.
const MAX_PAUSE: Duration = Duration::from_secs(10);

pub struct Exporter {
    client: reqwest::Client,
    settings: config::Otlp,
    resource: Resource,
    counts: Arc<Counts>,
    started: u64,
    stop: CancellationToken,
    /// The last export was taken.
    well: bool,
}

/// Why an export was not taken.
enum Refusal {
    /// Another try may help, after as long as the collector asks for.
    ForNow(String, Option<Duration>),
    ForGood(String),
}

impl Exporter {
    pub fn new(settings: &config::Otlp, counts: Arc<Counts>) -> anyhow::Result<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let place =
                || anyhow::anyhow!("`general_settings.otlp.headers`: `{name}` is no header");
            let header = HeaderName::try_from(name.as_str()).map_err(|_| place())?;
            let mut value = HeaderValue::try_from(value.expose_secret()).map_err(|_| place())?;
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        headers.insert(header::CONTENT_TYPE, protobuf);
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("yallmp/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .build()?;
        Ok(Self {
            client,
            resource: resource(settings),
            settings: settings.clone(),
            counts,
            started: nanos(SystemTime::now()),
            stop: CancellationToken::new(),
            well: true,
        })
    }

    /// Until `stop`, and then what is left. `metrics`: the proxy's own and those of the
    /// conventions.
    pub async fn run(
        mut self,
        mut waiting: mpsc::Receiver<Vec<Span>>,
        metrics: impl Fn() -> (Sums, Sums),
        stop: CancellationToken,
    ) {
        self.stop = stop.clone();
        let mut spans = Vec::new();
        let mut traces_due = ticks(self.settings.traces_every);
        let mut metrics_due = ticks(self.settings.metrics_every);
        loop {
            tokio::select! {
                more = waiting.recv() => {
                    spans.extend(more.unwrap_or_default());
                    if spans.len() >= BATCH {
                        self.traces(std::mem::take(&mut spans)).await;
                    }
                }
                _ = traces_due.tick() => self.traces(std::mem::take(&mut spans)).await,
                _ = metrics_due.tick() => self.metrics(metrics()).await,
                () = stop.cancelled() => break,
            }
        }
        while let Ok(more) = waiting.try_recv() {
            spans.extend(more);
        }
        for batch in spans.chunks(BATCH) {
            self.traces(batch.to_vec()).await;
        }
        self.metrics(metrics()).await;
    }

    async fn traces(&mut self, spans: Vec<Span>) {
        let Some(url) = self.settings.traces.clone().filter(|_| !spans.is_empty()) else {
            return;
        };
        let count = spans.len() as u64;
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(self.resource.clone()),
                scope_spans: vec![ScopeSpans {
                    scope: Some(scope()),
                    spans,
                    ..ScopeSpans::default()
                }],
                ..ResourceSpans::default()
            }],
        };
        let counts = self.counts.clone();
        self.export(&url, request.encode_to_vec(), count, &counts.traces)
            .await;
    }

    async fn metrics(&mut self, (own, gen_ai): (Sums, Sums)) {
        let Some(url) = self.settings.metrics.clone() else {
            return;
        };
        let now = nanos(SystemTime::now());
        let mut metrics = encode::metrics("yallmp.", &own, self.started, now);
        metrics.extend(encode::metrics("", &gen_ai, self.started, now));
        let count = encode::points(&metrics);
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(self.resource.clone()),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(scope()),
                    metrics,
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        let counts = self.counts.clone();
        self.export(&url, request.encode_to_vec(), count, &counts.metrics)
            .await;
    }

    /// Send one message; what is not taken after some tries is given up.
    async fn export(&mut self, url: &str, body: Vec<u8>, count: u64, signal: &Signal) {
        let body = bytes::Bytes::from(body);
        let mut pause = PAUSE;
        for number in 1.. {
            let (why, asked) = match self.send(url, body.clone()).await {
                Ok(()) => {
                    if !std::mem::replace(&mut self.well, true) {
                        tracing::info!(
                            url = mask::url(url),
                            "the OTLP collector takes exports again"
                        );
                    }
                    return add(&signal.sent, count);
                }
                Err(Refusal::ForNow(why, asked)) => (why, asked),
                Err(Refusal::ForGood(why)) => {
                    self.lost(url, &why);
                    return add(&signal.failed, count);
                }
            };
            // Whoever waits for the end of the proxy does not wait for a better time.
            if number >= TRIES || self.stop.is_cancelled() {
                self.lost(url, &why);
                return add(&signal.failed, count);
            }
            let wait = asked.unwrap_or(pause).min(MAX_PAUSE);
            tokio::select! {
                () = sleep(wait) => {}
                () = self.stop.cancelled() => {}
            }
            pause *= 2;
        }
    }

    async fn send(&self, url: &str, body: bytes::Bytes) -> Result<(), Refusal> {
        let answer = self.client.post(url).body(body).send().await;
        let answer = answer.map_err(|error| {
            let why = error.without_url().to_string();
            Refusal::ForNow(why, None)
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let why = format!("status {status}");
        let again = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        if !again.contains(&status) {
            return Err(Refusal::ForGood(why));
        }
        let asked = answer.headers().get(header::RETRY_AFTER);
        let asked = asked.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Err(Refusal::ForNow(why, asked.map(Duration::from_secs)))
    }

    /// Said once, until it is well again.
    fn lost(&mut self, url: &str, why: &str) {
        if std::mem::replace(&mut self.well, false) {
            tracing::warn!(
                url = mask::url(url),
                why,
                "the OTLP collector takes no exports; they are dropped"
            );
        }
    }
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Relaxed);
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let every = every.max(Duration::from_millis(10));
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "yallmp".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    }
}

fn resource(settings: &config::Otlp) -> Resource {
    let mut attributes = vec![
        attribute("service.name", settings.service_name.as_str()),
        attribute("service.version", env!("CARGO_PKG_VERSION")),
        attribute("service.instance.id", &*uuid::Uuid::now_v7().to_string()),
    ];
    for (name, value) in &settings.attributes {
        // What the proxy says itself is not overridden, but for the instance.
        let known = attributes.iter().any(|known| known.key == *name);
        if !known {
            attributes.push(attribute(name, value.as_str()));
        }
    }
    Resource {
        attributes,
        ..Resource::default()
    }
}
