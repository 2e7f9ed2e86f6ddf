//! What is known of running exchanges, and of those that ended just now.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use yallmp_core::tape::{Entry as Heard, ExchangeMeta, Timed};

use super::follow::{self, Follow, Follower};
use super::watch::Watch;
use crate::trace::{Gathering, Summary};

/// Exchanges that are remembered after their end.
const RECENT: usize = 1000;
/// Bytes of their requests, from which titles are made; the older of them have none.
const RECENT_BYTES: usize = 4 << 20;

pub struct Hub {
    state: Mutex<State>,
    /// Those who look on, of any kind.
    watchers: Arc<AtomicUsize>,
    /// Counts changes, for those who wait for one.
    pub(super) changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// Counts up with every change.
    version: u64,
    /// By the address of the exchange, which is taken until its log is finished.
    running: HashMap<usize, Entry>,
    /// The newest last.
    ended: VecDeque<Entry>,
    /// Of `ended`, since the start.
    endings: u64,
    /// Held by `ended`.
    bytes: usize,
    /// How many of `ended`, the oldest ones, hold nothing any more.
    emptied: usize,
}

struct Entry {
    gathering: Gathering,
    started: SystemTime,
    id: Arc<str>,
    /// Of the last change.
    version: u64,
    /// Frames noted so far.
    frames: u64,
    followers: Vec<Follower>,
    /// Name of the file: of the growing one while it runs, if there is one already.
    file: Option<String>,
}

/// An exchange that is running, or ended a short time ago, as it was when somebody asked.
#[derive(Debug, Clone)]
pub struct Known {
    gathering: Gathering,
    started: SystemTime,
    pub id: Arc<str>,
    /// Name of what there is of its log, in the folder of the logs.
    pub file: Option<String>,
}

/// What changed.
pub(super) struct News {
    pub known: Vec<Known>,
    /// How many of them have ended.
    pub ended: u64,
    pub version: u64,
    /// Since the start.
    pub endings: u64,
}

impl Known {
    /// Microseconds since 1970.
    pub fn started(&self) -> i64 {
        let since = self.started.duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_micros() as i64)
    }

    pub fn is_running(&self) -> bool {
        !self.gathering.has_ended()
    }

    /// Reads the request for the title.
    pub fn summary(&self) -> Summary {
        let mut summary = self.gathering.summary();
        if !self.is_running() {
            summary.file.clone_from(&self.file);
        }
        summary
    }
}

impl Hub {
    pub fn new() -> Self {
        Self {
            state: Mutex::default(),
            watchers: Arc::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Whether anybody looks on.
    pub fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Relaxed) > 0
    }

    /// All that is known, the newest first.
    pub fn list(&self) -> Vec<Known> {
        let state = self.lock();
        let mut all: Vec<_> = state.running.values().chain(&state.ended).collect();
        all.sort_by(|a, b| (b.started, &b.id).cmp(&(a.started, &a.id)));
        all.into_iter().map(Entry::known).collect()
    }

    /// The newest exchange with this id.
    pub fn find(&self, id: &str) -> Option<Known> {
        let state = self.lock();
        let running = state.running.values().filter(|entry| &*entry.id == id);
        let ended = state.ended.iter().filter(|entry| &*entry.id == id);
        let newest = running.chain(ended).max_by_key(|entry| entry.started);
        newest.map(Entry::known)
    }

    /// Hear of changes from now on; of what runs already first.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let state = self.lock();
        Watch::new(
            self.clone(),
            Watcher::new(&self.watchers),
            state.version,
            state.endings,
        )
    }

    /// Follow the newest running exchange with this id. None if there is none.
    pub fn follow(self: &Arc<Self>, id: &str) -> Option<Follow> {
        // First, so that the notes up to now come soon.
        let watcher = Watcher::new(&self.watchers);
        let mut state = self.lock();
        let running = state.running.values_mut().filter(|entry| &*entry.id == id);
        let entry = running.max_by_key(|entry| entry.started)?;
        let (follower, follow) = follow::pair(watcher, entry.frames);
        entry.followers.push(follower);
        Some(follow)
    }

    /// For the writer: notes of an exchange, which `key` names while it runs.
    pub fn hear(&self, key: usize, meta: &ExchangeMeta, notes: &[Heard]) {
        let mut state = self.lock();
        state.version += 1;
        let version = state.version;
        let entry = state.running.entry(key).or_insert_with(|| Entry {
            gathering: Gathering::new(meta),
            started: meta.started,
            id: meta.id.clone(),
            version,
            frames: 0,
            followers: Vec::new(),
            file: None,
        });
        entry.hear(notes);
        entry.version = version;
        if entry.gathering.has_ended() {
            state.end(key);
        }
        drop(state);
        self.changes.send_replace(version);
    }

    /// For the writer: there is a growing file.
    pub fn saved(&self, key: usize, name: impl FnOnce() -> String) {
        if let Some(entry) = self.lock().running.get_mut(&key) {
            entry.file.get_or_insert_with(name);
        }
    }

    /// For the writer: the log is finished.
    pub fn filed(&self, meta: &ExchangeMeta, name: String) {
        let mut state = self.lock();
        state.version += 1;
        let version = state.version;
        let mut ended = state.ended.iter_mut().rev();
        if let Some(entry) = ended.find(|e| e.started == meta.started && e.id == meta.id) {
            entry.file = Some(name);
            entry.version = version;
        }
    }

    /// For the writer: nothing more will be heard of it.
    pub fn gone(&self, key: usize) {
        self.lock().running.remove(&key);
    }

    /// What changed after `version`, and of what runs after `running`; the oldest change first.
    pub(super) fn since(&self, version: u64, running: u64) -> News {
        let state = self.lock();
        let after = |version: u64| move |entry: &&Entry| entry.version > version;
        let mut entries: Vec<_> = state.ended.iter().filter(after(version)).collect();
        let ended = entries.len() as u64;
        entries.extend(state.running.values().filter(after(running)));
        entries.sort_by_key(|entry| entry.version);
        News {
            known: entries.into_iter().map(Entry::known).collect(),
            ended,
            version: state.version,
            endings: state.endings,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn end(&mut self, key: usize) {
        let Some(mut entry) = self.running.remove(&key) else {
            return;
        };
        // Followers learn the end from that their exchange is gone.
        entry.followers.clear();
        entry.file = None;
        entry.gathering.compact();
        if self.ended.len() == RECENT
            && let Some(oldest) = self.ended.pop_front()
        {
            self.bytes -= oldest.gathering.held_bytes();
            self.emptied = self.emptied.saturating_sub(1);
        }
        self.bytes += entry.gathering.held_bytes();
        self.ended.push_back(entry);
        self.endings += 1;
        while self.bytes > RECENT_BYTES {
            let entry = &mut self.ended[self.emptied];
            self.bytes -= entry.gathering.held_bytes();
            entry.gathering.forget_request();
            self.emptied += 1;
        }
    }
}

impl Entry {
    fn hear(&mut self, notes: &[Heard]) {
        for heard in notes {
            match heard {
                Heard::Note(timed) => {
                    self.gathering.add(timed);
                    self.frames += u64::from(follow::is_frame(&timed.note));
                }
                Heard::Frames(frames) => {
                    self.gathering
                        .add_events(frames.events, frames.first_event, frames.last);
                    self.frames += frames.count;
                }
            }
        }
        if !self.followers.is_empty() {
            let notes: Vec<Timed> = notes.iter().cloned().flat_map(Heard::unpack).collect();
            let frames = follow::frames(&notes);
            self.followers.retain_mut(|follower| follower.give(&frames));
        }
    }

    /// Made under the lock, so the summary is not made yet.
    fn known(&self) -> Known {
        Known {
            gathering: self.gathering.clone(),
            started: self.started,
            id: self.id.clone(),
            file: self.file.clone(),
        }
    }
}

/// Somebody looks on as long as it exists.
pub(super) struct Watcher(Arc<AtomicUsize>);

impl Watcher {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
