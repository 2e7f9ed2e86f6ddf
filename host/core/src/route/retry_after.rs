//! When a backend wants to be asked again.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use serde_json::Value;

/// Nobody means more than this; it keeps later sums in range.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 3600);

/// `retry-after-ms` (Azure, OpenAI), then `retry-after` as seconds, also with a fraction, or
/// as an HTTP date. A date is compared with the answer's own `date`, which is right even if
/// the clocks differ; `wall` stands in when there is none.
pub(super) fn from_headers(headers: &HeaderMap, wall: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(wait) = text("retry-after-ms").and_then(|ms| parse(ms, 0.001)) {
        return Some(wait);
    }
    let value = text(RETRY_AFTER.as_str())?;
    if let Some(wait) = parse(value, 1.0) {
        return Some(wait);
    }
    let at = httpdate::parse_http_date(value).ok()?;
    let sent = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
    let wait = at.duration_since(sent.unwrap_or(wall)).unwrap_or_default();
    Some(wait.min(LONGEST))
}

/// Google's `RetryInfo` inside `error.details`: `{"retryDelay": "37s"}`.
pub(super) fn from_error(error: &Value) -> Option<Duration> {
    error["details"]
        .as_array()?
        .iter()
        .find_map(|detail| parse(detail["retryDelay"].as_str()?.strip_suffix('s')?, 1.0))
}

fn parse(number: &str, unit: f64) -> Option<Duration> {
    let seconds = number.parse::<f64>().ok()? * unit;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST.as_secs_f64())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&'static str, &str)]) -> Option<f64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let wall = httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap();
        from_headers(&headers, wall).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_spelling() {
        let later = "Sun, 22 Nov 2026 10:00:07 GMT";
        for (headers, expected) in [
            (vec![], None),
            (vec![("retry-after", "3")], Some(3.0)),
            (vec![("retry-after", " 0 ")], Some(0.0)),
            (vec![("retry-after", "1.5")], Some(1.5)),
            (vec![("retry-after", later)], Some(7.0)),
            (
                vec![
                    ("retry-after", later),
                    ("date", "Sun, 22 Nov 2026 10:00:05 GMT"),
                ],
                Some(2.0),
            ),
            (
                vec![("retry-after", "Sun, 22 Nov 2026 09:00:00 GMT")],
                Some(0.0),
            ),
            (
                vec![("retry-after-ms", "250"), ("retry-after", "1")],
                Some(0.25),
            ),
            (
                vec![("retry-after-ms", "soon"), ("retry-after", "1")],
                Some(1.0),
            ),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-5")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![("retry-after", "inf")], Some(LONGEST.as_secs_f64())),
            (
                vec![("retry-after", "99999999999999999999")],
                Some(LONGEST.as_secs_f64()),
            ),
        ] {
            assert_eq!(wait(&headers), expected, "{headers:?}");
        }
    }
}
