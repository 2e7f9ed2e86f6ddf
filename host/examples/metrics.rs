//! What counting costs an exchange, and what a scrape costs: `cargo run --release -p yallmp
//! --example metrics`. Parts are called in this process; the fastest of many rounds counts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::StatusCode;
use yallmp::metrics::{Metrics, encode};
use yallmp_core::account::{Account, Attempt, AttemptResult, Ended, Observer as _};
use yallmp_core::chain::EndReason;
use yallmp_core::config::{Backend, Config, Deployment, LogLevel};
use yallmp_core::route::{Reach, Router};
use yallmp_core::tape::{End, ExchangeMeta, Outcome, Spent};

const ROUNDS: usize = 40;
const TIMES: u32 = 10_000;
/// Of each there are so many series.
const MODELS: usize = 10;

const USAGE: &str = r#"{"prompt_tokens":1234,"completion_tokens":321,"total_tokens":1555,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":100}}"#;

fn main() -> anyhow::Result<()> {
    let config = Config {
        deployments: (0..MODELS).map(deployment).collect(),
        ..Config::default()
    };
    let router = Router::in_order(&config);
    let metrics = Metrics::new(None, None);

    let mut spread = Account::default().delays;
    let gap = Duration::from_micros(1500);
    show(
        "a gap or a delay of a stream",
        best(TIMES, || spread.add(black_box(gap))),
    );
    show(
        "the account of an exchange, with one try",
        best(TIMES, || {
            black_box(account(&config.deployments[0]));
        }),
    );
    let bare = add(&metrics, &config, 0, None);
    show("adding it to the sums", bare);
    show(
        "reading its `usage`, and adding the tokens",
        add(&metrics, &config, 0, Some(USAGE)) - bare,
    );
    show(
        "each plugin that was called",
        (add(&metrics, &config, 4, None) - bare) / 4,
    );

    let text = encode(metrics.snapshot(&router))?;
    let scrape = best(10, || {
        black_box(encode(metrics.snapshot(&router)).unwrap_or_default());
    });
    show(&format!("a scrape of {} KB", text.len() / 1000), scrape);
    Ok(())
}

/// What it takes to add one exchange, which called so many plugins.
fn add(metrics: &Metrics, config: &Config, plugins: usize, usage: Option<&str>) -> Duration {
    let accounts: Vec<_> = config.deployments.iter().map(account).collect();
    let meta = ExchangeMeta {
        id: "id".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level: LogLevel::Off,
    };
    let end = end(plugins, usage);
    let mut accounts = accounts.iter().cycle();
    best(TIMES, || {
        let Some(account) = accounts.next() else {
            return;
        };
        metrics.began();
        metrics.ended(&Ended {
            meta: &meta,
            end: &end,
            account,
        });
    })
}

fn deployment(number: usize) -> Arc<Deployment> {
    Arc::new(Deployment::new(&format!("model-{number}"), Backend::Demo))
}

fn account(deployment: &Arc<Deployment>) -> Account {
    let mut account = Account {
        path: "/v1/chat/completions".into(),
        model: Some(deployment.model_name.as_str().into()),
        streaming: true,
        opening: Some(Duration::from_micros(80)),
        ..Account::default()
    };
    account.gaps.add(Duration::from_millis(3));
    account.delays.add(Duration::from_micros(12));
    account.attempts.push(Attempt {
        deployment: deployment.clone(),
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

fn end(plugins: usize, usage: Option<&str>) -> End {
    let spent = Spent {
        calls: 20,
        time: Duration::from_micros(40),
        held_events: 2,
        held_bytes: 300,
        dropped: 1,
        added: 1,
        changed: 2,
        failed: 0,
    };
    End {
        outcome: Outcome::Success,
        reason: Some(EndReason::Done),
        status: StatusCode::OK,
        error: None,
        deployment: None,
        attempts: 1,
        events_in: 20,
        events_out: 20,
        bytes_out: 5000,
        usage: usage.map(Into::into),
        first_event: Some(Duration::from_millis(30)),
        total: Duration::from_millis(1500),
        notes_dropped: 0,
        plugins: (0..plugins)
            .map(|n| (format!("plugin-{n}").into(), spent.clone()))
            .collect(),
    }
}

fn best(times: u32, mut work: impl FnMut()) -> Duration {
    let round = || {
        let began = Instant::now();
        (0..times).for_each(|_| work());
        began.elapsed()
    };
    let fastest = std::iter::repeat_with(round).take(ROUNDS).min();
    fastest.unwrap_or_default() / times
}

fn show(what: &str, time: Duration) {
    println!("{what}: {time:.0?}");
}
