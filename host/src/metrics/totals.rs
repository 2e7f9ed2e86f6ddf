//! The numbers of all exchanges so far, by metric and labels.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use indexmap::{Equivalent, IndexMap};
use yallmp_core::account::{Account, Ended, Spread};
use yallmp_core::dialect::Tokens;
use yallmp_core::tape::{End, Outcome};

use super::family::{FAMILIES, Kind, Metric};

/// What stands for a model that is not configured.
pub const OTHER: &str = "other";

/// Values of a series' labels, in the order of its family's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Arc<[Box<str>]>);

impl Labels {
    pub fn new(values: &[&str]) -> Self {
        Self(values.iter().map(|value| Box::from(*value)).collect())
    }

    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|value| &**value)
    }
}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.values().for_each(|value| value.hash(state));
    }
}

/// Labels that are looked for, without a copy.
struct Sought<'a>(&'a [&'a str]);

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|value| value.hash(state));
    }
}

impl Equivalent<Labels> for Sought<'_> {
    fn equivalent(&self, labels: &Labels) -> bool {
        self.0.iter().copied().eq(labels.values())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Count(u64),
    /// A gauge, or a counter of seconds.
    Number(f64),
    Histogram(Histogram),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// In bytes or microseconds.
    pub bounds: &'static [u32],
    /// One for each bound, then that of what is above the last.
    pub counts: Box<[u64]>,
    /// In bytes or seconds.
    pub sum: f64,
}

impl Histogram {
    fn new(bounds: &'static [u32]) -> Self {
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1].into(),
            sum: 0.0,
        }
    }

    /// `size` in the unit of the bounds, `amount` in that of the sum.
    fn observe(&mut self, size: u128, amount: f64) {
        let class = self.bounds.partition_point(|b| u128::from(*b) < size);
        self.counts[class] += 1;
        self.sum += amount;
    }

    fn merge(&mut self, spread: &Spread) {
        debug_assert_eq!(self.bounds, spread.bounds());
        for (all, more) in self.counts.iter_mut().zip(spread.counts()) {
            *all += u64::from(*more);
        }
        self.sum += spread.sum().as_secs_f64();
    }
}

pub type Series = IndexMap<Labels, Value>;

/// One map for each of [`FAMILIES`].
pub struct Totals(Vec<Series>);

impl Default for Totals {
    fn default() -> Self {
        Self(FAMILIES.iter().map(|_| Series::new()).collect())
    }
}

impl Totals {
    pub fn series(&self) -> &[Series] {
        &self.0
    }

    /// An exchange is over.
    pub fn record(&mut self, exchange: &Ended<'_>) {
        let Ended { end, account, .. } = *exchange;
        let model = account.model.as_deref().unwrap_or(OTHER);
        self.request(model, end, account);
        self.attempts(model, end, account);
        self.plugins(end, account);
    }

    fn request(&mut self, model: &str, end: &End, account: &Account) {
        let api = account.dialect.name();
        let (outcome, error) = match end.outcome {
            Outcome::Success => ("success", "none"),
            Outcome::Cancelled => ("cancelled", "none"),
            Outcome::Error => ("error", account.error.unwrap_or("status")),
        };
        self.count(Metric::Requests, &[model, api, outcome, error], 1);
        let streaming = if account.streaming { "true" } else { "false" };
        let labels = [model, api, streaming];
        self.time(Metric::RequestDuration, &labels, end.total);
        if let Some(first) = end.first_event {
            self.time(Metric::FirstEvent, &[model], first);
        }
        if let Some(opening) = account.opening {
            self.time(Metric::Overhead, &[model], opening);
        }
        self.spread(Metric::EventDelay, &[model], &account.delays);
        self.count(Metric::Events, &[model, "in"], end.events_in);
        self.count(Metric::Events, &[model, "out"], end.events_out);
        self.count(Metric::ResponseBytes, &[model], end.bytes_out);
    }

    fn attempts(&mut self, model: &str, end: &End, account: &Account) {
        for attempt in &account.attempts {
            let id = attempt.deployment.id.as_str();
            let result = attempt.result.map_or("unknown", |result| result.name());
            let labels = [model, id, attempt.reach.name(), result];
            self.count(Metric::Attempts, &labels, 1);
            let took = attempt.ended.saturating_sub(attempt.began);
            self.time(Metric::AttemptDuration, &[id], took);
            if let (Some(first), Some(sent)) = (attempt.first_event, attempt.sent) {
                let first = first.saturating_sub(sent);
                self.time(Metric::AttemptFirstEvent, &[id], first);
            }
        }
        let Some(last) = account.attempts.last() else {
            return;
        };
        let id = last.deployment.id.as_str();
        self.spread(Metric::EventGap, &[id], &account.gaps);
        let Some(usage) = &end.usage else {
            return;
        };
        let tokens = Tokens::of(usage);
        for (kind, count) in [
            ("input", tokens.input),
            ("output", tokens.output),
            ("cached", tokens.cached),
            ("reasoning", tokens.reasoning),
        ] {
            if let Some(count) = count {
                self.count(Metric::Tokens, &[model, id, kind], count);
            }
        }
    }

    fn plugins(&mut self, end: &End, account: &Account) {
        for (plugin, spent) in &end.plugins {
            let name = [&**plugin];
            self.count(Metric::PluginCalls, &name, spent.calls.into());
            self.sum(Metric::PluginTime, &name, spent.time.as_secs_f64());
            self.count(Metric::PluginChanges, &name, spent.changed.into());
            let dropped = [&**plugin, "dropped"];
            self.count(Metric::PluginEvents, &dropped, spent.dropped.into());
            let added = [&**plugin, "added"];
            self.count(Metric::PluginEvents, &added, spent.added.into());
            if spent.held_bytes > 0 {
                let held = spent.held_bytes;
                self.observe(Metric::PluginHeld, &name, held as u128, held as f64);
            }
        }
        for (plugin, kind) in &account.deaths {
            self.count(Metric::PluginFailures, &[plugin, kind.name()], 1);
        }
    }

    /// Forget all series of a metric.
    pub fn clear(&mut self, metric: Metric) {
        self.0[metric as usize].clear();
    }

    /// What others counted.
    pub fn set(&mut self, metric: Metric, labels: &[&str], value: Value) {
        *self.value(metric, labels) = value;
    }

    fn count(&mut self, metric: Metric, labels: &[&str], more: u64) {
        if let Value::Count(count) = self.value(metric, labels) {
            *count += more;
        }
    }

    fn sum(&mut self, metric: Metric, labels: &[&str], more: f64) {
        match self.value(metric, labels) {
            Value::Number(sum) => *sum += more,
            value => *value = Value::Number(more),
        }
    }

    fn time(&mut self, metric: Metric, labels: &[&str], time: Duration) {
        let micros = time.as_nanos().div_ceil(1000);
        self.observe(metric, labels, micros, time.as_secs_f64());
    }

    fn observe(&mut self, metric: Metric, labels: &[&str], size: u128, amount: f64) {
        if let Value::Histogram(histogram) = self.value(metric, labels) {
            histogram.observe(size, amount);
        }
    }

    fn spread(&mut self, metric: Metric, labels: &[&str], spread: &Spread) {
        if spread.count() > 0
            && let Value::Histogram(histogram) = self.value(metric, labels)
        {
            histogram.merge(spread);
        }
    }

    fn value(&mut self, metric: Metric, labels: &[&str]) -> &mut Value {
        debug_assert_eq!(labels.len(), metric.family().labels.len(), "{metric:?}");
        let series = &mut self.0[metric as usize];
        match series.get_index_of(&Sought(labels)) {
            Some(index) => &mut series[index],
            None => {
                let value = match metric.family().kind {
                    Kind::Histogram(bounds) => Value::Histogram(Histogram::new(bounds)),
                    Kind::Counter | Kind::Gauge => Value::Count(0),
                };
                series.entry(Labels::new(labels)).or_insert(value)
            }
        }
    }
}
