//! `GET overview` and `GET facets`: many exchanges at once.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::time::Instant;
use yallmp_core::error::ProxyError;
use yallmp_log::index::{Facets, IndexError, Overview, Range};

use super::super::App;
use super::super::errors::ApiError;
use super::Shared;
use super::query::{Parameters, Time};

const BUCKETS: usize = 60;
const MOST: usize = 500;
/// Looked back if nobody says since when, in microseconds.
const DAY: i64 = 24 * 3600 * 1_000_000;

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
    /// The oldest first, as far as this process knows them: it remembers none of those
    /// before its start.
    cooldowns: Vec<Cooldown>,
    /// When this process began.
    cooldowns_known_since: f64,
}

#[derive(Serialize)]
struct Cooldown {
    deployment: String,
    since: f64,
    until: f64,
    /// It is not over.
    now: bool,
}

pub async fn overview(
    State(shared): State<Shared>,
    mut asked: Parameters,
) -> Result<Json<Answer>, ApiError> {
    let until = asked.time("until")?.unwrap_or_else(now);
    let day = Time(until.0.saturating_sub(DAY));
    let since = asked.time("since")?.unwrap_or(day);
    let buckets = asked.count("buckets", MOST)?.unwrap_or(BUCKETS);
    let model = asked.text("model")?;
    let deployment = asked.text("deployment")?;
    asked.end()?;
    if since.0 >= until.0 {
        let error = ProxyError::invalid("`since` must be before `until`");
        return Err(ApiError(error.param("since")));
    }
    let range = Range {
        since: since.0,
        until: until.0,
        buckets,
        model,
        deployment,
    };
    let cooldowns = cooldowns(&shared.app, &range);
    let overview = shared.read(move |inspector| match inspector.reader.overview(&range) {
        Err(IndexError::Missing(_)) => Ok(Overview::default()),
        overview => Ok(overview?),
    });
    let overview = overview.await?;
    let step = (until.seconds() - since.seconds()) / buckets as f64;
    Ok(Json(Answer {
        since: since.seconds(),
        until: until.seconds(),
        step,
        times: (0..buckets)
            .map(|bucket| since.seconds() + step * bucket as f64)
            .collect(),
        overview,
        cooldowns,
        cooldowns_known_since: seconds(shared.inspector.started),
    }))
}

/// Those that were in the range, if only for a part of their time.
fn cooldowns(app: &App, range: &Range) -> Vec<Cooldown> {
    let router = &app.gateway().router;
    let (now, wall) = (Instant::now(), seconds(SystemTime::now()));
    let at = |instant: Instant| {
        let ago = now.saturating_duration_since(instant).as_secs_f64();
        wall - ago + instant.saturating_duration_since(now).as_secs_f64()
    };
    // A request's model may be an alias, or one of a wildcard.
    let model = range.model.as_deref();
    let model = model.map(|model| router.configured(model).unwrap_or_else(|| model.into()));
    let (since, until) = (Time(range.since).seconds(), Time(range.until).seconds());
    let mut found = Vec::new();
    for (deployment, cooldowns) in router.cooldowns() {
        let is_of_model = model.as_ref().is_none_or(|m| **m == deployment.model_name);
        let id = range.deployment.as_ref();
        if !is_of_model || id.is_some_and(|id| *id != deployment.id) {
            continue;
        }
        let all = cooldowns.into_iter().map(|cooldown| Cooldown {
            deployment: deployment.id.clone(),
            since: at(cooldown.began),
            until: at(cooldown.until),
            now: now < cooldown.until,
        });
        found.extend(all.filter(|cooldown| cooldown.since < until && cooldown.until > since));
    }
    found.sort_by(|a, b| a.since.total_cmp(&b.since));
    found
}

/// Since 1970.
fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
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
