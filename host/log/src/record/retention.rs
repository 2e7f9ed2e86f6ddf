//! Which logs are too many, too large together or too old. Looks at names, deletes nothing.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use yallmp_core::config::RequestLog;

use super::name;

/// So many of the oldest logs are remembered, so that the folder is not listed for each.
const REMEMBERED: usize = 1000;
/// With an age limit the folder is listed this often at least.
const AGE_CHECK: Duration = Duration::from_secs(600);

pub struct Retention {
    max_files: usize,
    max_bytes: u64,
    max_age: Option<Duration>,
    /// Finished logs, as far as known.
    files: usize,
    bytes: u64,
    /// Sorted, the oldest first.
    oldest: VecDeque<Log>,
    listed: SystemTime,
}

struct Log {
    file_name: String,
    started: SystemTime,
    size: u64,
}

impl Retention {
    pub fn new(settings: &RequestLog) -> Self {
        Self {
            max_files: settings.max_files.unwrap_or(usize::MAX),
            max_bytes: settings.max_total_bytes.unwrap_or(u64::MAX),
            max_age: settings.max_age,
            files: 0,
            bytes: 0,
            oldest: VecDeque::new(),
            listed: SystemTime::UNIX_EPOCH,
        }
    }

    pub fn max_files(&self) -> usize {
        self.max_files
    }

    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// There is one more log.
    pub fn add(&mut self, size: u64) {
        self.files += 1;
        self.bytes += size;
    }

    /// The name of a log to delete, if there is one; it is not named again soon.
    pub fn next(&mut self, dir: &Path, now: SystemTime) -> io::Result<Option<String>> {
        let age_due = self.max_age.is_some()
            && now
                .duration_since(self.listed)
                .is_ok_and(|t| t >= AGE_CHECK);
        if age_due || (self.is_over() && self.oldest.is_empty()) {
            self.list(dir)?;
            self.listed = now;
        }
        let before = self.max_age.and_then(|age| now.checked_sub(age));
        let Some(log) = self.oldest.front() else {
            return Ok(None);
        };
        let is_old = before.is_some_and(|before| log.started < before);
        if !is_old && !self.is_over() {
            return Ok(None);
        }
        self.files = self.files.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(log.size);
        Ok(self.oldest.pop_front().map(|log| log.file_name))
    }

    fn is_over(&self) -> bool {
        self.files > self.max_files || self.bytes > self.max_bytes
    }

    /// Learn what is there.
    pub fn list(&mut self, dir: &Path) -> io::Result<()> {
        let mut logs = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let file_name = entry.file_name().to_string_lossy().into_owned();
            if let Some(started) = name::started(&file_name) {
                let size = match self.max_bytes {
                    u64::MAX => 0,
                    _ => entry.metadata().map_or(0, |file| file.len()),
                };
                logs.push(Log {
                    file_name,
                    started,
                    size,
                });
            }
        }
        self.files = logs.len();
        self.bytes = logs.iter().map(|log| log.size).sum();
        logs.sort_unstable_by(|a, b| a.file_name.cmp(&b.file_name));
        logs.truncate(REMEMBERED);
        self.oldest = logs.into();
        Ok(())
    }
}
