//! The budgets, each with what was measured.

use serde::Serialize;

use crate::cell::Cell;
use crate::memory;
use crate::results::{CPU, Figure, P50, P99, RATE, Results};
use crate::side::{Chain, Side, Work};

#[derive(Debug, Serialize)]
pub struct Budget {
    pub what: String,
    pub limit: f64,
    pub unit: &'static str,
    pub at_least: bool,
    /// With the request log off.
    pub log_off: Option<f64>,
    /// With the request log on, as it is by default.
    pub log_on: Option<f64>,
}

impl Budget {
    fn at_most(
        what: impl Into<String>,
        limit: f64,
        unit: &'static str,
        measured: impl Fn(bool) -> Option<f64>,
    ) -> Self {
        let (log_off, log_on) = (measured(false), measured(true));
        Self {
            what: what.into(),
            limit,
            unit,
            at_least: false,
            log_off,
            log_on,
        }
    }

    fn at_least(
        what: impl Into<String>,
        limit: f64,
        unit: &'static str,
        measured: impl Fn(bool) -> Option<f64>,
    ) -> Self {
        Self {
            at_least: true,
            ..Self::at_most(what, limit, unit, measured)
        }
    }

    pub fn is_met(&self, measured: f64) -> bool {
        if self.at_least {
            measured >= self.limit
        } else {
            measured <= self.limit
        }
    }
}

pub fn budgets(results: &Results, nginx_workers: usize) -> Vec<Budget> {
    let nginx = &Side::Nginx {
        workers: nginx_workers,
    };
    let empty = |log| Side::Yallmp {
        chain: Chain::Empty,
        log,
    };
    let default = |log| Side::Yallmp {
        chain: Chain::Default,
        log,
    };
    let against_nginx =
        |cell: Cell, figure: Figure| move |log| results.ratio(&empty(log), nginx, cell, figure);
    let against_empty =
        |cell: Cell| move |log| results.ratio(&default(log), &empty(log), cell, CPU);
    let more_than_empty =
        |cell: Cell| move |log| results.added(&default(log), &empty(log), cell, CPU);
    let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let peak = |side: Side| results.memory.get(&results.side(&side)?);

    let mut budgets = vec![
        Budget::at_least(
            "empty chain, 1 KB: requests/s",
            0.6,
            "x nginx",
            against_nginx(Cell::Small, RATE),
        ),
        Budget::at_most(
            "empty chain, 1 KB: CPU per request",
            1.7,
            "x nginx",
            against_nginx(Cell::Small, CPU),
        ),
        Budget::at_most(
            "empty chain, one connection: added p50",
            1.7,
            "x nginx",
            |log| {
                results.paired(|get| {
                    let direct = get(&Side::Direct, Cell::Alone, P50)?;
                    let ours = get(&empty(log), Cell::Alone, P50)? - direct;
                    Some(ours / (get(nginx, Cell::Alone, P50)? - direct))
                })
            },
        ),
        Budget::at_most(
            "empty chain, 100 KB: CPU per request",
            2.2,
            "x nginx",
            against_nginx(Cell::Agent, CPU),
        ),
        Budget::at_most(
            "default chain, 1 KB: CPU per request",
            2.0,
            "x empty chain",
            against_empty(Cell::Small),
        ),
        Budget::at_most(
            "default chain, 100 KB: CPU per request",
            1.5,
            "x empty chain",
            against_empty(Cell::Agent),
        ),
        Budget::at_most(
            "empty chain, event per write: CPU per event",
            1.1,
            "x nginx",
            against_nginx(Cell::Paced, CPU),
        ),
        Budget::at_least(
            "empty chain, bursts: events/s",
            0.8,
            "x nginx",
            against_nginx(Cell::Burst, RATE),
        ),
        Budget::at_most(
            "default chain, event per write: more per event",
            3.0,
            "us",
            more_than_empty(Cell::Paced),
        ),
        Budget::at_most(
            "default chain, bursts: more per event",
            3.0,
            "us",
            more_than_empty(Cell::Burst),
        ),
        Budget::at_most(
            "default chain, one connection: added p50 over the empty chain",
            60.0,
            "us",
            |log| results.added(&default(log), &empty(log), Cell::Alone, P50),
        ),
    ];
    budgets.extend(guests(results));
    budgets.extend([Budget::at_least(
        "the log, bursts: events/s",
        0.9,
        "x log off",
        |log| log.then(|| results.ratio(&empty(true), &empty(false), Cell::Burst, RATE))?,
    )]);
    budgets.extend(beside_noise(results));
    budgets.extend([
        Budget::at_most(
            format!(
                "empty chain: peak RSS at {} connections",
                memory::CONNECTIONS
            ),
            40.0,
            "MB",
            |log| peak(empty(log))?.busy.map(megabytes),
        ),
        Budget::at_most(
            format!(
                "default chain: peak RSS at {} connections",
                memory::CONNECTIONS
            ),
            64.0,
            "MB",
            |log| peak(default(log))?.busy.map(megabytes),
        ),
        Budget::at_most(
            format!(
                "default chain: peak RSS with {} open streams",
                memory::STREAMS
            ),
            256.0,
            "MB",
            |log| peak(default(log))?.streams.map(megabytes),
        ),
        Budget::at_most(
            "start to first answer, the very first time",
            1000.0,
            "ms",
            |log| results.starts.filter(|_| log).map(|starts| starts.first),
        ),
        Budget::at_most(
            "start to first answer, from the second start on",
            100.0,
            "ms",
            |log| results.starts.filter(|_| log).map(|starts| starts.later),
        ),
    ]);
    budgets
}

/// What the log adds to latencies, where as much is allowed as two proxies without a log
/// differ by.
fn beside_noise(results: &Results) -> impl Iterator<Item = Budget> {
    let [off, on] = [false, true].map(|log| Side::Yallmp {
        chain: Chain::Empty,
        log,
    });
    let cells = [
        (Cell::Alone, "one connection"),
        (Cell::First, "time to first content"),
        (Cell::Steady, "time to first content, steady load"),
    ];
    let figures: [(Figure, &str); 2] = [(P50, "p50"), (P99, "p99")];
    let pairs = cells
        .into_iter()
        .flat_map(move |cell| figures.map(|figure| (cell, figure)));
    pairs.filter_map(move |((cell, how), (figure, name))| {
        let noise = results.paired(|get| {
            Some((get(&Side::Twin, cell, figure)? - get(&off, cell, figure)?).abs())
        })?;
        Some(Budget::at_most(
            format!("the log, {how}: added {name} over log off"),
            noise,
            "us, which is noise",
            |log| log.then(|| results.added(&on, &off, cell, figure))?,
        ))
    })
}

/// More CPU for each event and plugin than with the empty chain.
fn guests(results: &Results) -> Vec<Budget> {
    let empty = Side::Yallmp {
        chain: Chain::Empty,
        log: false,
    };
    let mut budgets = Vec::new();
    for side in &results.sides {
        let Side::Yallmp {
            chain: Chain::Guests { work, count, .. },
            ..
        } = side
        else {
            continue;
        };
        let limit = match work {
            Work::Look => 1.5,
            Work::Parse => 5.0,
        };
        for (cell, how) in [(Cell::Paced, "event per write"), (Cell::Burst, "bursts")] {
            let more = |log: bool| match log {
                true => None,
                false => Some(results.added(side, &empty, cell, CPU)? / *count as f64),
            };
            budgets.push(Budget::at_most(
                format!("{}, {how}: more per event and plugin", side.name()),
                limit,
                "us",
                more,
            ));
        }
    }
    budgets
}
