//! Batches of notes between the exchanges and the writer. Pushing never waits for more than
//! a moment's lock; what does not fit is counted.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use yallmp_core::tape::{Entry, ExchangeMeta, Note, Timed};

/// Batches that may wait.
const MAX_BATCHES: usize = 4096;
/// Bytes that may wait, at least; an exchange that is allowed more fits when nothing else
/// waits.
const MAX_BYTES: usize = 16 << 20;
/// How long the writer lets batches gather before it looks. Waking a thread costs more than
/// a batch does; this bounds it to fifty times a second.
const GATHER: Duration = Duration::from_millis(20);
/// So many bytes or batches wake the writer at once.
const HURRY_BYTES: usize = 1 << 20;
const HURRY_BATCHES: usize = 256;

pub struct Batch {
    pub meta: Arc<ExchangeMeta>,
    pub entries: Vec<Entry>,
    /// Where they were made.
    pub home: ThreadId,
    /// Notes of this exchange that did not fit before these.
    pub lost: u64,
}

/// What the writer has read of one thread's. Memory is freed, or used again, where it was
/// allocated: on another thread freeing takes the allocator's lock, exchanges would have to wait
/// for it at times, and a thread that only allocates finds nothing near at hand.
#[derive(Default)]
struct Spent {
    /// With their weights.
    batches: Vec<(Vec<Entry>, usize)>,
    bytes: usize,
}

impl Spent {
    /// Bytes that may stay for lack of exchanges that take them back.
    const MOST: usize = 256 << 10;

    /// Nothing is taken if there is no room.
    fn take(&mut self, entries: &mut Vec<Entry>) {
        let bytes = weight(entries);
        if self.bytes + bytes <= Self::MOST {
            self.bytes += bytes;
            self.batches.push((mem::take(entries), bytes));
        }
    }

    fn pop(&mut self) -> Option<Vec<Entry>> {
        let (entries, bytes) = self.batches.pop()?;
        self.bytes -= bytes;
        Some(entries)
    }
}

fn weight(entries: &[Entry]) -> usize {
    entries.iter().map(Entry::weight).sum()
}

pub struct Round {
    pub batches: Vec<Batch>,
    /// Someone waits until everything is in its file,
    pub hurry: bool,
    /// also what waits in the spool.
    pub unspool: bool,
}

/// What became of what was appended, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Finished logs.
    pub logs: u64,
    /// Notes that did not fit into the queue.
    pub notes_dropped: u64,
    /// Notes that could not be written.
    pub notes_unwritten: u64,
    /// Finished logs that could not be put aside under full load.
    pub logs_lost: u64,
    /// Logs deleted by retention.
    pub logs_deleted: u64,
}

pub struct Queue {
    state: Mutex<State>,
    /// For the writer: there is work.
    work: Condvar,
    /// For those who wait for the writer: it took a step.
    step: Condvar,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    batches: Vec<Batch>,
    bytes: usize,
    spent: HashMap<ThreadId, Spent>,
    counts: Counts,
    /// The writer sleeps until it is woken.
    idle: bool,
    /// Someone waits: do not gather.
    hurry: bool,
    unspool: bool,
    closing: bool,
    closed: bool,
    /// Rounds that the writer took and finished.
    taken: u64,
    written: u64,
}

impl Queue {
    pub fn new(max_exchange_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            step: Condvar::new(),
            max_bytes: MAX_BYTES.max(max_exchange_bytes.saturating_add(MAX_BYTES / 4)),
        }
    }

    /// Returns what was read before, if there is any.
    pub fn push(&self, meta: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        // The second is freed here, without the lock.
        let [spent, _] = self.exchange(meta, entries);
        spent
    }

    /// Put something in and take out a little of what was read: more than comes in, so that it
    /// comes to an end, but not so much that an exchange would notice.
    fn exchange(
        &self,
        meta: &Arc<ExchangeMeta>,
        mut entries: Vec<Entry>,
    ) -> [Option<Vec<Entry>>; 2] {
        let mut bytes = weight(&entries);
        let home = thread::current().id();
        let mut state = self.lock();
        let spent = match state.spent.get_mut(&home) {
            Some(spent) => [spent.pop(), spent.pop()],
            None => [None, None],
        };
        let mut lost = 0;
        if state.closing
            || state.batches.len() >= MAX_BATCHES
            || state.bytes + bytes > self.max_bytes
        {
            lost = entries.iter().map(Entry::notes).sum();
            state.counts.notes_dropped += lost;
            // A log that has begun must learn that it is incomplete, and how it ends. These
            // remains are small, so some more of them are let in.
            let begins = matches!(
                entries.first(),
                Some(Entry::Note(Timed {
                    note: Note::Request(_),
                    ..
                }))
            );
            if state.closing || begins || state.batches.len() >= 2 * MAX_BATCHES {
                return spent;
            }
            entries.retain(Entry::is_end);
            bytes = 0;
        }
        state.batches.push(Batch {
            meta: meta.clone(),
            entries,
            home,
            lost,
        });
        let before = state.bytes;
        state.bytes += bytes;
        let crowded = state.batches.len() == HURRY_BATCHES
            || (before < HURRY_BYTES && state.bytes >= HURRY_BYTES);
        if mem::take(&mut state.idle) || crowded {
            drop(state);
            self.work.notify_one();
        }
        spent
    }

    /// For the writer: what has gathered. Nothing if nothing came for as long as `patience`;
    /// None when the queue is closed and empty.
    pub fn take(&self, patience: Duration) -> Option<Round> {
        let mut state = self.lock();
        state.written = state.taken;
        self.step.notify_all();
        if state.batches.is_empty() && !state.closing {
            state.idle = true;
            state = self.wait(state, patience, |s| s.idle && !s.closing && !s.hurry);
            state.idle = false;
        }
        if !state.batches.is_empty() {
            state = self.wait(state, GATHER, |s| {
                !s.closing && !s.hurry && s.bytes < HURRY_BYTES && s.batches.len() < HURRY_BATCHES
            });
        }
        if state.batches.is_empty() && state.closing {
            return None;
        }
        state.taken += 1;
        state.bytes = 0;
        Some(Round {
            batches: mem::take(&mut state.batches),
            hurry: mem::take(&mut state.hurry),
            unspool: mem::take(&mut state.unspool),
        })
    }

    /// For the writer: it has read these, of these threads.
    pub fn give_back(&self, spent: &mut Vec<(ThreadId, Vec<Entry>)>) {
        let mut state = self.lock();
        for (home, entries) in &mut *spent {
            state.spent.entry(*home).or_default().take(entries);
        }
        drop(state);
        // Those for which there is no room.
        spent.clear();
    }

    /// For the writer: it has stopped.
    pub fn finished(&self) {
        self.lock().closed = true;
        self.step.notify_all();
    }

    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.lock().counts);
    }

    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Wait until what was pushed so far is in its file; what is put aside under full load
    /// only if `unspool`. False if that takes longer than `limit`.
    pub fn flush(&self, limit: Duration, unspool: bool) -> bool {
        let mut state = self.lock();
        state.unspool |= unspool;
        // What waits now is taken in the next round; what waits in a spool is written then.
        let round = state.taken + 1;
        state.hurry = true;
        self.work.notify_one();
        self.until(state, limit, |s| s.written >= round || s.closed)
    }

    pub fn close(&self, limit: Duration) -> bool {
        let mut state = self.lock();
        state.closing = true;
        self.work.notify_one();
        self.until(state, limit, |s| s.closed)
    }

    fn until(
        &self,
        mut state: MutexGuard<State>,
        limit: Duration,
        done: impl Fn(&State) -> bool,
    ) -> bool {
        let started = Instant::now();
        while !done(&state) {
            let Some(rest) = limit.checked_sub(started.elapsed()) else {
                return false;
            };
            state = self
                .step
                .wait_timeout(state, rest)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        limit: Duration,
        while_: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self
            .work
            .wait_timeout_while(state, limit, |state| while_(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere must not take the log down with it: the state is valid between
        // any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
