//! The folder of the logs: files that appear whole, leftovers of a crash, retention.
//!
//! A log grows under the name `….log.partial` and gets its own when it is finished, so a reader
//! of `*.log` never sees half a file. Nothing is kept open between two writes: a thousand
//! streams would need a thousand file handles. There is no `fsync`; what a crash of the
//! whole machine takes is the file system's choice.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use yallmp_core::config::RequestLog;

use super::spool::Spool;
use super::{name, salvage};

const PARTIAL: &str = ".log.partial";
/// Old files are looked for this often.
const AGE_CHECK: Duration = Duration::from_secs(600);

pub struct Folder {
    dir: PathBuf,
    max_files: usize,
    max_bytes: u64,
    max_age: Option<Duration>,
    /// Held by the one process that cleans up: others may write into the same folder.
    lock: Option<File>,
    ready: bool,
    /// Only the process with the lock has one.
    pub spool: Option<Spool>,
    /// Finished logs, as far as known.
    files: usize,
    bytes: u64,
    aged: SystemTime,
}

/// A log that is being written.
#[derive(Debug, Default)]
pub struct Partial {
    /// Empty until the file exists.
    stem: String,
    pub written: u64,
}

impl Folder {
    pub fn new(settings: &RequestLog) -> Self {
        Self {
            dir: settings.dir.clone(),
            max_files: settings.max_files.unwrap_or(usize::MAX),
            max_bytes: settings.max_total_bytes.unwrap_or(u64::MAX),
            max_age: settings.max_age,
            lock: None,
            ready: false,
            spool: None,
            files: 0,
            bytes: 0,
            aged: SystemTime::UNIX_EPOCH,
        }
    }

    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Make the folder and finish what an earlier process left. Does nothing once it worked.
    pub fn prepare(&mut self) -> io::Result<()> {
        if self.ready {
            return Ok(());
        }
        fs::create_dir_all(&self.dir)?;
        let keeper = self.is_keeper();
        for entry in fs::read_dir(&self.dir)?.flatten() {
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if name::started(&file_name).is_some() {
                self.files += 1;
                self.bytes += entry.metadata().map_or(0, |m| m.len());
            } else if let Some(stem) = file_name.strip_suffix(PARTIAL)
                && keeper
                && name::started(&format!("{stem}.log")).is_some()
            {
                self.salvage(&mut Partial {
                    stem: stem.to_string(),
                    written: 0,
                })?;
            }
        }
        if keeper {
            self.spool = Some(Spool::open(&self.dir, self.max_files, self.max_bytes)?);
        }
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
        let file = match partial.written {
            0 => self.create(partial, &stem()),
            _ => OpenOptions::new()
                .append(true)
                .open(self.partial_path(&partial.stem)),
        };
        let mut file = file?;
        match file.write_all(text) {
            Ok(()) => {
                partial.written += text.len() as u64;
                Ok(())
            }
            Err(error) if partial.written == 0 => {
                drop(file);
                fs::remove_file(self.partial_path(&partial.stem)).ok();
                Err(error)
            }
            Err(error) => {
                file.set_len(partial.written).ok();
                Err(error)
            }
        }
    }

    /// The log is whole: give it its name.
    pub fn finish(&mut self, partial: &Partial) -> io::Result<()> {
        fs::rename(
            self.partial_path(&partial.stem),
            self.log_path(&partial.stem),
        )?;
        self.files += 1;
        self.bytes += partial.written;
        Ok(())
    }

    /// Give a log whose exchange will say no more an end, and its name.
    pub fn salvage(&mut self, partial: &mut Partial) -> io::Result<()> {
        let path = self.partial_path(&partial.stem);
        let text = fs::read(&path)?;
        let whole = salvage::whole_lines(&text);
        let mut file = OpenOptions::new().write(true).open(&path)?;
        file.set_len(whole.len() as u64)?;
        drop(file);
        file = OpenOptions::new().append(true).open(&path)?;
        let end = salvage::end(whole);
        file.write_all(&end)?;
        drop(file);
        partial.written = (whole.len() + end.len()) as u64;
        self.finish(partial)
    }

    /// Delete the oldest logs over the limits; how many were deleted. Cheap when there is
    /// nothing to do. `slack`: let the limits be passed a little, so that a busy writer does
    /// not list the folder for each file.
    pub fn tidy(&mut self, now: SystemTime, slack: bool) -> io::Result<u64> {
        let (more_files, more_bytes) = match slack {
            true => (self.max_files / 10 + 16, self.max_bytes / 10),
            false => (0, 0),
        };
        let over = self.files > self.max_files.saturating_add(more_files)
            || self.bytes > self.max_bytes.saturating_add(more_bytes);
        let age_due =
            self.max_age.is_some() && now.duration_since(self.aged).is_ok_and(|t| t >= AGE_CHECK);
        if !self.ready || !(over || age_due) || !self.is_keeper() {
            return Ok(0);
        }
        self.aged = now;
        let mut logs = self.list()?;
        logs.sort_unstable_by(|a, b| a.file_name.cmp(&b.file_name));
        self.files = logs.len();
        self.bytes = logs.iter().map(|log| log.size).sum();
        let oldest = self.max_age.and_then(|age| now.checked_sub(age));
        let mut deleted = 0;
        for log in logs {
            let old = oldest.is_some_and(|oldest| log.started < oldest);
            if !old && self.files <= self.max_files && self.bytes <= self.max_bytes {
                break;
            }
            match fs::remove_file(self.dir.join(&log.file_name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => continue,
                _ => {
                    self.files -= 1;
                    self.bytes -= log.size;
                    deleted += 1;
                }
            }
        }
        Ok(deleted)
    }

    fn list(&self) -> io::Result<Vec<Log>> {
        let mut logs = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if let Some(started) = name::started(&file_name) {
                let size = match self.max_bytes {
                    u64::MAX => 0,
                    _ => entry.metadata().map_or(0, |m| m.len()),
                };
                logs.push(Log {
                    file_name,
                    started,
                    size,
                });
            }
        }
        Ok(logs)
    }

    /// A new file; its name differs from all others, also when a client uses an id twice.
    fn create(&self, partial: &mut Partial, stem: &str) -> io::Result<File> {
        for n in 1.. {
            partial.stem = match n {
                1 => stem.to_string(),
                n => format!("{stem}-{n}"),
            };
            if fs::exists(self.log_path(&partial.stem))? {
                continue;
            }
            let path = self.partial_path(&partial.stem);
            match File::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Someone deleted the folder.
                    fs::create_dir_all(&self.dir)?;
                    return File::create_new(&path);
                }
                other => return other,
            }
        }
        unreachable!("a number is free")
    }

    fn is_keeper(&mut self) -> bool {
        if self.lock.is_none() {
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(self.dir.join(".lock"));
            self.lock = file
                .ok()
                .filter(|file| !matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        }
        self.lock.is_some()
    }

    fn partial_path(&self, stem: &str) -> PathBuf {
        self.dir.join(format!("{stem}{PARTIAL}"))
    }

    fn log_path(&self, stem: &str) -> PathBuf {
        self.dir.join(format!("{stem}.log"))
    }
}

struct Log {
    file_name: String,
    started: SystemTime,
    size: u64,
}
