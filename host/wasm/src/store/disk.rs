//! The store in a file, for one process: all entries are in memory too, within the same
//! bounds, so no request waits for a disk. A thread writes what changed behind it.

use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition, TableError};
use tokio::time::Instant;

use super::entries::{Entries, Entry, Key};
use super::{Space, Store, StoreError};

/// Tenant, plugin and name → when it was written and when it expires (milliseconds since
/// 1970), and the value.
const TABLE: TableDefinition<'_, RowKey<'_>, RowValue<'_>> = TableDefinition::new("entries-1");
type RowKey<'a> = (&'a str, &'a str, &'a str);
type RowValue<'a> = (u64, u64, &'a [u8]);

/// Of the database's own page cache: everything is read once.
const CACHE_BYTES: usize = 4 << 20;

/// How long a wipe waits for the file.
const WRITTEN_LIMIT: Duration = Duration::from_secs(5);

/// Before writing is tried again after it failed.
const RETRY: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("another process has it open; several share a memory with a `redis://` URL")]
    InUse,
    #[error("{0}")]
    Damaged(String),
}

/// See the head of this file.
pub struct DiskStore {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    /// A batch of changes is in the file.
    written: Condvar,
}

struct State {
    entries: Entries,
    closing: bool,
    /// How many batches of changes the writer took, and up to which all is in the file.
    taken: u64,
    written: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that has changed by now is in the file. False: it took too long.
    fn wait_until_written(&self) -> bool {
        let state = self.state();
        let last = state.taken + u64::from(state.entries.has_changes());
        let open = |it: &mut State| it.written < last;
        let waited = self.written.wait_timeout_while(state, WRITTEN_LIMIT, open);
        let (_state, time) = waited.unwrap_or_else(PoisonError::into_inner);
        !time.timed_out()
    }
}

impl DiskStore {
    /// Reads the file, or makes it. One that cannot be read is set aside with a warning.
    ///
    /// # Errors
    /// The file may not be used, or another process uses it.
    pub fn open(path: &Path, tenant_bytes: usize, total_bytes: usize) -> Result<Self, DiskError> {
        let mut entries = Entries::new(tenant_bytes, total_bytes);
        entries.watch();
        let (database, rows) = match read(path) {
            Err(DiskError::Damaged(reason)) => {
                let aside = set_aside(path)?;
                tracing::warn!(
                    "the plugin store `{}` is damaged ({reason}); it is now `{}`, and a new one begins",
                    path.display(),
                    aside.display()
                );
                read(path)?
            }
            read => read?,
        };
        fill(&mut entries, rows);
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                entries,
                closing: false,
                taken: 0,
                written: 0,
            }),
            wake: Condvar::new(),
            written: Condvar::new(),
        });
        let own = shared.clone();
        let writer = std::thread::Builder::new()
            .name("yallmp-store".into())
            .spawn(move || write_behind(&database, &own))?;
        Ok(Self {
            shared,
            writer: Some(writer),
        })
    }

    fn change<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        let result = work(&mut self.shared.state().entries);
        self.shared.wake.notify_one();
        result
    }
}

/// Writes what is still to be written.
impl Drop for DiskStore {
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Store for DiskStore {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(space, key);
        Ok(self.shared.state().entries.get(&key))
    }

    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        ttl: Duration,
    ) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(space, key);
        Ok(self.change(|entries| entries.renew(&key, ttl)))
    }

    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let key = Key::new(space, key);
        self.change(|entries| entries.put(key, value, ttl))
    }

    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError> {
        let key = Key::new(space, key);
        self.change(|entries| entries.remove(&key));
        Ok(())
    }

    /// Done when it is in the file, too.
    async fn clear(&self, plugin: &str) -> Result<u64, StoreError> {
        let removed = self.change(|entries| entries.clear(plugin));
        let shared = self.shared.clone();
        let written = tokio::task::spawn_blocking(move || shared.wait_until_written());
        match written.await {
            Ok(true) => Ok(removed),
            _ => Err(StoreError::Unavailable),
        }
    }
}

// Reading.

struct Row {
    key: (String, String, String),
    value: Bytes,
    written: u64,
    expires: u64,
}

fn read(path: &Path) -> Result<(Database, Vec<Row>), DiskError> {
    private_file(path)?;
    // The database may panic over a file that something else wrote into.
    catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder()
            .set_cache_size(CACHE_BYTES)
            .create(path)
            .map_err(opening)?;
        let rows = rows(&database).map_err(|error| DiskError::Damaged(error.to_string()))?;
        Ok((database, rows))
    }))
    .unwrap_or_else(|_| Err(DiskError::Damaged("reading it panicked".into())))
}

fn opening(error: DatabaseError) -> DiskError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => DiskError::InUse,
        DatabaseError::Storage(redb::StorageError::Io(error))
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            DiskError::Io(error)
        }
        error => DiskError::Damaged(error.to_string()),
    }
}

fn rows(database: &Database) -> Result<Vec<Row>, redb::Error> {
    let table = match database.begin_read()?.open_table(TABLE) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut rows = Vec::new();
    for row in table.iter()? {
        let (key, value) = row?;
        let (tenant, plugin, name) = key.value();
        let (written, expires, value) = value.value();
        rows.push(Row {
            key: (tenant.into(), plugin.into(), name.into()),
            value: Bytes::copy_from_slice(value),
            written,
            expires,
        });
    }
    Ok(rows)
}

/// The oldest first, so that they are the first to go. What is over time or bound counts
/// as changed, and is deleted from the file.
fn fill(entries: &mut Entries, mut rows: Vec<Row>) {
    rows.sort_by_key(|row| row.written);
    let now = since_1970(SystemTime::now());
    entries.take_changes();
    for row in rows {
        let (tenant, plugin, name) = &row.key;
        let space = Space { plugin, tenant };
        let key = Key::new(space, name);
        let left = Duration::from_millis(row.expires.saturating_sub(now));
        if left.is_zero() || entries.put(key.clone(), row.value, left).is_err() {
            entries.mark([key]);
        }
    }
}

fn since_1970(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Make the file if it is not there; nobody else may read what users asked.
fn private_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".damaged-{}", since_1970(SystemTime::now())));
    let aside = PathBuf::from(name);
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

// Writing.

fn write_behind(database: &Database, shared: &Shared) {
    let mut failing = false;
    loop {
        let mut state = shared.state();
        while !state.entries.has_changes() {
            if state.closing {
                return;
            }
            state = shared
                .wake
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let changes = state.entries.take_changes();
        state.taken += 1;
        drop(state);
        let Err(error) = write(database, &changes) else {
            failing = false;
            let mut state = shared.state();
            // What an earlier batch could not write was in this one again.
            state.written = state.taken;
            shared.written.notify_all();
            continue;
        };
        if !std::mem::replace(&mut failing, true) {
            tracing::warn!("the plugin store cannot be written, it lives in memory: {error}");
        }
        let mut state = shared.state();
        state.entries.mark(changes.into_iter().map(|(key, _)| key));
        if state.closing {
            return;
        }
        let waited = shared
            .wake
            .wait_timeout_while(state, RETRY, |it| !it.closing);
        drop(waited);
    }
}

fn write(database: &Database, changes: &[(Key, Option<Entry>)]) -> Result<(), redb::Error> {
    let wall = since_1970(SystemTime::now());
    let now = Instant::now();
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(TABLE)?;
        for (key, entry) in changes {
            let key = (&*key.tenant, &*key.plugin, &*key.name);
            match entry {
                Some(entry) => {
                    let left = entry.expires.saturating_duration_since(now).as_millis();
                    let expires = wall.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
                    table.insert(key, (wall, expires, &entry.value[..]))?;
                }
                None => {
                    table.remove(key)?;
                }
            }
        }
    }
    transaction.commit()?;
    Ok(())
}
