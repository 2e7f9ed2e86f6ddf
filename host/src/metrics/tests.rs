use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use yallmp_core::account::{Account, Attempt, AttemptResult};
use yallmp_core::chain::StageErrorKind;
use yallmp_core::config::{Backend, Deployment, LogLevel};
use yallmp_core::route::{Class, Reach};
use yallmp_core::tape::{End, ExchangeMeta, Outcome, Spent};

use super::family::{Kind, PREFIX, Unit};
use super::*;

const DOCS: &str = include_str!("../../../docs/metrics.md");

/// As it stands in the exposition.
fn full_name(family: &Family) -> String {
    let unit = match family.unit {
        Some(Unit::Seconds) => "_seconds",
        Some(Unit::Bytes) => "_bytes",
        Some(Unit::Tokens) => "_tokens",
        None => "",
    };
    let total = match family.kind {
        Kind::Counter => "_total",
        _ => "",
    };
    format!("{PREFIX}_{}{unit}{total}", family.name)
}

fn end() -> End {
    End {
        outcome: Outcome::Success,
        reason: None,
        status: StatusCode::OK,
        error: None,
        deployment: None,
        attempts: 1,
        events_in: 3,
        events_out: 2,
        bytes_out: 100,
        usage: Some(r#"{"prompt_tokens":7,"completion_tokens":2}"#.into()),
        first_event: Some(Duration::from_millis(30)),
        total: Duration::from_millis(1500),
        notes_dropped: 0,
        plugins: vec![("fix".into(), spent(2, 300))],
    }
}

fn spent(calls: u32, held_bytes: usize) -> Spent {
    Spent {
        calls,
        time: Duration::from_millis(4),
        held_events: 2,
        held_bytes,
        dropped: 1,
        added: 3,
        changed: 1,
        failed: 0,
    }
}

fn account() -> Account {
    let mut account = Account {
        model: Some("m".into()),
        streaming: true,
        opening: Some(Duration::from_micros(80)),
        ..Account::default()
    };
    account.gaps.add(Duration::from_millis(3));
    account.gaps.add(Duration::from_secs(60));
    account.delays.add(Duration::from_micros(12));
    account.attempts.push(Attempt {
        deployment: Arc::new(Deployment::new("m", Backend::Demo)),
        target_model: "target".into(),
        reach: Reach::First,
        began: Duration::ZERO,
        sent: Some(Duration::from_millis(1)),
        status: Some(StatusCode::OK),
        first_event: Some(Duration::from_millis(30)),
        ended: Duration::from_millis(1500),
        result: Some(AttemptResult::Answered),
    });
    account
}

fn record(totals: &mut Sums, end: &End, account: &Account) {
    let meta = ExchangeMeta {
        id: "id".into(),
        started: std::time::SystemTime::UNIX_EPOCH,
        model: "as the client wrote it".into(),
        level: LogLevel::Off,
    };
    let exchange = Ended {
        meta: &meta,
        end,
        account,
    };
    let tokens = Tokens::of(end.usage.as_deref().unwrap_or_default());
    record::record(totals, &exchange, tokens);
}

fn text(totals: &Sums) -> String {
    encode(totals.clone()).unwrap()
}

#[track_caller]
fn assert_has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|l| l == *line), "{line} in\n{text}");
    }
}

#[test]
fn an_exchange_is_added_to_the_sums() {
    let mut totals = Sums::new(&FAMILIES);
    record(&mut totals, &end(), &account());
    record(&mut totals, &end(), &account());
    assert_has(
        &text(&totals),
        &[
            r#"yallmp_requests_total{model="m",api="other",outcome="success",error="none"} 2"#,
            r#"yallmp_request_duration_seconds_sum{model="m",api="other",streaming="true"} 3.0"#,
            r#"yallmp_request_duration_seconds_bucket{le="1.0",model="m",api="other",streaming="true"} 0"#,
            r#"yallmp_request_duration_seconds_bucket{le="2.5",model="m",api="other",streaming="true"} 2"#,
            r#"yallmp_event_gap_seconds_bucket{le="0.0025",deployment="m#1"} 0"#,
            r#"yallmp_event_gap_seconds_bucket{le="0.005",deployment="m#1"} 2"#,
            r#"yallmp_event_gap_seconds_bucket{le="30.0",deployment="m#1"} 2"#,
            r#"yallmp_event_gap_seconds_bucket{le="+Inf",deployment="m#1"} 4"#,
            r#"yallmp_event_delay_seconds_count{model="m"} 2"#,
            r#"yallmp_tokens_total{model="m",deployment="m#1",type="input"} 14"#,
            r#"yallmp_attempt_first_event_seconds_sum{deployment="m#1"} 0.058"#,
            r#"yallmp_plugin_calls_total{plugin="fix"} 4"#,
            r#"yallmp_plugin_time_seconds_total{plugin="fix"} 0.008"#,
            r#"yallmp_plugin_held_bytes_bucket{le="256.0",plugin="fix"} 0"#,
            r#"yallmp_plugin_held_bytes_bucket{le="1024.0",plugin="fix"} 2"#,
            r#"yallmp_plugin_events_total{plugin="fix",what="added"} 6"#,
        ],
    );
}

#[test]
fn what_went_wrong_is_told_apart() {
    let mut totals = Sums::new(&FAMILIES);
    let mut account = account();
    account.error = Some("timeout");
    account.deaths.push(("fix".into(), StageErrorKind::Trap));
    account.attempts[0].result = Some(AttemptResult::Failed(Class::Timeout));
    let mut end = end();
    end.outcome = Outcome::Error;
    record(&mut totals, &end, &account);
    account.model = None;
    account.error = Some("model_not_found");
    account.attempts.clear();
    record(&mut totals, &end, &account);
    assert_has(
        &text(&totals),
        &[
            r#"yallmp_requests_total{model="m",api="other",outcome="error",error="timeout"} 1"#,
            r#"yallmp_requests_total{model="other",api="other",outcome="error",error="model_not_found"} 1"#,
            r#"yallmp_attempts_total{model="m",deployment="m#1",reach="first",result="timeout"} 1"#,
            r#"yallmp_plugin_failures_total{plugin="fix",kind="trap"} 2"#,
        ],
    );
}

#[test]
fn labels_are_escaped() {
    let mut totals = Sums::new(&FAMILIES);
    let mut account = account();
    account.model = Some("a\"b\\c\nd".into());
    record(&mut totals, &end(), &account);
    let line = r#"yallmp_overhead_seconds_count{model="a\"b\\c\nd"} 1"#;
    assert_has(&text(&totals), &[line]);
}

#[test]
fn each_metric_has_its_place() {
    let last = Metric::Started as usize;
    assert_eq!(last + 1, FAMILIES.len());
    for (metric, name) in [
        (Metric::Requests, "requests"),
        (Metric::EventGap, "event_gap"),
        (Metric::Cooling, "deployment_cooling"),
        (Metric::PluginFailures, "plugin_failures"),
        (Metric::Otlp, "otlp_items"),
        (Metric::Started, "start_time"),
    ] {
        assert_eq!(FAMILIES[usize::from(metric)].name, name);
    }
}

/// Rows of the table: `| name | kind | labels | …`, all names in backquotes.
#[test]
fn the_documentation_lists_the_same_metrics_with_the_same_labels() {
    let rows = DOCS.lines().filter(|line| line.starts_with("| `yallmp_"));
    let documented: BTreeMap<String, (String, Vec<String>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let quoted = |cell: &str| {
                let parts = cell.split('`').skip(1).step_by(2);
                parts.map(str::to_owned).collect::<Vec<_>>()
            };
            (
                quoted(cells[0]).concat(),
                (cells[1].to_owned(), quoted(cells[2])),
            )
        })
        .collect();
    let real: BTreeMap<_, _> = FAMILIES
        .iter()
        .map(|family| {
            let kind = match family.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            let labels = family.labels.iter().map(|label| label.to_string());
            (full_name(family), (kind.to_owned(), labels.collect()))
        })
        .collect();
    assert_eq!(documented, real);
}
