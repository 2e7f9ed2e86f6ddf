//! What happened over time: sums and percentiles of many exchanges.

use std::collections::HashMap;

use rusqlite::Row;
use serde::Serialize;

use super::reader::Reader;
use super::schema::IndexError;

/// Clients make up model names, so there may be any number of them; beyond these they count
/// as one.
const MOST_SERIES: usize = 40;
/// Seconds from first event to last. An answer that took less came at once: it says nothing of the model's speed,
/// and a division by next to nothing would outshine all others.
const MIN_STREAMED: f64 = 0.1;
/// Of a kind.
const MOST_FACETS: usize = 200;
/// The model of what is beyond.
const OTHER: &str = "(other)";

/// Exchanges that began in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// Microseconds since 1970.
    pub since: i64,
    /// The first moment that is not in it.
    pub until: i64,
    /// Into how many equal parts it is cut; at least 1.
    pub buckets: usize,
    pub model: Option<String>,
    pub deployment: Option<String>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Overview {
    pub series: Vec<Series>,
    pub plugins: Vec<PluginTotals>,
    pub totals: Totals,
}

/// Of one model and deployment: a number for each bucket, or none where nothing was measured.
/// Times in seconds.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Series {
    pub model: String,
    pub deployment: Option<String>,
    pub requests: Vec<u64>,
    pub errors: Vec<u64>,
    pub cancelled: Vec<u64>,
    pub retries: Vec<u64>,
    pub fallbacks: Vec<u64>,
    /// Tokens that came after the first event, by the time they took.
    pub tokens_per_second: Vec<Option<f64>>,
    pub first_event_p50: Vec<Option<f64>>,
    pub first_event_p95: Vec<Option<f64>>,
    /// Between two events: the median of the exchanges' medians.
    pub gap_p50: Vec<Option<f64>>,
    /// The 95th percentile of the exchanges' 95th percentiles.
    pub gap_p95: Vec<Option<f64>>,
    /// Spent in the proxy: see `Row::overhead`.
    pub overhead_p50: Vec<Option<f64>>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub struct PluginTotals {
    pub name: String,
    pub calls: u64,
    /// Seconds.
    pub time_per_call: Option<f64>,
    /// Calls that changed something.
    pub changed: u64,
    pub failed: u64,
    pub dropped: u64,
    pub added: u64,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    pub requests: u64,
    pub errors: u64,
    pub cancelled: u64,
    pub retries: u64,
    pub fallbacks: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
}

/// Values that filters can have, the most frequent first.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    pub models: Vec<String>,
    pub deployments: Vec<String>,
    pub plugins: Vec<String>,
    pub outcomes: Vec<String>,
}

/// What a row of `exchange` contributes.
struct Sample {
    bucket: usize,
    key: (String, Option<String>),
    outcome: String,
    retries: u64,
    fell_back: bool,
    tokens_in: Option<u64>,
    tokens_out: Option<u64>,
    first_event: Option<f64>,
    total: Option<f64>,
    gap_p50: Option<f64>,
    gap_p95: Option<f64>,
    overhead: Option<f64>,
}

/// The samples of one series, by bucket.
#[derive(Clone, Default)]
struct Bucket {
    requests: u64,
    errors: u64,
    cancelled: u64,
    retries: u64,
    fallbacks: u64,
    tokens: u64,
    streamed: f64,
    first_event: Vec<f64>,
    gap_p50: Vec<f64>,
    gap_p95: Vec<f64>,
    overhead: Vec<f64>,
}

impl Reader {
    pub fn overview(&self, range: &Range) -> Result<Overview, IndexError> {
        const WHERE: &str = "started >= ?1 AND started < ?2
            AND (?3 IS NULL OR model = ?3) AND (?4 IS NULL OR deployment = ?4)";
        let values = (range.since, range.until, &range.model, &range.deployment);
        self.ask(|connection| {
            let mut gathered = Gathered::new(range.buckets);
            let mut statement = connection.prepare_cached(&format!(
                "SELECT started, model, deployment, outcome, retries, fell_back, tokens_in,
                    tokens_out, first_event, total, gap_p50, gap_p95, overhead
                 FROM exchange WHERE {WHERE}"
            ))?;
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                gathered.add(sample(row, range)?);
            }
            let (series, totals) = gathered.finish();
            let plugins = connection
                .prepare_cached(&format!(
                    "SELECT name, sum(calls), sum(time), sum(changed), sum(failed), sum(dropped),
                        sum(added)
                     FROM plugin JOIN exchange ON n = exchange WHERE {WHERE}
                     GROUP BY name ORDER BY sum(time) DESC"
                ))?
                .query_map(values, plugin)?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Overview {
                series,
                plugins,
                totals,
            })
        })
    }

    pub fn facets(&self) -> Result<Facets, IndexError> {
        let of = |table: &str, column: &str, condition: &str| {
            let statement = format!(
                "SELECT {column} FROM {table} WHERE {condition} AND {column} IS NOT NULL
                 GROUP BY {column} ORDER BY count(*) DESC LIMIT {MOST_FACETS}"
            );
            self.ask(|connection| {
                connection
                    .prepare_cached(&statement)?
                    .query_map([], |row| row.get(0))?
                    .collect::<rusqlite::Result<Vec<String>>>()
            })
        };
        Ok(Facets {
            models: of("exchange", "model", "1")?,
            deployments: of("exchange", "deployment", "1")?,
            plugins: of("plugin", "name", "changed > 0")?,
            outcomes: of("exchange", "outcome", "1")?,
        })
    }
}

fn sample(row: &Row<'_>, range: &Range) -> rusqlite::Result<Sample> {
    let started: i64 = row.get(0)?;
    let span = (range.until - range.since).max(1) as f64;
    let place = (started - range.since) as f64 / span * range.buckets as f64;
    Ok(Sample {
        bucket: (place as usize).min(range.buckets - 1),
        key: (row.get(1)?, row.get(2)?),
        outcome: row.get(3)?,
        retries: row.get(4)?,
        fell_back: row.get(5)?,
        tokens_in: row.get(6)?,
        tokens_out: row.get(7)?,
        first_event: row.get(8)?,
        total: row.get(9)?,
        gap_p50: row.get(10)?,
        gap_p95: row.get(11)?,
        overhead: row.get(12)?,
    })
}

fn plugin(row: &Row<'_>) -> rusqlite::Result<PluginTotals> {
    let (calls, time): (u64, f64) = (row.get(1)?, row.get(2)?);
    Ok(PluginTotals {
        name: row.get(0)?,
        calls,
        time_per_call: (calls > 0).then(|| time / calls as f64),
        changed: row.get(3)?,
        failed: row.get(4)?,
        dropped: row.get(5)?,
        added: row.get(6)?,
    })
}

struct Gathered {
    buckets: usize,
    series: HashMap<(String, Option<String>), Vec<Bucket>>,
    totals: Totals,
}

impl Gathered {
    fn new(buckets: usize) -> Self {
        Self {
            buckets,
            series: HashMap::new(),
            totals: Totals::default(),
        }
    }

    fn add(&mut self, sample: Sample) {
        let is = |outcome: &str| u64::from(sample.outcome == outcome);
        let totals = &mut self.totals;
        totals.requests += 1;
        totals.errors += is("error");
        totals.cancelled += is("cancelled");
        totals.retries += sample.retries;
        totals.fallbacks += u64::from(sample.fell_back);
        totals.tokens_in += sample.tokens_in.unwrap_or(0);
        totals.tokens_out += sample.tokens_out.unwrap_or(0);

        let is_beyond = self.series.len() >= MOST_SERIES && !self.series.contains_key(&sample.key);
        let key = match is_beyond {
            true => (OTHER.to_owned(), None),
            false => sample.key,
        };
        let buckets = self.series.entry(key);
        let buckets = buckets.or_insert_with(|| vec![Bucket::default(); self.buckets]);
        let bucket = &mut buckets[sample.bucket];
        bucket.requests += 1;
        bucket.errors += u64::from(sample.outcome == "error");
        bucket.cancelled += u64::from(sample.outcome == "cancelled");
        bucket.retries += sample.retries;
        bucket.fallbacks += u64::from(sample.fell_back);
        if let (Some(tokens), Some(first), Some(total)) =
            (sample.tokens_out, sample.first_event, sample.total)
            && total - first >= MIN_STREAMED
        {
            bucket.tokens += tokens;
            bucket.streamed += total - first;
        }
        bucket.first_event.extend(sample.first_event);
        bucket.gap_p50.extend(sample.gap_p50);
        bucket.gap_p95.extend(sample.gap_p95);
        bucket.overhead.extend(sample.overhead);
    }

    fn finish(self) -> (Vec<Series>, Totals) {
        let mut all: Vec<Series> = Vec::with_capacity(self.series.len());
        for ((model, deployment), buckets) in self.series {
            let mut series = Series {
                model,
                deployment,
                ..Series::default()
            };
            for mut bucket in buckets {
                series.requests.push(bucket.requests);
                series.errors.push(bucket.errors);
                series.cancelled.push(bucket.cancelled);
                series.retries.push(bucket.retries);
                series.fallbacks.push(bucket.fallbacks);
                let speed = bucket.tokens as f64 / bucket.streamed;
                series
                    .tokens_per_second
                    .push(Some(speed).filter(|v| v.is_finite()));
                let first = &mut bucket.first_event;
                series.first_event_p50.push(percentile(first, 0.5));
                series.first_event_p95.push(percentile(first, 0.95));
                series.gap_p50.push(percentile(&mut bucket.gap_p50, 0.5));
                series.gap_p95.push(percentile(&mut bucket.gap_p95, 0.95));
                series
                    .overhead_p50
                    .push(percentile(&mut bucket.overhead, 0.5));
            }
            all.push(series);
        }
        all.sort_by(|a, b| (&a.model, &a.deployment).cmp(&(&b.model, &b.deployment)));
        (all, self.totals)
    }
}

/// The value that this share of the values does not exceed; None of none.
pub(super) fn percentile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.5), Some(50.0));
        assert_eq!(percentile(&mut values, 0.95), Some(95.0));
        assert_eq!(percentile(&mut [7.0], 0.95), Some(7.0));
        assert_eq!(percentile(&mut [], 0.5), None);
    }
}
