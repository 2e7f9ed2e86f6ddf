//! Peak memory of a side, each time in a fresh process.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::load::{self, Shape};
use crate::process::{Process, Usage};
use crate::side::{Running, Setting, Side};
use crate::upstream::Kind;

pub const CONNECTIONS: usize = 128;
pub const STREAMS: usize = 1000;

/// Peak resident memory in bytes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Memory {
    /// 1 KB requests over 128 connections.
    pub busy: Option<u64>,
    /// 100 KB requests over 128 connections.
    pub busy_agent: Option<u64>,
    /// 1,000 streams that have begun and stay open.
    pub streams: Option<u64>,
}

pub async fn measure(side: &Side, setting: &Setting, time: Duration) -> Result<Memory> {
    Ok(Memory {
        busy: busy(side, setting, time, false).await?,
        busy_agent: busy(side, setting, time, true).await?,
        streams: streams(side, setting).await.context("open streams")?,
    })
}

async fn busy(
    side: &Side,
    setting: &Setting,
    time: Duration,
    agent_body: bool,
) -> Result<Option<u64>> {
    let running = Running::start(side, setting)?;
    let shape = Shape::whole(CONNECTIONS, Duration::ZERO, time);
    load::closed_loop(&running.request(Kind::Whole, agent_body), shape, || {}).await?;
    Ok(peak(&running))
}

async fn streams(side: &Side, setting: &Setting) -> Result<Option<u64>> {
    let running = Running::start(side, setting)?;
    let streams = load::open_streams(&running.request(Kind::Open, false), STREAMS).await?;
    // Each stream gets an event every second: let all have had one.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    let peak = peak(&running);
    drop(streams);
    Ok(peak)
}

fn peak(running: &Running) -> Option<u64> {
    running
        .process
        .as_ref()
        .map(Process::usage)
        .and_then(|Usage { peak, .. }| peak)
}
