//! From the start of the process to its first answer, with nothing compiled yet and after.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::client::Connection;
use crate::results::median;
use crate::side::{Running, Setting, Side};
use crate::upstream::Kind;

/// In milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Starts {
    /// With an empty cache.
    pub first: f64,
    /// The median of later ones.
    pub later: f64,
}

pub async fn measure(side: &Side, setting: &Setting) -> Result<Starts> {
    let cache = tempfile::tempdir()?;
    let setting = Setting {
        cache: cache.path().into(),
        yallmp: setting.yallmp.clone(),
        ..*setting
    };
    let first = once(side, &setting).await?;
    let mut later = Vec::new();
    for _ in 0..5 {
        later.push(once(side, &setting).await?);
    }
    Ok(Starts {
        first,
        later: median(later).context("no start")?,
    })
}

async fn once(side: &Side, setting: &Setting) -> Result<f64> {
    let start = Instant::now();
    let running = Running::spawn(side, setting)?;
    let request = running.request(Kind::Whole, false);
    let mut connection = loop {
        match Connection::open(running.address).await {
            Ok(connection) => break connection,
            Err(error) => ensure!(start.elapsed() < Duration::from_secs(30), "{error:#}"),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    connection.send(&request).await?;
    connection.receive(|_| {}).await?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
