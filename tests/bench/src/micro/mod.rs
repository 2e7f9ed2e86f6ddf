//! Single parts of the proxy, called in this process: what one frame, one request body, one
//! instance and one event cost. The fastest of several rounds counts, so read these figures
//! as "this is possible", and their ratios.

mod guests;
mod plugins;
mod text;

use std::time::{Duration, Instant};

use anyhow::Result;

const ROUNDS: usize = 40;

/// A line of the table.
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
}

impl Figure {
    /// `bytes` of text took `time`.
    fn speed(what: impl Into<String>, bytes: usize, time: Duration) -> Self {
        let value = bytes as f64 / 1e6 / time.as_secs_f64();
        Self {
            what: what.into(),
            value,
            unit: "MB/s",
        }
    }

    fn time(what: impl Into<String>, time: Duration) -> Self {
        Self {
            what: what.into(),
            value: time.as_secs_f64() * 1e6,
            unit: "us",
        }
    }
}

pub fn run() -> Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let mut figures = text::figures()?;
    figures.extend(guests::figures()?);
    println!("| part | | |\n| --- | ---: | --- |");
    for Figure { what, value, unit } in figures {
        println!("| {what} | {value:.2} | {unit} |");
    }
    println!();
    plugins::print()
}

/// How long `work` takes, which does its thing `count` times in each round.
fn best(count: u32, mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed());
    }
    Ok(best / count)
}
