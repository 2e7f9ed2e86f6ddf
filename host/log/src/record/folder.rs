//! The folder of the logs: files that appear whole, leftovers of a crash, retention.
//!
//! A log grows under the name `….log.partial` and gets its own when it is finished, so a reader
//! of `*.log` never sees half a file. Nothing is kept open between two writes: a thousand
//! streams would need a thousand file handles. There is no `fsync`; what a crash of the
//! whole machine takes is the file system's choice.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use yallmp_core::config::{LogLevel, RequestLog};

use super::changes::{Change, Changes};
use super::pool::Pool;
use super::retention::Retention;
use super::spool::Spool;
use super::{name, salvage};
use crate::text::format;

const PARTIAL: &str = ".log.partial";

pub struct Folder {
    dir: PathBuf,
    retention: Retention,
    changes: Arc<Changes>,
    wanted: bool,
    ready: bool,
    /// Only the process with the lock has it: others may write into the same folder.
    pub keeper: Option<Keeper>,
}

/// What the one process has that cleans up.
pub struct Keeper {
    /// Locked as long as it is open.
    _lock: File,
    pub spool: Spool,
    pool: Pool,
    /// Logs that retention deleted.
    deleted: u64,
}

/// A log that is being written.
#[derive(Debug, Default)]
pub struct Partial {
    /// Empty until the file exists.
    stem: String,
    pub written: u64,
}

impl Partial {
    /// The name of its file while it grows.
    pub fn name(&self) -> String {
        format!("{}{PARTIAL}", self.stem)
    }

    /// The name of its file once it is whole.
    pub fn log_name(&self) -> String {
        format!("{}.log", self.stem)
    }
}

impl Folder {
    pub fn new(settings: &RequestLog, changes: Arc<Changes>) -> Self {
        Self {
            dir: settings.dir.clone(),
            retention: Retention::new(settings),
            changes,
            wanted: settings.level != LogLevel::Off,
            ready: false,
            keeper: None,
        }
    }

    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Whether to prepare at the start. If the log is off, a model may still switch it on for
    /// itself; the folder appears with its first log.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Make the folder and finish what an earlier process left. Does nothing once it worked.
    pub fn prepare(&mut self) -> io::Result<()> {
        if self.ready {
            return Ok(());
        }
        fs::create_dir_all(&self.dir)?;
        if let Some(lock) = lock(&self.dir.join(".lock")) {
            self.keeper = Some(Keeper {
                _lock: lock,
                spool: Spool::open(
                    &self.dir,
                    self.retention.max_files(),
                    self.retention.max_bytes(),
                )?,
                pool: Pool::open(&self.dir)?,
                deleted: 0,
            });
            self.salvage_all()?;
        }
        self.retention.list(&self.dir)?;
        self.ready = true;
        Ok(())
    }

    /// A whole log.
    pub fn put(&mut self, stem: &str, text: &[u8]) -> io::Result<()> {
        let mut partial = Partial::default();
        self.append(&mut partial, || stem.to_string(), text)?;
        self.finish(&partial)
    }

    /// Whether there is such a log already.
    pub fn has(&self, stem: &str, size: usize) -> bool {
        fs::metadata(self.log_path(stem)).is_ok_and(|file| file.len() == size as u64)
    }

    /// Append to the log, and create it if this is the first text. After an error the file is
    /// as it was before.
    pub fn append(
        &mut self,
        partial: &mut Partial,
        stem: impl FnOnce() -> String,
        text: &[u8],
    ) -> io::Result<()> {
        self.prepare()?;
        if partial.written == 0 {
            partial.stem = self.create(&stem(), text)?;
        } else {
            let mut file = OpenOptions::new()
                .append(true)
                .open(self.partial_path(&partial.stem))?;
            if let Err(error) = file.write_all(text) {
                file.set_len(partial.written).ok();
                return Err(error);
            }
        }
        partial.written += text.len() as u64;
        Ok(())
    }

    /// The log is whole: give it its name.
    pub fn finish(&mut self, partial: &Partial) -> io::Result<()> {
        fs::rename(
            self.partial_path(&partial.stem),
            self.log_path(&partial.stem),
        )?;
        self.changes.tell(Change::Finished(partial.log_name()));
        self.retention.add(partial.written);
        self.tidy(SystemTime::now());
        Ok(())
    }

    /// Give a log whose exchange will say no more an end, and its name.
    pub fn salvage(&mut self, partial: &mut Partial) -> io::Result<()> {
        let path = self.partial_path(&partial.stem);
        let text = fs::read(&path)?;
        let whole = salvage::whole_lines(&text);
        let mut end = Vec::new();
        if whole.is_empty()
            && let Some(exchange) = name::exchange(&partial.stem)
        {
            format::put_head(&mut end, &exchange);
        }
        end.extend(salvage::end(whole));
        OpenOptions::new()
            .write(true)
            .open(&path)?
            .set_len(whole.len() as u64)?;
        OpenOptions::new()
            .append(true)
            .open(&path)?
            .write_all(&end)?;
        partial.written = (whole.len() + end.len()) as u64;
        self.finish(partial)
    }

    /// Delete what is over the limits. Cheap when there is nothing to do.
    pub fn tidy(&mut self, now: SystemTime) {
        let Some(keeper) = &mut self.keeper else {
            return;
        };
        // What cannot be listed or deleted is tried again some time.
        while let Ok(Some(file_name)) = self.retention.next(&self.dir, now) {
            if keeper.pool.delete(&self.dir.join(&file_name)).is_ok() {
                keeper.deleted += 1;
                self.changes.tell(Change::Deleted(file_name));
            }
        }
    }

    /// How many logs retention deleted since the last call.
    pub fn take_deleted(&mut self) -> u64 {
        self.keeper.as_mut().map_or(0, |keeper| {
            std::mem::take(&mut keeper.deleted) + keeper.spool.take_deleted()
        })
    }

    /// A new partial file; its stem. It differs from all others, also when a client uses an id
    /// twice.
    fn create(&mut self, stem: &str, text: &[u8]) -> io::Result<String> {
        for n in 1.. {
            let stem = match n {
                1 => stem.to_string(),
                n => format!("{stem}-{n}"),
            };
            if fs::exists(self.log_path(&stem))? {
                continue;
            }
            let path = self.partial_path(&stem);
            let mut created = self.write_new(&path, text);
            if created
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound)
            {
                // Someone deleted the folder.
                fs::create_dir_all(&self.dir)?;
                created = self.write_new(&path, text);
            }
            match created {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                created => return created.map(|()| stem),
            }
        }
        unreachable!("a number is free")
    }

    fn write_new(&mut self, path: &Path, text: &[u8]) -> io::Result<()> {
        match &mut self.keeper {
            Some(keeper) => keeper.pool.create(path, text),
            None => super::pool::create(path, text),
        }
    }

    fn salvage_all(&mut self) -> io::Result<()> {
        let names: Vec<_> = fs::read_dir(&self.dir)?
            .flatten()
            .filter_map(|entry| {
                Some(
                    entry
                        .file_name()
                        .to_str()?
                        .strip_suffix(PARTIAL)?
                        .to_string(),
                )
            })
            .filter(|stem| name::started(&format!("{stem}.log")).is_some())
            .collect();
        for stem in names {
            if let Err(error) = self.salvage(&mut Partial {
                stem: stem.clone(),
                written: 0,
            }) {
                tracing::warn!(log = %stem, %error, "cannot finish a log that was interrupted");
            }
        }
        Ok(())
    }

    fn partial_path(&self, stem: &str) -> PathBuf {
        self.dir.join(format!("{stem}{PARTIAL}"))
    }

    fn log_path(&self, stem: &str) -> PathBuf {
        self.dir.join(format!("{stem}.log"))
    }
}

/// None if another process holds it. A file system without locks has no other process.
fn lock(path: &Path) -> Option<File> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .ok()?;
    (!matches!(file.try_lock(), Err(TryLockError::WouldBlock))).then_some(file)
}
