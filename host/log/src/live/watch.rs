//! How the summaries of all exchanges change. Nothing queues up for a slow watcher: it gets
//! each exchange as it is when it asks, and only endings can be too many to be remembered.

use std::sync::Arc;

use tokio::sync::watch::Receiver;

use super::hub::{Hub, Known, Watcher};

pub struct Watch {
    hub: Arc<Hub>,
    changes: Receiver<u64>,
    /// Up to here all was taken.
    version: u64,
    /// The same of what runs: at the beginning nothing.
    running: u64,
    endings: u64,
    _watcher: Watcher,
}

impl Watch {
    pub(super) fn new(hub: Arc<Hub>, watcher: Watcher, version: u64, endings: u64) -> Self {
        Self {
            changes: hub.changes.subscribe(),
            hub,
            version,
            running: 0,
            endings,
            _watcher: watcher,
        }
    }

    /// Ready when something changed since the last [`Watch::take`].
    pub async fn changed(&mut self) {
        let version = self.version;
        // The hub, and with it the sender, is held here.
        let _ = self.changes.wait_for(|now| *now > version).await;
    }

    /// Every exchange that changed since the last call, at first all that run, the oldest change first, and how many endings
    /// were forgotten before they could be taken.
    pub fn take(&mut self) -> (Vec<Known>, u64) {
        let news = self.hub.since(self.version, self.running);
        let lost = (news.endings - self.endings).saturating_sub(news.ended);
        self.version = news.version;
        self.running = news.version;
        self.endings = news.endings;
        (news.known, lost)
    }
}
