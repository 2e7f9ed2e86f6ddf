//! `GET overview` and `GET facets`: many exchanges at once.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use yallmp_core::error::ProxyError;
use yallmp_log::index::{Facets, IndexError, Overview, Range};

use super::super::errors::ApiError;
use super::query::{Time, filled};
use super::{Shared, status};

const BUCKETS: usize = 60;
const MOST: usize = 500;
/// Looked back if nobody says since when, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

#[derive(Debug, Deserialize)]
pub struct Asked {
    since: Option<Time>,
    until: Option<Time>,
    buckets: Option<usize>,
    #[serde(default, deserialize_with = "filled")]
    model: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    deployment: Option<String>,
}

/// Times in seconds since 1970.
#[derive(Serialize)]
pub struct Answer {
    since: f64,
    until: f64,
    /// The length of a bucket, in seconds.
    step: f64,
    /// The beginning of each bucket.
    times: Vec<f64>,
    #[serde(flatten)]
    overview: Overview,
    cooldowns: Vec<Value>,
}

pub async fn overview(
    State(shared): State<Shared>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Answer>, ApiError> {
    let Query(asked) = asked?;
    let until = asked.until.unwrap_or_else(now);
    let since = asked.since.unwrap_or(Time(until.0.saturating_sub(DAY)));
    if since.0 >= until.0 {
        let error = ProxyError::invalid("`since` must be before `until`");
        return Err(ApiError(error.param("since")));
    }
    let range = Range {
        since: since.0,
        until: until.0,
        buckets: asked.buckets.unwrap_or(BUCKETS).clamp(1, MOST),
        model: asked.model,
        deployment: asked.deployment,
    };
    let buckets = range.buckets;
    let overview = shared.read(move |inspector| match inspector.reader.overview(&range) {
        Err(IndexError::Missing(_)) => Ok(Overview::default()),
        overview => Ok(overview?),
    });
    let overview = overview.await?;
    let step = (until.seconds() - since.seconds()) / buckets as f64;
    let cooling = status::cooling(&shared.app).into_iter();
    Ok(Json(Answer {
        since: since.seconds(),
        until: until.seconds(),
        step,
        times: (0..buckets)
            .map(|bucket| since.seconds() + step * bucket as f64)
            .collect(),
        overview,
        cooldowns: cooling
            .filter_map(|(id, until)| Some(json!({"deployment": id, "until": until?})))
            .collect(),
    }))
}

pub async fn facets(State(shared): State<Shared>) -> Result<Json<Facets>, ApiError> {
    let facets = shared.read(|inspector| match inspector.reader.facets() {
        Err(IndexError::Missing(_)) => Ok(Facets::default()),
        facets => Ok(facets?),
    });
    Ok(Json(facets.await?))
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Time(since.map_or(0, |since| since.as_micros() as i64))
}
