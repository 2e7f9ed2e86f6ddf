//! What is measured on each side, once in every round.

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use crate::load::{self, Shape};
use crate::process::{Process, Usage};
use crate::side::Running;
use crate::upstream::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// 1 KB each way, 32 connections.
    Small,
    /// 100 KB there, 1 KB back, 32 connections.
    Agent,
    /// 1 KB each way, one connection: the latency.
    Alone,
    /// One connection: the time to the first event with content.
    First,
    /// The same on four connections that pause between requests: some 700 requests in a
    /// second, which leaves the machine mostly idle.
    Steady,
    /// 32 streams, an event about every millisecond, each in a write of its own.
    Paced,
    /// 16 streams as fast as they go, 16 events in each write.
    Burst,
}

impl Cell {
    pub const ALL: [Cell; 7] = [
        Cell::Small,
        Cell::Agent,
        Cell::Alone,
        Cell::First,
        Cell::Steady,
        Cell::Paced,
        Cell::Burst,
    ];

    pub fn is_stream(self) -> bool {
        matches!(self, Cell::Paced | Cell::Burst)
    }

    pub fn is_latency(self) -> bool {
        matches!(self, Cell::Alone | Cell::First | Cell::Steady)
    }

    fn kind(self) -> Kind {
        match self {
            Cell::Small | Cell::Agent | Cell::Alone => Kind::Whole,
            Cell::First | Cell::Steady => Kind::Short,
            Cell::Paced => Kind::Paced,
            Cell::Burst => Kind::Burst,
        }
    }

    fn shape(self, time: Duration) -> Shape {
        let warm_up = time / 4;
        match self {
            Cell::Small | Cell::Agent => Shape::whole(32, warm_up, time),
            Cell::Alone => Shape::whole(1, warm_up, time),
            Cell::First => Shape::streams(1, load::SHORT_FRAMES, warm_up, time),
            Cell::Steady => Shape {
                pauses: true,
                ..Shape::streams(4, load::SHORT_FRAMES, warm_up, time)
            },
            Cell::Paced => Shape::streams(32, load::LONG_FRAMES, warm_up, time),
            Cell::Burst => Shape::streams(16, load::LONG_FRAMES, warm_up, time),
        }
    }
}

/// One measurement. Its unit is the request, for `Paced` and `Burst` the event.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sample {
    /// Units in a second.
    pub rate: f64,
    /// CPU time of the proxy for a unit, in microseconds.
    pub cpu_us: Option<f64>,
    /// The same after the load is over, until the proxy is quiet: what it had put off.
    pub later_us: Option<f64>,
    /// Of the latency; of the time to the first content for `First` and `Steady`. In
    /// microseconds.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    /// CPU time of the mock backend and of this program for a unit: whether they are small
    /// against what is measured.
    pub upstream_cpu_us: Option<f64>,
    pub load_cpu_us: Option<f64>,
    /// Events in one read of the client: near 1 when they travel singly.
    pub events_per_read: Option<f64>,
}

pub async fn measure(
    cell: Cell,
    side: &Running,
    upstream: &Process,
    time: Duration,
) -> Result<Sample> {
    let request = side.request(cell.kind(), cell == Cell::Agent);
    let mut marks = Vec::with_capacity(2);
    let mark = || {
        let proxy = side
            .process
            .as_ref()
            .map(Process::usage)
            .unwrap_or_default();
        marks.push([proxy, upstream.usage(), Usage::own()]);
    };
    let mut seen = load::closed_loop(&request, cell.shape(time), mark).await?;
    let units = if cell.is_stream() {
        seen.frames
    } else {
        seen.answers
    } as f64;
    let cpu = |who: usize| {
        let spent = marks[1][who].cpu?.checked_sub(marks[0][who].cpu?)?;
        Some(spent.as_secs_f64() * 1e6 / units)
    };
    let times = match cell {
        Cell::First | Cell::Steady => &mut seen.first_content,
        _ => &mut seen.latency,
    };
    Ok(Sample {
        rate: units / seen.elapsed.as_secs_f64(),
        cpu_us: cpu(0),
        later_us: rest(side)
            .await
            .map(|spent| spent.as_secs_f64() * 1e6 / units),
        p50_us: times.quantile_us(0.5),
        p99_us: times.quantile_us(0.99),
        upstream_cpu_us: cpu(1),
        load_cpu_us: cpu(2),
        events_per_read: (seen.reads > 0).then(|| seen.frames as f64 / seen.reads as f64),
    })
}

/// Waits until the proxy does nothing any more, so that it does not disturb the next
/// measurement. How much CPU it used until then.
async fn rest(side: &Running) -> Option<Duration> {
    /// Longer than the log's writer and the index pause before they go on.
    const LOOK: Duration = Duration::from_millis(250);
    const QUIET: Duration = Duration::from_millis(2);
    const LONGEST: u32 = 8;
    let process = side.process.as_ref()?;
    let began = process.usage().cpu?;
    let mut last = began;
    for _ in 0..LONGEST {
        tokio::time::sleep(LOOK).await;
        let now = process.usage().cpu?;
        let spent = now.saturating_sub(last);
        last = now;
        if spent < QUIET {
            break;
        }
    }
    Some(last.saturating_sub(began))
}
