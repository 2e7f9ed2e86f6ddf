//! Metrics as OpenMetrics text, which Prometheus and its kin read.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{self, Registry};

use super::family::{Family, Kind, PREFIX, Unit};
use super::sums::{Sums, Value};

pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub fn encode(sums: Sums) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(sums));
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

impl Collector for Sums {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        for (family, series) in self.families() {
            let unit = family.unit.map(|unit| match unit {
                Unit::Seconds => registry::Unit::Seconds,
                Unit::Bytes => registry::Unit::Bytes,
                Unit::Tokens => registry::Unit::Other("tokens".into()),
            });
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram(_) => MetricType::Histogram,
            };
            let help = format!("{}.", family.help);
            let mut metric = encoder.encode_descriptor(family.name, &help, unit.as_ref(), kind)?;
            for (labels, value) in series {
                let names = family.labels.iter().copied();
                let labels: Vec<(&str, &str)> = names.zip(labels.values()).collect();
                match labels.is_empty() {
                    true => write(&mut metric, family, value)?,
                    false => write(&mut metric.encode_family(&labels)?, family, value)?,
                }
            }
        }
        Ok(())
    }
}

fn write(metric: &mut MetricEncoder<'_>, family: &Family, value: &Value) -> fmt::Result {
    match (family.kind, value) {
        (Kind::Gauge, Value::Count(count)) => metric.encode_gauge(count),
        (Kind::Gauge, Value::Number(number)) => metric.encode_gauge(number),
        (_, Value::Count(count)) => metric.encode_counter::<NoLabelSet, _, u64>(count, None),
        (_, Value::Number(number)) => metric.encode_counter::<NoLabelSet, _, u64>(number, None),
        (_, Value::Histogram(histogram)) => {
            let counts = histogram.counts.iter().copied();
            let bounds = family.bounds(histogram);
            let classes: Vec<(f64, u64)> = bounds.chain([f64::INFINITY]).zip(counts).collect();
            let count = histogram.counts.iter().sum();
            metric.encode_histogram::<NoLabelSet>(histogram.sum, count, &classes, None)
        }
    }
}
