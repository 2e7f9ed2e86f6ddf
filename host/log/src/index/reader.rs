//! Connections that read, beside the one that writes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Shared;
use super::conversation::Turn;
use super::ingest::Difference;
use super::schema::{self, IndexError};

/// Connections kept open while nobody asks.
const IDLE: usize = 2;

/// Answers questions. Each method blocks the thread, for milliseconds mostly; many threads
/// may ask at the same time.
pub struct Reader {
    dir: PathBuf,
    shared: Arc<Shared>,
    /// With the generation of the file that they have open.
    idle: Mutex<Vec<(u64, Connection)>>,
}

/// A log in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    pub id: String,
    /// Name in the folder.
    pub file: String,
}

impl Reader {
    /// Of a folder whose index another process writes, or nobody.
    pub fn open(dir: &Path) -> Self {
        Self::new(dir, Arc::default())
    }

    pub(super) fn new(dir: &Path, shared: Arc<Shared>) -> Self {
        Self {
            dir: dir.to_path_buf(),
            shared,
            idle: Mutex::default(),
        }
    }

    /// The log of the exchange with this id (the newest, if clients used it more than once),
    /// or with this file name.
    pub fn locate(&self, key: &str) -> Result<Option<Located>, IndexError> {
        self.ask(|connection| {
            let column = if key.ends_with(".log") { "file" } else { "id" };
            connection
                .prepare_cached(&format!(
                    "SELECT id, file FROM exchange WHERE {column} = ? ORDER BY started DESC LIMIT 1"
                ))?
                .query_row([key], located)
                .optional()
        })
    }

    /// The turn before this one, of an exchange that began at `started` (microseconds since
    /// 1970): the one whose answer it names; else the last one with the same messages, less what came since; else, if a client
    /// changes its history, the last shorter one of the same day that opened with the same message.
    pub fn previous(&self, turn: &Turn, started: i64) -> Result<Option<Located>, IndexError> {
        const DAY: i64 = 24 * 3600 * 1_000_000;
        if let Some(answer) = &turn.continues {
            return self.ask(|connection| {
                connection
                    .prepare_cached(
                        "SELECT id, file FROM exchange WHERE answer = ? AND started < ?
                         ORDER BY started DESC LIMIT 1",
                    )?
                    .query_row(params![answer, started], located)
                    .optional()
            });
        }
        let Some(before) = turn.before else {
            return Ok(None);
        };
        self.ask(|connection| {
            let exact = connection
                .prepare_cached(
                    "SELECT id, file FROM exchange WHERE chain = ? AND started < ?
                     ORDER BY started DESC LIMIT 1",
                )?
                .query_row(params![before, started], located)
                .optional()?;
            if exact.is_some() {
                return Ok(exact);
            }
            connection
                .prepare_cached(
                    "SELECT id, file FROM exchange
                     WHERE opening = ? AND started < ? AND started > ? AND messages < ?
                     ORDER BY started DESC LIMIT 1",
                )?
                .query_row(
                    params![turn.opening, started, started - DAY, turn.messages],
                    located,
                )
                .optional()
        })
    }

    /// How many logs the index holds.
    pub fn count(&self) -> Result<u64, IndexError> {
        self.ask(|connection| {
            connection.query_row("SELECT count(*) FROM exchange", [], |row| row.get(0))
        })
    }

    /// How many finished logs in the folder are not in the index yet. Reads the whole folder.
    pub fn behind(&self) -> Result<usize, IndexError> {
        let known = self.ask(schema::files)?;
        Ok(Difference::of(known, &self.dir)?.new.len())
    }

    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, IndexError> {
        let generation = self.shared.generation();
        let idle = {
            let mut idle = self.idle();
            idle.retain(|(of, _)| *of == generation);
            idle.pop()
        };
        let connection = match idle {
            Some((_, connection)) => connection,
            None => schema::open_to_read(&self.dir)?,
        };
        // One that failed is closed: its file may have to be replaced.
        let answer = question(&connection)?;
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push((generation, connection));
        }
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn located(row: &Row<'_>) -> rusqlite::Result<Located> {
    Ok(Located {
        id: row.get(0)?,
        file: row.get(1)?,
    })
}
