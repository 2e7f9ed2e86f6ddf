//! The database file: its tables, and what happens to one that cannot be used.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// In the folder of the logs.
const NAME: &str = ".index.sqlite";
/// Held by the one process that writes the index.
const LOCK: &str = ".index.lock";
/// Of the tables and of what is put into them. A file of another version is made anew.
const VERSION: i64 = 2;
/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(2);

/// `exchange`: one row for each log. Times in microseconds since 1970 or seconds; `chain`,
/// `before`, `opening`, `messages` and `answer` are of [`super::conversation::Turn`].
/// `plugin`: what each plugin did in it.
/// `unreadable`: logs that are none, so that they are not read again and again.
/// `words`: the conversation to be searched; the text itself is in the log only.
const TABLES: &str = "
CREATE TABLE exchange (
    n INTEGER PRIMARY KEY,
    file TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    started INTEGER NOT NULL,
    model TEXT NOT NULL,
    deployment TEXT,
    outcome TEXT NOT NULL,
    retries INTEGER NOT NULL,
    fell_back INTEGER NOT NULL,
    tokens_in INTEGER,
    tokens_out INTEGER,
    first_event REAL,
    total REAL,
    gap_p50 REAL,
    gap_p95 REAL,
    overhead REAL,
    chain INTEGER,
    before INTEGER,
    opening INTEGER,
    messages INTEGER,
    answer TEXT,
    summary TEXT NOT NULL
);
CREATE INDEX exchange_started ON exchange (started, id);
CREATE INDEX exchange_model ON exchange (model, started, id);
CREATE INDEX exchange_deployment ON exchange (deployment, started, id);
CREATE INDEX exchange_outcome ON exchange (outcome, started, id);
CREATE INDEX exchange_id ON exchange (id);
CREATE INDEX exchange_chain ON exchange (chain, started);
CREATE INDEX exchange_opening ON exchange (opening, started);
CREATE INDEX exchange_answer ON exchange (answer, started) WHERE answer IS NOT NULL;
CREATE TABLE plugin (
    exchange INTEGER NOT NULL,
    name TEXT NOT NULL,
    calls INTEGER NOT NULL,
    time REAL NOT NULL,
    changed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (exchange, name)
) WITHOUT ROWID;
CREATE INDEX plugin_changed ON plugin (name, exchange) WHERE changed > 0;
CREATE TABLE unreadable (file TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
";

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("the index of the logs in `{}` does not exist yet", .0.display())]
    Missing(PathBuf),
    #[error(
        "the index of the logs in `{}` was made by another version of yallmp; it is made anew when a proxy of this version runs, or when no proxy runs", .0.display()
    )]
    OtherVersion(PathBuf),
    #[error("the index of the logs: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the index of the logs: {0}")]
    File(#[from] io::Error),
}

impl IndexError {
    /// The file is no database, or a broken one: only a new one helps.
    pub(super) fn is_broken(&self) -> bool {
        match self {
            Self::OtherVersion(_) => true,
            Self::Database(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
            ),
            Self::Missing(_) | Self::File(_) => false,
        }
    }
}

/// The right to write the index of a folder; it ends when this is dropped.
pub struct Lock(#[expect(dead_code, reason = "locked as long as it is open")] File);

/// None if another process has it. A file system without locks has no other process.
pub fn lock(dir: &Path) -> io::Result<Option<Lock>> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join(LOCK))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        _ => Ok(Some(Lock(file))),
    }
}

/// Open the index, or make it. One that is broken or of another version is replaced by an
/// empty one.
pub fn open(dir: &Path, _lock: &Lock) -> Result<Connection, IndexError> {
    match try_open(dir) {
        Err(error) if error.is_broken() => {
            tracing::warn!(folder = %dir.display(), %error, "the index is made anew");
            remove(dir)?;
            try_open(dir)
        }
        opened => opened,
    }
}

fn try_open(dir: &Path) -> Result<Connection, IndexError> {
    let mut connection = Connection::open(dir.join(NAME))?;
    connection.busy_timeout(BUSY)?;
    // Survives a kill at any moment; what a crash of the machine takes is in the logs.
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    match version(&connection)? {
        VERSION => {}
        0 => {
            let transaction = connection.transaction()?;
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        _ => return Err(IndexError::OtherVersion(dir.to_path_buf())),
    }
    // A broken file is better found now than in the middle of a question.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Open the index to read. Whoever writes it is not disturbed.
pub fn open_to_read(dir: &Path) -> Result<Connection, IndexError> {
    if !exists(dir) {
        return Err(IndexError::Missing(dir.to_path_buf()));
    }
    // Reading takes part in the locks of the log of changes, so not `READ_ONLY`: with no
    // writer about, the last reader tidies up.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(dir.join(NAME), flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "query_only", true)?;
    match version(&connection)? {
        VERSION => Ok(connection),
        0 => Err(IndexError::Missing(dir.to_path_buf())),
        _ => Err(IndexError::OtherVersion(dir.to_path_buf())),
    }
}

/// The names of the logs that are in it, also of those that are none.
pub fn files(connection: &Connection) -> rusqlite::Result<HashSet<String>> {
    connection
        .prepare_cached("SELECT file FROM exchange UNION ALL SELECT file FROM unreadable")?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

pub fn exists(dir: &Path) -> bool {
    dir.join(NAME).exists()
}

/// Delete the index.
pub fn remove(dir: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(dir.join(format!("{NAME}{suffix}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
