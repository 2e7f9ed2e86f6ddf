//! The load: connections that send, wait for the whole answer and send again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use crate::client::{Connection, Request};
use crate::payload;

/// What a closed loop does.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub connections: usize,
    pub warm_up: Duration,
    pub time: Duration,
    /// Answers are streams: `payload::FRAMES` frames each, unless `short`.
    pub streams: bool,
    pub frames: usize,
    /// A few milliseconds between an answer and the next request, never the same in a row.
    pub pauses: bool,
}

/// What a closed loop saw inside its time.
#[derive(Debug, Default)]
pub struct Seen {
    pub elapsed: Duration,
    pub answers: usize,
    pub frames: usize,
    /// Reads that brought frames: `frames / reads` says how far they arrived singly.
    pub reads: usize,
    pub latency: Nanos,
    pub first_content: Nanos,
}

/// Durations in nanoseconds.
#[derive(Debug, Default)]
pub struct Nanos(Vec<u64>);

impl Nanos {
    fn push(&mut self, duration: Duration) {
        self.0.push(duration.as_nanos() as u64);
    }

    /// In microseconds; `q` is between 0 and 1.
    pub fn quantile_us(&mut self, q: f64) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let at = (last as f64 * q).round() as usize;
        Some(*self.0.select_nth_unstable(at).1 as f64 / 1e3)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Measure,
    Stop,
}

/// Runs one closed loop. `mark` is called when the measured time begins and ends. Must run
/// on a `LocalSet`.
pub async fn closed_loop(request: &Request, shape: Shape, mut mark: impl FnMut()) -> Result<Seen> {
    let phase = Rc::new(Cell::new(Phase::WarmUp));
    let seen = Rc::new(RefCell::new(Seen::default()));
    let mut tasks = JoinSet::new();
    for number in 0..shape.connections {
        tasks.spawn_local(one_connection(
            number,
            request.clone(),
            shape,
            phase.clone(),
            seen.clone(),
        ));
    }
    watched_sleep(&mut tasks, shape.warm_up).await?;
    mark();
    let start = Instant::now();
    phase.set(Phase::Measure);
    watched_sleep(&mut tasks, shape.time).await?;
    mark();
    seen.borrow_mut().elapsed = start.elapsed();
    phase.set(Phase::Stop);
    let drained = async {
        while let Some(joined) = tasks.join_next().await {
            joined??;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(10), drained)
        .await
        .context("an answer takes longer than 10 s")??;
    ensure!(
        seen.borrow().answers + seen.borrow().frames > 0,
        "no answer in {:?}",
        shape.time
    );
    Ok(seen.take())
}

/// Sleeps, but ends at once with the first connection that fails.
async fn watched_sleep(tasks: &mut JoinSet<Result<()>>, time: Duration) -> Result<()> {
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        Some(joined) = tasks.join_next() => joined?,
    }
}

async fn one_connection(
    number: usize,
    request: Request,
    shape: Shape,
    phase: Rc<Cell<Phase>>,
    seen: Rc<RefCell<Seen>>,
) -> Result<()> {
    /// In milliseconds; primes, so that nothing in the proxy keeps step with them.
    const PAUSES: [u64; 4] = [3, 7, 2, 5];
    let mut connection = Connection::open(request.address).await?;
    let mut pauses = PAUSES.iter().cycle().skip(number);
    while phase.get() != Phase::Stop {
        if shape.pauses
            && let Some(pause) = pauses.next()
        {
            tokio::time::sleep(Duration::from_millis(*pause)).await;
        }
        let start = Instant::now();
        connection.send(&request).await?;
        let (mut frames, mut reads) = (0, 0);
        let answer = connection
            .receive(|answer| {
                if phase.get() == Phase::Measure {
                    let mut seen = seen.borrow_mut();
                    seen.frames += answer.frames - frames;
                    seen.reads += answer.reads - reads;
                }
                (frames, reads) = (answer.frames, answer.reads);
            })
            .await?;
        if shape.streams {
            ensure!(
                answer.frames == shape.frames,
                "a stream of {} frames instead of {}: {}",
                answer.frames,
                shape.frames,
                answer.excerpt()
            );
        } else {
            ensure!(
                answer.bytes > 500,
                "an answer of {} bytes: {}",
                answer.bytes,
                answer.excerpt()
            );
        }
        if phase.get() == Phase::Measure {
            let mut seen = seen.borrow_mut();
            seen.answers += 1;
            seen.latency.push(start.elapsed());
            if let Some(at) = answer.first_content {
                seen.first_content.push(at - start);
            }
        }
    }
    Ok(())
}

/// Opens streams and waits until each has its first content. They stay open as long as the
/// connections live.
pub async fn open_streams(request: &Request, count: usize) -> Result<Vec<Connection>> {
    let mut streams = Vec::with_capacity(count);
    let mut opening = JoinSet::new();
    for _ in 0..count {
        if opening.len() == 64 {
            streams.extend(opening.join_next().await.transpose()?.transpose()?);
        }
        let request = request.clone();
        opening.spawn_local(async move {
            let mut connection = Connection::open(request.address).await?;
            connection.send(&request).await?;
            connection.receive_first().await?;
            anyhow::Ok(connection)
        });
    }
    while let Some(opened) = opening.join_next().await {
        streams.push(opened??);
    }
    Ok(streams)
}

impl Shape {
    pub fn whole(connections: usize, warm_up: Duration, time: Duration) -> Self {
        Self {
            connections,
            warm_up,
            time,
            streams: false,
            frames: 0,
            pauses: false,
        }
    }

    pub fn streams(connections: usize, frames: usize, warm_up: Duration, time: Duration) -> Self {
        Self {
            connections,
            warm_up,
            time,
            streams: true,
            frames,
            pauses: false,
        }
    }
}

/// Frames of the short stream: role, content, finish, `[DONE]`.
pub const SHORT_FRAMES: usize = 4;
/// Frames of the long ones.
pub const LONG_FRAMES: usize = payload::FRAMES;

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
