//! The index: a database beside the logs that makes listing, filtering and searching fast.
//! All of it is made from the logs, so it can be deleted at any time.
//!
//! [`ingest`] reads logs into it, [`worker`] does so as they appear, [`reader`] answers
//! questions: [`list`], [`overview`], the turn before.

mod answer;
mod continued;
pub mod conversation;
mod ingest;
mod list;
mod overview;
mod reader;
mod row;
mod schema;
mod words;
mod worker;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

pub use answer::Answer;
pub use conversation::Turn;
pub use ingest::Ingest;
pub use list::{Cursor, Filter, Found, Page};
pub use overview::{Facets, Overview, PluginTotals, Range, Series};
pub use reader::{Located, Reader};
pub use schema::IndexError;

use crate::record::Changes;
use worker::Worker;

/// Keeps the index of a folder up to date while it exists.
pub struct Index {
    dir: PathBuf,
    changes: Arc<Changes>,
    shared: Arc<Shared>,
}

/// What readers in this process learn from the worker.
#[derive(Debug, Default)]
struct Shared {
    /// Logs that are known but not in the index yet.
    pending: AtomicUsize,
    /// Counts up when the file became another one.
    generation: AtomicU64,
    failures: AtomicU64,
}

impl Index {
    /// Start the thread. `changes`: of the recorder of this folder. A folder that does not exist yet is no error.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(dir: &Path, changes: Arc<Changes>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let worker = Worker::new(dir.to_path_buf(), changes.clone(), shared.clone());
        thread::Builder::new()
            .name("log-index".into())
            .spawn(move || worker.run())?;
        Ok(Self {
            dir: dir.to_path_buf(),
            changes,
            shared,
        })
    }

    /// Logs that are known but not in the index yet.
    pub fn pending(&self) -> usize {
        self.shared.pending.load(Ordering::Relaxed)
    }

    /// How often writing failed.
    pub fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Answers questions, beside the thread that writes.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.dir, self.shared.clone())
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        self.changes.close();
    }
}

impl Shared {
    fn set_pending(&self, logs: usize) {
        self.pending.store(logs, Ordering::Relaxed);
    }

    fn renew(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }
}
