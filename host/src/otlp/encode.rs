//! Sums as OTLP metrics, and attributes of anything.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
    metric, number_data_point,
};

use crate::metrics::{Family, Kind, Labels, Sums, Unit, Value};

/// Attributes that are numbers.
const NUMBERS: [&str; 1] = ["server.port"];

/// What was counted from `start` to `now` (nanoseconds since 1970). `prefix` stands before
/// the names.
pub fn metrics(prefix: &str, sums: &Sums, start: u64, now: u64) -> Vec<Metric> {
    let families = sums.families();
    let metrics = families.map(|(family, series)| {
        let attributes = |labels: &Labels| {
            let pairs = family.labels.iter().zip(labels.values());
            let known = pairs.filter(|(_, value)| !value.is_empty());
            known.map(|(name, value)| label(name, value)).collect()
        };
        let number = |labels: &Labels, value: &Value| NumberDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: start,
            time_unix_nano: now,
            value: match value {
                Value::Count(count) => Some(number_data_point::Value::AsInt(*count as i64)),
                Value::Number(number) => Some(number_data_point::Value::AsDouble(*number)),
                Value::Histogram(_) => None,
            },
            ..NumberDataPoint::default()
        };
        let temporality = AggregationTemporality::Cumulative.into();
        let data = match family.kind {
            Kind::Counter => metric::Data::Sum(Sum {
                data_points: series.iter().map(|(l, v)| number(l, v)).collect(),
                aggregation_temporality: temporality,
                is_monotonic: true,
            }),
            Kind::Gauge => metric::Data::Gauge(Gauge {
                data_points: series.iter().map(|(l, v)| number(l, v)).collect(),
            }),
            Kind::Histogram(_) => {
                let points = series.iter().filter_map(|(labels, value)| match value {
                    Value::Histogram(histogram) => Some(HistogramDataPoint {
                        attributes: attributes(labels),
                        start_time_unix_nano: start,
                        time_unix_nano: now,
                        count: histogram.counts.iter().sum(),
                        sum: Some(histogram.sum),
                        bucket_counts: histogram.counts.to_vec(),
                        explicit_bounds: family.bounds(histogram).collect(),
                        ..HistogramDataPoint::default()
                    }),
                    Value::Count(_) | Value::Number(_) => None,
                });
                metric::Data::Histogram(Histogram {
                    data_points: points.collect(),
                    aggregation_temporality: temporality,
                })
            }
        };
        Metric {
            name: format!("{prefix}{}", family.name),
            description: family.help.to_owned(),
            unit: unit(family).to_owned(),
            data: Some(data),
            ..Metric::default()
        }
    });
    metrics.collect()
}

/// Points in these metrics.
pub fn points(metrics: &[Metric]) -> u64 {
    let counts = metrics.iter().map(|metric| match &metric.data {
        Some(metric::Data::Sum(sum)) => sum.data_points.len(),
        Some(metric::Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(metric::Data::Histogram(histogram)) => histogram.data_points.len(),
        _ => 0,
    });
    counts.sum::<usize>() as u64
}

/// In UCUM.
fn unit(family: &Family) -> &'static str {
    match family.unit {
        Some(Unit::Seconds) => "s",
        Some(Unit::Bytes) => "By",
        Some(Unit::Tokens) => "{token}",
        None => "1",
    }
}

fn label(name: &str, value: &str) -> KeyValue {
    match value.parse::<i64>() {
        Ok(number) if NUMBERS.contains(&name) => attribute(name, number),
        _ => attribute(name, value),
    }
}

/// `value`: text, a number, a flag, or texts.
pub fn attribute(name: &str, value: impl Into<Given>) -> KeyValue {
    KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue {
            value: Some(value.into().0),
        }),
        ..KeyValue::default()
    }
}

/// A value of an attribute.
pub struct Given(any_value::Value);

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self(any_value::Value::StringValue(text.to_owned()))
    }
}

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self(any_value::Value::IntValue(number))
    }
}

impl From<u64> for Given {
    fn from(number: u64) -> Self {
        Self::from(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Given {
    fn from(number: f64) -> Self {
        Self(any_value::Value::DoubleValue(number))
    }
}

impl From<bool> for Given {
    fn from(flag: bool) -> Self {
        Self(any_value::Value::BoolValue(flag))
    }
}

impl From<&[String]> for Given {
    fn from(texts: &[String]) -> Self {
        let values = texts.iter().map(|text| AnyValue {
            value: Some(Self::from(text.as_str()).0),
        });
        Self(any_value::Value::ArrayValue(ArrayValue {
            values: values.collect(),
        }))
    }
}
