//! The thread that keeps the index up to date. It learns from the writer of the logs which
//! appeared and went, and looks for itself when it begins, when it missed something, and
//! from time to time: another process may write into the folder, and a person delete.
//! Nothing waits for it.

use std::collections::VecDeque;
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Shared;
use super::ingest::{BATCH, Ingest};
use super::schema::IndexError;
use crate::record::{Change, Changes};

/// What comes within this time goes into one transaction.
const GATHER: Duration = Duration::from_millis(200);
/// How often the folder is compared with the index.
const LOOK: Duration = Duration::from_secs(60);
/// After each batch a pause follows: while the proxy works, 49 times as long as the batch took,
const PAUSE_BUSY: u32 = 49;
/// but not longer than this, if nothing waits: what comes then shall soon be found.
const PAUSE_MOST: Duration = Duration::from_secs(2);
/// else as long as it took. So at most a fiftieth, or half, of one processor is spent.
const PAUSE_IDLE: u32 = 1;
/// The proxy works if a log came within this time.
const BUSY: Duration = Duration::from_secs(2);
/// More names need not be remembered: the folder has them.
const MOST_BACKLOG: usize = 100_000;
/// The wait after a failure, which doubles with each up to `LOOK`.
const RETRY: Duration = Duration::from_secs(1);
/// How often a lock is asked for that another process has: a command has it for a moment only.
const LOCKED: Duration = Duration::from_secs(2);

pub struct Worker {
    dir: PathBuf,
    changes: Arc<Changes>,
    shared: Arc<Shared>,
    ingest: Option<Ingest>,
    backlog: VecDeque<String>,
    gone: Vec<String>,
    /// Another process writes the index.
    is_elsewhere: bool,
    /// When the folder is to be looked through.
    look: Instant,
    /// When the last log came.
    heard: Option<Instant>,
    /// Failures in a row.
    failures: u32,
}

impl Worker {
    pub fn new(dir: PathBuf, changes: Arc<Changes>, shared: Arc<Shared>) -> Self {
        Self {
            dir,
            changes,
            shared,
            ingest: None,
            backlog: VecDeque::new(),
            gone: Vec::new(),
            is_elsewhere: false,
            look: Instant::now(),
            heard: None,
            failures: 0,
        }
    }

    pub fn run(mut self) {
        yield_to_others();
        while self.listen() {
            let began = Instant::now();
            let done = self.step();
            self.shared.set_pending(self.backlog.len());
            match done {
                Ok(()) => self.succeeded(began.elapsed()),
                Err(error) => self.failed(&error),
            }
        }
    }

    /// Take in what happened; false when there will be nothing more.
    fn listen(&mut self) -> bool {
        let patience = match self.backlog.is_empty() && self.gone.is_empty() {
            true => self.look.saturating_duration_since(Instant::now()),
            false => Duration::ZERO,
        };
        let mut news = self.changes.take(patience);
        if !news.changes.is_empty() && self.backlog.is_empty() {
            thread::sleep(GATHER);
            let more = self.changes.take(Duration::ZERO);
            news.changes.extend(more.changes);
            news.missed |= more.missed;
            news.closed |= more.closed;
        }
        for change in news.changes {
            self.heard = Some(Instant::now());
            match change {
                // Before what is left of an older time: this is what people look at.
                Change::Finished(file) => self.backlog.push_front(file),
                Change::Deleted(file) => self.gone.push(file),
            }
        }
        if news.missed || self.backlog.len() > MOST_BACKLOG {
            self.look = Instant::now();
        }
        !news.closed
    }

    /// A batch at most.
    fn step(&mut self) -> Result<(), IndexError> {
        let now = Instant::now();
        let mut look = self.look <= now || self.failures > 0;
        if self.ingest.is_none() {
            // Another process does it, or there is no folder yet.
            let may_open = (look || !self.is_elsewhere) && self.dir.exists();
            if may_open {
                self.ingest = Ingest::open(&self.dir)?;
                self.is_elsewhere = self.ingest.is_none();
                self.shared.renew();
            }
            look = true;
        }
        if look {
            self.look = now + if self.is_elsewhere { LOCKED } else { LOOK };
            self.backlog.clear();
            self.gone.clear();
        }
        let Some(ingest) = &mut self.ingest else {
            return Ok(());
        };
        if look {
            if ingest.is_gone() {
                ingest.start_anew()?;
                self.shared.renew();
            }
            let difference = ingest.difference()?;
            self.backlog = difference.new.into();
            self.gone = difference.gone;
        }
        if !self.gone.is_empty() {
            // First: a log that is gone again need not be read.
            let rest = self.gone.split_off(self.gone.len().min(BATCH * 8));
            ingest.remove(&mem::replace(&mut self.gone, rest))?;
        }
        let batch: Vec<_> = self
            .backlog
            .drain(..BATCH.min(self.backlog.len()))
            .collect();
        if !batch.is_empty() {
            ingest.add(&batch)?;
        }
        Ok(())
    }

    fn succeeded(&mut self, took: Duration) {
        if mem::take(&mut self.failures) > 0 {
            tracing::info!(folder = %self.dir.display(), "the index of the logs can be written again");
        }
        let is_done = self.backlog.is_empty() && self.gone.is_empty();
        let is_busy = self.heard.is_some_and(|at| at.elapsed() < BUSY);
        match (is_busy, is_done) {
            (true, true) => thread::sleep((took * PAUSE_BUSY).min(PAUSE_MOST)),
            (true, false) => thread::sleep(took * PAUSE_BUSY),
            (false, true) => {}
            (false, false) => thread::sleep(took * PAUSE_IDLE),
        }
    }

    /// Say the first of a row, and try it again later from what is in the folder then.
    fn failed(&mut self, error: &IndexError) {
        let folder = self.dir.display();
        if self.failures == 0 {
            tracing::warn!(%folder, %error, "cannot write the index of the logs; the logs themselves are not concerned");
        }
        self.shared.count_failure();
        self.backlog.clear();
        self.gone.clear();
        if error.is_broken()
            && let Some(ingest) = &mut self.ingest
        {
            if let Err(error) = ingest.start_anew() {
                tracing::warn!(%folder, %error, "the broken index cannot be replaced yet");
                self.ingest = None;
            }
            self.shared.renew();
        }
        let wait = RETRY.saturating_mul(1 << self.failures.min(6)).min(LOOK);
        self.failures += 1;
        let until = Instant::now() + wait;
        // News in the meantime are in the folder as well.
        while let Some(rest) = until.checked_duration_since(Instant::now())
            && !self.changes.take(rest).closed
        {}
    }
}

/// Let any other thread that wants the processor have it, where a thread can be told so.
fn yield_to_others() {
    // Elsewhere the priority is of the whole process; there the pauses must do.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "the index of the logs works at the usual priority");
    }
}
