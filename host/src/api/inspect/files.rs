//! One exchange: its trace, its log, the turn before it.

use std::fs;
use std::io::ErrorKind;
use std::time::{Duration, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde_json::{Value, json};
use yallmp_core::error::ProxyError;
use yallmp_log::index::{IndexError, Turn};
use yallmp_log::record::{self, Found};
use yallmp_log::text::parse::{self, Log};
use yallmp_log::trace::Trace;

use super::super::errors::ApiError;
use super::super::segment::Segment;
use super::{Inspector, Shared, not_found};

/// How long the writer may take to put what it has into files.
const SAVE: Duration = Duration::from_secs(2);
/// An exchange may end, and its log get its name, between two looks.
const LOOKS: usize = 3;

pub async fn trace(
    State(shared): State<Shared>,
    Segment(key): Segment,
) -> Result<Json<Trace>, ApiError> {
    let trace = shared.read(move |inspector| {
        let found = inspector.find(&key)?;
        Ok(trace_of(&found, &read(&found)?))
    });
    Ok(Json(trace.await?))
}

pub async fn log(
    State(shared): State<Shared>,
    Segment(key): Segment,
) -> Result<Response, ApiError> {
    let found = shared.read(move |inspector| inspector.find(&key)).await?;
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((plain, found.text).into_response())
}

pub async fn previous(
    State(shared): State<Shared>,
    Segment(key): Segment,
) -> Result<Json<Value>, ApiError> {
    let previous = shared.read(move |inspector| {
        let (log, _) = inspector.log(&key)?;
        let since = log.meta.started.duration_since(UNIX_EPOCH);
        let started = since.map_or(0, |since| since.as_micros() as i64);
        match inspector.reader.previous(&Turn::of_log(&log), started) {
            Err(IndexError::Missing(_)) => Ok(None),
            previous => Ok(previous?),
        }
    });
    let previous = previous.await?;
    Ok(Json(json!({
        "id": previous.as_ref().map(|located| &located.id),
        "file": previous.as_ref().map(|located| &located.file),
    })))
}

impl Inspector {
    /// The log of an exchange, and its name. Of a running one what there is.
    pub fn log(&self, key: &str) -> Result<(Log, String), ApiError> {
        let found = self.find(key)?;
        Ok((read(&found)?, found.name))
    }

    /// By id (the newest with it) or by the name of its file.
    pub fn find(&self, key: &str) -> Result<Found, ApiError> {
        for _ in 0..LOOKS {
            let Some(name) = self.file(key)? else {
                break;
            };
            match fs::read(self.dir.join(&name)) {
                Ok(text) => {
                    let waits = false;
                    return Ok(Found { name, text, waits });
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(file = name, %error, "a log cannot be read");
                    return Err(not_found(key));
                }
            }
        }
        // The index may be behind, or the log waits for its file, or for the writer.
        if self.log.hub().find(key).is_some() {
            self.log.save(SAVE);
        }
        let found = record::find(&self.dir, key).ok().flatten();
        found.ok_or_else(|| not_found(key))
    }

    /// The name of its file, where that is known without a look at the whole folder.
    fn file(&self, key: &str) -> Result<Option<String>, ApiError> {
        let hub = self.log.hub();
        if let Some(known) = hub.find(key) {
            if known.is_running() {
                self.log.save(SAVE);
            }
            if let Some(file) = hub.find(key).and_then(|known| known.file) {
                return Ok(Some(file));
            }
            // An older one with this id would be another exchange.
            if let Ok(Some(_)) = record::find_waiting(&self.dir, key) {
                return Ok(None);
            }
        }
        match self.reader.locate(key) {
            Ok(located) => Ok(located.map(|located| located.file)),
            Err(IndexError::Missing(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// With the name of its file, if it has one already.
pub fn trace_of(found: &Found, log: &Log) -> Trace {
    let mut trace = Trace::of(log);
    let is_file = !found.waits && found.name.ends_with(".log");
    trace.summary.file = is_file.then(|| found.name.clone());
    trace
}

pub fn read(found: &Found) -> Result<Log, ApiError> {
    parse::parse(&found.text).map_err(|error| {
        let what = format!("`{}` cannot be read: {error}", found.name);
        ApiError(ProxyError::invalid(what).code("log_unreadable"))
    })
}
