//! `GET status`: the proxy itself.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;
use yallmp_core::config::LogLevel;
use yallmp_log::index::IndexError;

use super::super::App;
use super::super::errors::ApiError;
use super::Shared;

pub async fn status(State(shared): State<Shared>) -> Result<Json<Value>, ApiError> {
    let indexed = shared.read(|inspector| match inspector.reader.count() {
        Err(IndexError::Missing(_)) => Ok(0),
        count => Ok(count?),
    });
    // An index that cannot be read is no reason to say nothing.
    let indexed = indexed.await.ok();
    let inspector = &shared.inspector;
    let counts = inspector.log.counts();
    let started = Timestamp::try_from(inspector.started).unwrap_or_default();
    let deployments = cooling(&shared.app).into_iter().map(|(id, until)| {
        let state = if until.is_some() { "cooling" } else { "ok" };
        json!({"id": id, "state": state, "until": until})
    });
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "started": started.to_string(),
        "log": {
            "enabled": inspector.level != LogLevel::Off,
            "dir": inspector.dir,
            "dropped": counts.notes_dropped + counts.notes_unwritten,
            "files": indexed.map(|indexed| indexed + inspector.index.pending() as u64),
            "indexed": indexed,
            "failures": inspector.index.failures(),
        },
        "deployments": deployments.collect::<Vec<_>>(),
    })))
}

/// All deployments, and until when each of them cools down, in seconds since 1970.
fn cooling(app: &App) -> Vec<(String, Option<f64>)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0.0, |now| now.as_secs_f64());
    let all = app.gateway().router.cooling(Instant::now());
    all.into_iter()
        .map(|(deployment, rest)| {
            let until = rest.map(|rest| now + rest.as_secs_f64());
            (deployment.id.clone(), until)
        })
        .collect()
}
