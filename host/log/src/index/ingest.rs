//! Bringing the index up to what is in the folder: which logs are new or gone, and rows for
//! them, many in one transaction.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, params};

use super::row::Row;
use super::schema::{self, IndexError, Lock};
use super::words;
use crate::record::name;

/// Logs for one transaction.
pub(super) const BATCH: usize = 64;
/// A larger file is none that a proxy wrote.
const LARGEST: u64 = 256 << 20;

/// The one writer of an index.
pub struct Ingest {
    dir: PathBuf,
    connection: Connection,
    lock: Lock,
}

/// What the index lacks, and what it has too much.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Names of files, the newest first.
    pub new: Vec<String>,
    pub gone: Vec<String>,
}

impl Difference {
    /// `known`: names of the files that the index has.
    pub(super) fn of(mut known: HashSet<String>, dir: &Path) -> Result<Self, IndexError> {
        let mut new = Vec::new();
        for entry in fs::read_dir(dir)? {
            let Ok(file) = entry?.file_name().into_string() else {
                continue;
            };
            if name::started(&file).is_some() && !known.remove(&file) {
                new.push(file);
            }
        }
        // Names begin with the time.
        new.sort_unstable_by(|a, b| b.cmp(a));
        Ok(Self {
            new,
            gone: known.into_iter().collect(),
        })
    }
}

impl Ingest {
    /// None if another process writes this index.
    ///
    /// # Errors
    /// The database cannot be opened. A broken one is made anew instead.
    pub fn open(dir: &Path) -> Result<Option<Self>, IndexError> {
        let Some(lock) = schema::lock(dir)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            dir: dir.to_path_buf(),
            connection: schema::open(dir, &lock)?,
            lock,
        }))
    }

    /// Whether somebody deleted the file.
    pub fn is_gone(&self) -> bool {
        !schema::exists(&self.dir)
    }

    /// Begin with an empty index.
    pub fn start_anew(&mut self) -> Result<(), IndexError> {
        // The file can be deleted only when it is closed.
        self.connection = Connection::open_in_memory()?;
        schema::remove(&self.dir)?;
        self.connection = schema::open(&self.dir, &self.lock)?;
        Ok(())
    }

    /// Compare the folder with the index.
    pub fn difference(&self) -> Result<Difference, IndexError> {
        Difference::of(schema::files(&self.connection)?, &self.dir)
    }

    /// Do all that is to be done, without a pause. `progress` hears how many logs are left.
    pub fn catch_up(&mut self, mut progress: impl FnMut(usize)) -> Result<(), IndexError> {
        let Difference { new, gone } = self.difference()?;
        self.remove(&gone)?;
        let mut left = new.len();
        for batch in new.chunks(BATCH) {
            progress(left);
            self.add(batch)?;
            left -= batch.len();
        }
        Ok(())
    }

    /// Read these logs and add or replace their rows. One that is not there any more loses its row.
    pub fn add(&mut self, files: &[String]) -> Result<(), IndexError> {
        let mut rows = Vec::with_capacity(files.len());
        for file in files {
            rows.push(
                match read(&self.dir.join(file)) {
                    Ok(text) => Row::read(file, &text).ok(),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    Err(error) if is_unreadable(error.kind()) => None,
                    Err(error) => return Err(error.into()),
                }
                .ok_or(file),
            );
        }
        let transaction = self.connection.transaction()?;
        for row in rows {
            match row {
                Ok(row) => {
                    delete(&transaction, &row.file)?;
                    insert(&transaction, &row)?;
                }
                Err(file) => {
                    delete(&transaction, file)?;
                    transaction
                        .prepare_cached("INSERT INTO unreadable (file) VALUES (?)")?
                        .execute([file])?;
                }
            }
        }
        Ok(transaction.commit()?)
    }

    pub fn remove(&mut self, files: &[String]) -> Result<(), IndexError> {
        let transaction = self.connection.transaction()?;
        for file in files {
            delete(&transaction, file)?;
        }
        Ok(transaction.commit()?)
    }
}

/// It will not be better next time.
fn is_unreadable(error: io::ErrorKind) -> bool {
    use io::ErrorKind::{InvalidData, IsADirectory, PermissionDenied};
    matches!(error, InvalidData | IsADirectory | PermissionDenied)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = Vec::with_capacity(length as usize);
    file.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}

fn delete(transaction: &Transaction<'_>, file: &str) -> rusqlite::Result<()> {
    let places: Vec<i64> = transaction
        .prepare_cached("SELECT n FROM exchange WHERE file = ?")?
        .query_map([file], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for n in places {
        for statement in [
            "DELETE FROM words WHERE rowid = ?",
            "DELETE FROM plugin WHERE exchange = ?",
            "DELETE FROM exchange WHERE n = ?",
        ] {
            transaction.prepare_cached(statement)?.execute([n])?;
        }
    }
    transaction
        .prepare_cached("DELETE FROM unreadable WHERE file = ?")?
        .execute([file])?;
    Ok(())
}

/// A backend may claim any number, and the database adds them up.
fn sane(tokens: u64) -> u64 {
    tokens.min(1 << 40)
}

fn insert(transaction: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    let Row { summary, turn, .. } = row;
    transaction
        .prepare_cached(
            "INSERT INTO exchange (
                file, id, started, model, deployment, outcome, retries, fell_back, tokens_in,
                tokens_out, first_event, total, gap_p50, gap_p95, overhead, chain, before, opening,
                messages, answer, summary
             ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            row.file,
            summary.id,
            row.started,
            summary.model,
            summary.deployment,
            row.outcome,
            summary.attempts.saturating_sub(1),
            summary.fell_back,
            summary.tokens.input.map(sane),
            summary.tokens.output.map(sane),
            summary.first_event,
            summary.total,
            row.gaps.map(|gaps| gaps.0),
            row.gaps.map(|gaps| gaps.1),
            row.overhead,
            turn.chain,
            turn.before,
            turn.opening,
            turn.messages,
            turn.answer,
            row.json,
        ])?;
    let n = transaction.last_insert_rowid();
    for plugin in &row.plugins {
        transaction
            .prepare_cached("INSERT INTO plugin VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?
            .execute(params![
                n,
                &*plugin.name,
                plugin.spent.calls,
                plugin.spent.time.as_secs_f64(),
                plugin.spent.changed,
                plugin.spent.failed,
                plugin.spent.dropped,
                plugin.spent.added,
            ])?;
    }
    if !row.text.is_empty() {
        transaction
            .prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?
            .execute(params![n, words::prepare(&row.text)])?;
    }
    Ok(())
}
