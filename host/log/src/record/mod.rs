//! The request log: one readable file per exchange, written by one thread off the hot path.
//!
//! [`Recorder::append`] puts notes into a bounded queue and returns. The writer turns them
//! into text ([`crate::text`], [`draft`]) and files ([`folder`], under full load by way of [`spool`]).
//! Nothing that goes wrong here reaches an exchange: what cannot be written is counted and
//! said once.

mod changes;
mod draft;
mod find;
pub(crate) mod folder;
pub(crate) mod mask;
mod mask_json;
pub(crate) mod name;
pub(crate) mod open;
pub(crate) mod pace;
mod pool;
pub(crate) mod queue;
mod retention;
mod salvage;
pub(crate) mod spool;
mod spooled;
pub(crate) mod writer;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use yallmp_core::config::RequestLog;
use yallmp_core::tape::{Entry, ExchangeMeta, Sink};

pub use changes::{Change, Changes, News};
pub use find::{Found, each_waiting, find, find_waiting, growing};
use folder::Folder;
use mask::Mask;
pub use name::PARTIAL;
use pace::Pace;
pub use queue::Counts;
use queue::Queue;
use writer::Writer;

use crate::live::Hub;

/// Files are made for so long at once before logs have to wait: some two hundred.
const FILES_AT_ONCE: Duration = Duration::from_millis(10);

/// The sink of the request log. Dropping it writes what is queued and waits a moment for that.
pub struct Recorder {
    queue: Arc<Queue>,
    hub: Arc<Hub>,
    changes: Arc<Changes>,
}

impl Recorder {
    /// Start the writer. A folder that cannot be written is no error: it may come back.
    pub fn start(settings: &RequestLog) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(settings.max_exchange_bytes));
        let (hub, changes) = (Arc::new(Hub::new()), Arc::<Changes>::default());
        let mask = Mask::new(&settings.mask);
        let writer = Writer::new(
            Folder::new(settings, changes.clone()),
            queue.clone(),
            hub.clone(),
            mask,
            Pace::new(FILES_AT_ONCE),
        );
        thread::Builder::new()
            .name("request-log".into())
            .spawn(move || writer.run())?;
        Ok(Self {
            queue,
            hub,
            changes,
        })
    }

    /// Wait until everything appended so far is in its file; false if that takes longer.
    /// Blocks the thread.
    pub fn flush(&self, limit: Duration) -> bool {
        self.queue.flush(limit, true)
    }

    /// Wait until what running exchanges appended so far is in their growing files; false if
    /// that takes longer. Blocks the thread.
    pub fn save(&self, limit: Duration) -> bool {
        self.queue.flush(limit, false)
    }

    /// What happens now.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Which logs appear and go.
    pub fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    /// Write what is queued, give unfinished exchanges an end and stop the writer; false if it
    /// takes longer. Later notes are dropped. Blocks the thread.
    pub fn close(&self, limit: Duration) -> bool {
        self.queue.close(limit)
    }

    pub fn counts(&self) -> Counts {
        self.queue.counts()
    }
}

impl Sink for Recorder {
    fn append(&self, exchange: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        self.queue.push(exchange, entries)
    }

    fn is_watched(&self) -> bool {
        self.hub.is_watched()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close(Duration::from_secs(2));
    }
}
