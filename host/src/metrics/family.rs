//! The metrics: names, labels and what they mean. `docs/metrics.md` lists the same, and a
//! test compares the two.
//!
//! A label's value comes from the configuration (`model`, `deployment`, `plugin`) or from a
//! fixed list, never from a client or a backend: the number of series has a bound.

use yallmp_core::account::{DELAYS, GAPS};

use super::sums::Histogram;

/// One metric, with all its series.
#[derive(Debug)]
pub struct Family {
    /// Without `yallmp_`, unit and `_total`.
    pub name: &'static str,
    pub unit: Option<Unit>,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Bytes,
    Tokens,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    /// Upper bounds of its classes, in bytes or microseconds.
    Histogram(&'static [u32]),
}

impl Family {
    /// Upper bounds of a histogram's classes but the last, in the unit of the metric.
    pub fn bounds(&self, histogram: &Histogram) -> impl Iterator<Item = f64> + use<> {
        let scale = match self.unit {
            Some(Unit::Seconds) => 1e6,
            _ => 1.0,
        };
        let bounds = histogram.bounds.iter();
        bounds.map(move |bound| f64::from(*bound) / scale)
    }
}

pub const PREFIX: &str = "yallmp";

/// Microseconds of things that a person waits for.
static WAITS: [u32; 16] = [
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
];
static HELD: [u32; 8] = [
    256,
    1 << 10,
    4 << 10,
    16 << 10,
    64 << 10,
    256 << 10,
    1 << 20,
    8 << 20,
];

/// The place of a metric in [`FAMILIES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    Requests,
    InFlight,
    RequestDuration,
    FirstEvent,
    Overhead,
    EventDelay,
    EventGap,
    Tokens,
    Events,
    ResponseBytes,
    Attempts,
    AttemptDuration,
    AttemptFirstEvent,
    Cooling,
    PluginCalls,
    PluginTime,
    PluginChanges,
    PluginEvents,
    PluginHeld,
    PluginFailures,
    LogFiles,
    LogNotesLost,
    Otlp,
    Build,
    Started,
}

impl From<Metric> for usize {
    fn from(metric: Metric) -> Self {
        metric as Self
    }
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Family {
    Family {
        name,
        unit: None,
        kind: Kind::Counter,
        labels,
        help,
    }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family {
        name,
        unit: None,
        kind: Kind::Gauge,
        labels,
        help,
    }
}

const fn seconds(
    name: &'static str,
    bounds: &'static [u32],
    labels: &'static [&'static str],
    help: &'static str,
) -> Family {
    Family {
        name,
        unit: Some(Unit::Seconds),
        kind: Kind::Histogram(bounds),
        labels,
        help,
    }
}

pub static FAMILIES: [Family; 25] = [
    counter(
        "requests",
        &["model", "api", "outcome", "error"],
        "Requests that are over",
    ),
    gauge("requests_in_flight", &[], "Requests that are not over yet"),
    seconds(
        "request_duration",
        &WAITS,
        &["model", "api", "streaming"],
        "From the request's arrival to the last byte of its answer",
    ),
    seconds(
        "first_event",
        &WAITS,
        &["model"],
        "Streams: from the request's arrival to the first meaningful event of the backend",
    ),
    seconds(
        "overhead",
        &DELAYS,
        &["model"],
        "What the proxy itself took up to the head of an answer",
    ),
    seconds(
        "event_delay",
        &DELAYS,
        &["model"],
        "Streams: from the arrival of bytes until what they became left",
    ),
    seconds(
        "event_gap",
        &GAPS,
        &["deployment"],
        "Streams: between arrivals from the backend, after the first event",
    ),
    counter(
        "tokens",
        &["model", "deployment", "type"],
        "Tokens as the backend counted them; cached ones are also input, reasoning is also output",
    ),
    counter(
        "events",
        &["model", "direction"],
        "Events of streams and whole answers, in from backends and out to clients",
    ),
    Family {
        name: "response",
        unit: Some(Unit::Bytes),
        kind: Kind::Counter,
        labels: &["model"],
        help: "Bytes of answers that went to clients",
    },
    counter(
        "attempts",
        &["model", "deployment", "reach", "result"],
        "Tries at deployments, retries and fallbacks included",
    ),
    seconds(
        "attempt_duration",
        &WAITS,
        &["deployment"],
        "From the beginning of a try to its end",
    ),
    seconds(
        "attempt_first_event",
        &WAITS,
        &["deployment"],
        "Streams: from sending to the first meaningful event of the try",
    ),
    gauge(
        "deployment_cooling",
        &["model", "deployment"],
        "1 while a deployment cools down and refuses, else 0",
    ),
    counter(
        "plugin_calls",
        &["plugin"],
        "Calls of a plugin, for requests, events and ends",
    ),
    Family {
        name: "plugin_time",
        unit: Some(Unit::Seconds),
        kind: Kind::Counter,
        labels: &["plugin"],
        help: "Time in the calls of a plugin",
    },
    counter(
        "plugin_changes",
        &["plugin"],
        "Calls that changed the request, or held, dropped, replaced or added events",
    ),
    counter(
        "plugin_events",
        &["plugin", "what"],
        "Events that a plugin dropped or added",
    ),
    Family {
        name: "plugin_held",
        unit: Some(Unit::Bytes),
        kind: Kind::Histogram(&HELD),
        labels: &["plugin"],
        help: "The most that a plugin held back at a time, of each exchange in which it did",
    },
    counter(
        "plugin_failures",
        &["plugin", "kind"],
        "Deaths of a plugin: traps, limits and errors of its own",
    ),
    counter("log_files", &["what"], "Files of the request log"),
    counter(
        "log_notes_lost",
        &["why"],
        "Notes for the request log that are in no file",
    ),
    counter(
        "otlp_items",
        &["signal", "what"],
        "Spans and points of metrics for the OTLP collector",
    ),
    gauge("build_info", &["version"], "Always 1"),
    Family {
        name: "start_time",
        unit: Some(Unit::Seconds),
        kind: Kind::Gauge,
        labels: &[],
        help: "When the proxy started, in seconds since 1970",
    },
];
