//! Numbers by metric and labels.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use indexmap::{Equivalent, IndexMap};
use yallmp_core::account::Spread;

use super::family::{Family, Kind};

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
    pub fn observe(&mut self, size: u128, amount: f64) {
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

/// The series of each of some families. Metrics are named by their places among them.
#[derive(Debug, Clone)]
pub struct Sums {
    families: &'static [Family],
    series: Vec<Series>,
}

impl Sums {
    pub fn new(families: &'static [Family]) -> Self {
        Self {
            families,
            series: families.iter().map(|_| Series::new()).collect(),
        }
    }

    /// Families that have a series.
    pub fn families(&self) -> impl Iterator<Item = (&'static Family, &Series)> {
        let all = self.families.iter().zip(&self.series);
        all.filter(|(_, series)| !series.is_empty())
    }

    /// Forget all series of a metric.
    pub fn clear(&mut self, metric: impl Into<usize>) {
        self.series[metric.into()].clear();
    }

    /// What others counted.
    pub fn set(&mut self, metric: impl Into<usize>, labels: &[&str], value: Value) {
        *self.value(metric, labels) = value;
    }

    pub fn count(&mut self, metric: impl Into<usize>, labels: &[&str], more: u64) {
        if let Value::Count(count) = self.value(metric, labels) {
            *count += more;
        }
    }

    pub fn sum(&mut self, metric: impl Into<usize>, labels: &[&str], more: f64) {
        match self.value(metric, labels) {
            Value::Number(sum) => *sum += more,
            value => *value = Value::Number(more),
        }
    }

    pub fn time(&mut self, metric: impl Into<usize>, labels: &[&str], time: Duration) {
        let micros = time.as_nanos().div_ceil(1000);
        self.observe(metric, labels, micros, time.as_secs_f64());
    }

    pub fn observe(&mut self, metric: impl Into<usize>, labels: &[&str], size: u128, amount: f64) {
        if let Value::Histogram(histogram) = self.value(metric, labels) {
            histogram.observe(size, amount);
        }
    }

    pub fn spread(&mut self, metric: impl Into<usize>, labels: &[&str], spread: &Spread) {
        if spread.count() > 0
            && let Value::Histogram(histogram) = self.value(metric, labels)
        {
            histogram.merge(spread);
        }
    }

    fn value(&mut self, metric: impl Into<usize>, labels: &[&str]) -> &mut Value {
        let metric = metric.into();
        let family = &self.families[metric];
        debug_assert_eq!(labels.len(), family.labels.len(), "{}", family.name);
        let series = &mut self.series[metric];
        match series.get_index_of(&Sought(labels)) {
            Some(index) => &mut series[index],
            None => {
                let value = match family.kind {
                    Kind::Histogram(bounds) => Value::Histogram(Histogram::new(bounds)),
                    Kind::Counter | Kind::Gauge => Value::Count(0),
                };
                series.entry(Labels::new(labels)).or_insert(value)
            }
        }
    }
}
