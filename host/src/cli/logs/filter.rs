//! Which exchanges are meant, by what the index knows of them.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::ValueEnum;
use yallmp_log::index::{Cursor, Filter, Found, Reader};
use yallmp_log::record;
use yallmp_log::text::parse::{self, Log};
use yallmp_log::trace::{State, Summary, Trace};

use super::open::Source;

/// Exchanges that are asked for at once.
const PAGE: usize = 500;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct Filters {
    /// Only those that asked for this model
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Only those that this deployment answered, or was the last to try
    #[arg(long, value_name = "ID")]
    deployment: Option<String>,
    /// Only those that ended like this, or run
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Outcome {
    Running,
    Success,
    Error,
    Cancelled,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Success => "success",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
        }
    }

    fn state(self) -> State {
        match self {
            Self::Running => State::Running,
            Self::Success => State::Success,
            Self::Error => State::Error,
            Self::Cancelled => State::Cancelled,
        }
    }
}

impl Filters {
    fn filter(&self) -> Filter {
        Filter {
            model: self.model.clone(),
            deployment: self.deployment.clone(),
            outcome: self.outcome.map(|outcome| outcome.name().to_owned()),
            plugin: self.plugin.clone(),
            text: self.text.clone(),
            since: self.since,
            until: self.until,
        }
    }

    /// At least one filter is there.
    pub fn is_given(&self) -> bool {
        let texts = [&self.model, &self.deployment, &self.plugin, &self.text];
        let times = [self.since, self.until];
        texts.iter().any(|it| it.is_some())
            || times.iter().any(Option::is_some)
            || self.outcome.is_some()
    }

    /// Nothing but what runs is wanted.
    pub fn is_of_running(&self) -> bool {
        self.outcome == Some(Outcome::Running)
    }

    /// Exchanges that no index has and that pass, the newest first, as far as their logs tell:
    /// those that run, and those whose logs wait for files. None of them if words are looked for,
    /// which only the index knows.
    pub fn fresh(&self, folder: &Path) -> anyhow::Result<Vec<Fresh>> {
        if self.text.is_some() {
            return Ok(Vec::new());
        }
        let cannot = || format!("cannot look into `{}`", folder.display());
        let mut fresh = Vec::new();
        for name in record::growing(folder).with_context(cannot)? {
            let source = Source::from(folder.join(name));
            let log = source.log().ok();
            let found = log.and_then(|log| self.passing(&log, source));
            // What has ended is elsewhere in a moment.
            fresh.extend(found.filter(|it| it.summary.state == State::Running));
        }
        let each = |name, text: Vec<u8>| {
            let log = parse::parse(&text).ok();
            let source = Source::waiting(folder.join::<String>(name));
            fresh.extend(log.and_then(|log| self.passing(&log, source)));
        };
        record::each_waiting(folder, each).with_context(cannot)?;
        fresh.sort_by(|a, b| b.place().cmp(&a.place()));
        fresh.dedup_by(|a, b| a.place() == b.place());
        Ok(fresh)
    }

    fn passing(&self, log: &Log, source: Source) -> Option<Fresh> {
        let since = log.meta.started.duration_since(UNIX_EPOCH).ok()?;
        let started = since.as_micros() as i64;
        let summary = Trace::of(log).summary;
        self.matches(&summary, started).then_some(Fresh {
            started,
            summary,
            source,
        })
    }

    fn matches(&self, summary: &Summary, started: i64) -> bool {
        let is_outcome = |wanted: Outcome| wanted.state() == summary.state;
        let same = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        self.outcome.is_none_or(is_outcome)
            && same(&self.model, Some(&summary.model))
            && same(&self.deployment, summary.deployment.as_deref())
            && self
                .plugin
                .as_ref()
                .is_none_or(|it| summary.changed_by.contains(it))
            && self.since.is_none_or(|since| since <= started)
            && self.until.is_none_or(|until| started < until)
    }

    /// All in the index that pass, the newest first, `most` at most.
    pub fn each(
        &self,
        reader: &Reader,
        most: usize,
        mut take: impl FnMut(&Found) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let filter = self.filter();
        let mut left = most;
        let mut before: Option<Cursor> = None;
        while left > 0 {
            let page = reader.list(&filter, before.as_ref(), left.min(PAGE))?;
            left -= page.found.len().min(left);
            page.found.iter().try_for_each(&mut take)?;
            match page.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        Ok(())
    }
}

/// An exchange that no index has yet.
pub struct Fresh {
    /// Microseconds since 1970.
    pub started: i64,
    pub summary: Summary,
    pub source: Source,
}

impl Fresh {
    /// Which exchange it is, and where it stands among others.
    pub fn place(&self) -> (i64, &str) {
        (self.started, &self.summary.id)
    }
}

pub fn summary(found: &Found) -> anyhow::Result<Summary> {
    serde_json::from_str(&found.summary).context("the index holds something else than a summary")
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
