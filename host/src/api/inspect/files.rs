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
use yallmp_log::text::parse::{self, Log};
use yallmp_log::trace::Trace;

use super::super::errors::ApiError;
use super::super::segment::Segment;
use super::{Inspector, Shared, not_found};

/// How long the writer may take to put what it has into files.
const SAVE: Duration = Duration::from_secs(2);
/// An exchange may end, and its log get its name, between two looks.
const LOOKS: usize = 3;

/// The text of a log, and its name in the folder.
pub struct Found {
    pub file: String,
    pub text: Vec<u8>,
}

pub async fn trace(
    State(shared): State<Shared>,
    Segment(key): Segment,
) -> Result<Json<Trace>, ApiError> {
    let trace = shared.read(move |inspector| {
        let (log, file) = inspector.log(&key)?;
        let mut trace = Trace::of(&log);
        trace.summary.file = file.ends_with(".log").then_some(file);
        Ok(trace)
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
    /// The log of an exchange, and the name of its file. Of a running one what there is.
    pub fn log(&self, key: &str) -> Result<(Log, String), ApiError> {
        let Found { file, text } = self.find(key)?;
        let log = parse::parse(&text).map_err(|error| {
            let what = format!("`{file}` cannot be read: {error}");
            ApiError(ProxyError::invalid(what).code("log_unreadable"))
        })?;
        Ok((log, file))
    }

    /// By id (the newest with it) or by the name of its file.
    pub fn find(&self, key: &str) -> Result<Found, ApiError> {
        for _ in 0..LOOKS {
            let Some(file) = self.file(key)? else {
                return Err(not_found(key));
            };
            match fs::read(self.dir.join(&file)) {
                Ok(text) => return Ok(Found { file, text }),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    tracing::warn!(file, %error, "a log cannot be read");
                    break;
                }
            }
        }
        Err(not_found(key))
    }

    /// The name of its file.
    fn file(&self, key: &str) -> Result<Option<String>, ApiError> {
        let hub = self.log.hub();
        if let Some(known) = hub.find(key) {
            if known.is_running() {
                self.log.save(SAVE);
                if let Some(file) = hub.find(key).and_then(|known| known.file) {
                    return Ok(Some(file));
                }
            } else if known.file.is_some() {
                return Ok(known.file);
            }
        }
        match self.reader.locate(key) {
            Ok(Some(located)) => return Ok(Some(located.file)),
            Ok(None) | Err(IndexError::Missing(_)) => {}
            Err(error) => return Err(error.into()),
        }
        // The index may be behind.
        Ok(yallmp_log::record::find(&self.dir, key).ok().flatten())
    }
}
