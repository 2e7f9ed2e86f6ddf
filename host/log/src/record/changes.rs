//! Which logs appeared and went, for whoever keeps a list of them. Telling never waits:
//! a listener that is too slow, or has not begun, is told to look for itself.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Changes that may wait for the listener.
const MOST: usize = 8192;

/// Names of files in the folder of the logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Finished(String),
    Deleted(String),
}

/// What happened since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// In order.
    pub changes: Vec<Change>,
    /// There was more than could wait, so only the folder itself tells what is there.
    pub missed: bool,
    /// There will be nothing more.
    pub closed: bool,
}

#[derive(Default)]
pub struct Changes {
    news: Mutex<State>,
    some: Condvar,
}

#[derive(Default)]
struct State {
    listens: bool,
    news: News,
}

impl Changes {
    pub(crate) fn tell(&self, change: Change) {
        let mut state = self.lock();
        if state.news.missed || !state.listens {
            state.news.missed = true;
            return;
        }
        if state.news.changes.len() == MOST {
            state.news.changes = Vec::new();
            state.news.missed = true;
        } else {
            state.news.changes.push(change);
        }
        drop(state);
        self.some.notify_one();
    }

    /// There will be nothing more.
    pub fn close(&self) {
        self.lock().news.closed = true;
        self.some.notify_one();
    }

    /// What happened since the last call; waits up to `patience` for something to happen.
    pub fn take(&self, patience: Duration) -> News {
        let mut state = self.lock();
        state.listens = true;
        let is_quiet = |state: &mut State| {
            let News {
                changes,
                missed,
                closed,
            } = &state.news;
            changes.is_empty() && !missed && !closed
        };
        let mut state = self
            .some
            .wait_timeout_while(state, patience, is_quiet)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        let closed = state.news.closed;
        News {
            closed,
            ..mem::replace(
                &mut state.news,
                News {
                    closed,
                    ..News::default()
                },
            )
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(n: usize) -> Change {
        Change::Finished(n.to_string())
    }

    #[test]
    fn a_listener_hears_what_came_since_it_listens() {
        let changes = Changes::default();
        changes.tell(finished(1));
        let news = changes.take(Duration::ZERO);
        assert!(news.missed && news.changes.is_empty());
        changes.tell(finished(2));
        changes.tell(Change::Deleted("1".into()));
        let news = changes.take(Duration::ZERO);
        assert_eq!(news.changes, [finished(2), Change::Deleted("1".into())]);
        assert!(!news.missed);
        assert_eq!(changes.take(Duration::ZERO), News::default());
    }

    #[test]
    fn a_slow_listener_is_told_to_look_for_itself() {
        let changes = Changes::default();
        changes.take(Duration::ZERO);
        for n in 0..=MOST {
            changes.tell(finished(n));
        }
        let news = changes.take(Duration::ZERO);
        assert!(news.missed && news.changes.is_empty());
        changes.close();
        assert!(changes.take(Duration::from_secs(60)).closed);
    }
}
