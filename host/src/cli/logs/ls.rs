//! `yallmp logs ls`

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;
use yallmp_log::index::{Cursor, Filter};
use yallmp_log::trace::Summary;

use super::line::{self, line};
use super::place::Place;

/// Exchanges that are asked for at once.
const PAGE: usize = 500;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// Only those that asked for this model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Only those that this deployment answered, or was the last to try
    #[arg(long, value_name = "ID")]
    deployment: Option<String>,
    /// Only those that ended like this
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
    /// Only those in which this plugin changed something
    #[arg(long, value_name = "NAME")]
    plugin: Option<String>,
    /// Only those that began then or later: 2026-11-22T18:00:00Z, or 90s, 15m, 2h, 7d ago
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<i64>,
    /// Only those that began before
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Only those with these words in the new part of the conversation; "a phrase", begin*
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// So many at most, 0 for all
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    /// Print a line of JSON for each
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Outcome {
    Success,
    Error,
    Cancelled,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let reader = args.place.index()?;
    let outcome = args.outcome.map(|outcome| match outcome {
        Outcome::Success => "success".to_owned(),
        Outcome::Error => "error".to_owned(),
        Outcome::Cancelled => "cancelled".to_owned(),
    });
    let filter = Filter {
        model: args.model.clone(),
        deployment: args.deployment.clone(),
        outcome,
        plugin: args.plugin.clone(),
        text: args.text.clone(),
        since: args.since,
        until: args.until,
    };
    let mut out = io::stdout().lock();
    let mut left = match args.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let mut before: Option<Cursor> = None;
    let mut is_first = true;
    while left > 0 {
        let page = reader.list(&filter, before.as_ref(), left.min(PAGE))?;
        left -= page.found.len().min(left);
        for found in page.found {
            if args.json {
                writeln!(out, "{}", found.summary)?;
                continue;
            }
            if std::mem::take(&mut is_first) {
                writeln!(out, "{}", line::HEAD)?;
            }
            let summary: Summary = serde_json::from_str(&found.summary)
                .context("the index holds something else than a summary")?;
            writeln!(out, "{}", line(&summary))?;
        }
        match page.next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Microseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    const HELP: &str = "write 2026-11-22T18:00:00Z, or 90s, 15m, 2h, 7d for a time ago";
    if let Some(ago) = ago(text) {
        let time = SystemTime::now().checked_sub(ago).ok_or(HELP)?;
        let since = time.duration_since(UNIX_EPOCH).map_err(|_| HELP)?;
        return Ok(since.as_micros() as i64);
    }
    let time: jiff::Timestamp = text.parse().map_err(|_| HELP)?;
    Ok(time.as_microsecond())
}

fn ago(text: &str) -> Option<Duration> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 24 * 3600)];
    let (unit, seconds) = units.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(Duration::from_secs(number.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_or_ago() {
        assert_eq!(time("1970-01-01T00:00:01Z"), Ok(1_000_000));
        assert_eq!(ago("15m"), Some(Duration::from_secs(900)));
        let hour = time("1h").unwrap();
        let now = time("0s").unwrap();
        assert!((now - hour - 3_600_000_000).abs() < 60_000_000);
        for wrong in ["yesterday", "1w", "-1h", "h", "999999999999999999d"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
