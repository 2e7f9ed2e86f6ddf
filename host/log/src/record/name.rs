//! Names of log files: `YYYYMMDD_HHMMSS-<id>_<model>.log`, in UTC, so that their order is the
//! order in time.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use yallmp_core::config::LogLevel;
use yallmp_core::tape::ExchangeMeta;

/// Behind the name of a log that still grows.
pub const PARTIAL: &str = ".partial";

/// Without the ending.
pub fn stem(meta: &ExchangeMeta) -> String {
    let time = utc(meta.started);
    format!(
        "{:04}{:02}{:02}_{:02}{:02}{:02}-{}_{}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        safe_id(&meta.id),
        safe(&meta.model, 80),
    )
}

/// When the exchange of a log began, to the second; None if the name is not one of ours.
pub fn started(file_name: &str) -> Option<SystemTime> {
    let stem = file_name.strip_suffix(".log")?;
    let (time, rest) = stem.split_at_checked(15)?;
    let (date, time) = time.split_once('_')?;
    if !rest.starts_with('-') || !rest.contains('_') || date.len() != 8 || time.len() != 6 {
        return None;
    }
    let number = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten()
    };
    let two = |text: &str| number(text).map(|n| n as i8);
    let time = DateTime::new(
        number(&date[..4])?,
        two(&date[4..6])?,
        two(&date[6..])?,
        two(&time[..2])?,
        two(&time[2..4])?,
        two(&time[4..])?,
        0,
    );
    let seconds = time
        .ok()?
        .to_zoned(TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().ok()?))
}

/// What the name still tells of an exchange when nothing else does. An id with `_` in it is
/// cut there.
pub fn exchange(stem: &str) -> Option<ExchangeMeta> {
    let started = started(&format!("{stem}.log"))?;
    let (id, model) = stem.get(16..)?.split_once('_')?;
    Some(ExchangeMeta {
        id: id.into(),
        started,
        model: model.into(),
        level: LogLevel::Full,
    })
}

/// An id as it stands in a name.
pub(super) fn safe_id(id: &str) -> String {
    safe(id, 128)
}

fn utc(time: SystemTime) -> DateTime {
    let time = Timestamp::try_from(time).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).datetime()
}

/// Text that is a fine part of a file name on every system: letters, digits, `.`, `_`, `-`.
fn safe(text: &str, longest: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(longest));
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => safe.push(c),
            _ if !safe.ends_with('-') => safe.push('-'),
            _ => {}
        }
        if safe.len() >= longest {
            break;
        }
    }
    match safe.trim_matches(['-', '.']) {
        "" => "-".to_string(),
        safe => safe.to_string(),
    }
}
