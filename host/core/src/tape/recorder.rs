//! The notes of one exchange on their way to the sink.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::time::Instant;

use super::frames::{Like, Packer};
use super::{End, Entry, ExchangeMeta, Note, Outcome, Sink, Spent, Timed};
use crate::account::{Account, AttemptResult, Ended, Observer};
use crate::config::LogLevel;

/// A batch goes to the sink when it holds this many bytes. Small, because every open stream
/// has one; large enough that the sink's cost per batch is shared by some hundred events.
const BATCH_BYTES: usize = 32 << 10;
/// A batch goes to the sink when a note comes this long after the batch's first one, so that
/// a crash leaves all but the last moments of a long exchange.
const BATCH_AGE: Duration = Duration::from_secs(5);

/// Gathers what happens in one exchange. Exactly one `Note::End` reaches the sink: the one
/// from [`Tape::finish`], or, if the tape is dropped first, the draft as a cancelled exchange.
pub struct Tape {
    sink: Arc<dyn Sink>,
    meta: Arc<ExchangeMeta>,
    began: Instant,
    /// When the bytes came that are read now, if somebody said so.
    came: Option<Duration>,
    /// Of the last note.
    last: Duration,
    /// Bytes that may still be kept.
    budget: usize,
    batch: Vec<Entry>,
    packer: Packer,
    batch_bytes: usize,
    batch_began: Duration,
    /// What plugins cost in this attempt up to now.
    spent: Vec<(Arc<str>, Spent)>,
    end: End,
    ended: bool,
    account: Box<Account>,
    observer: Option<Arc<dyn Observer>>,
}

impl Tape {
    /// The clock starts now. `max_bytes` limits what is kept of the exchange; over it events
    /// and bodies are left out and counted.
    pub fn new(sink: Arc<dyn Sink>, meta: Arc<ExchangeMeta>, max_bytes: usize) -> Self {
        Self {
            sink,
            meta,
            began: Instant::now(),
            came: None,
            last: Duration::ZERO,
            budget: max_bytes,
            batch: Vec::new(),
            packer: Packer::default(),
            batch_bytes: 0,
            batch_began: Duration::ZERO,
            spent: Vec::new(),
            end: End {
                outcome: Outcome::Cancelled,
                reason: None,
                status: StatusCode::from_u16(499).expect("499 is a status"),
                error: None,
                deployment: None,
                attempts: 0,
                events_in: 0,
                events_out: 0,
                bytes_out: 0,
                usage: None,
                first_event: None,
                total: Duration::ZERO,
                notes_dropped: 0,
                plugins: Vec::new(),
            },
            ended: false,
            account: Box::default(),
            observer: None,
        }
    }

    /// Give the account of the exchange to `observer` when it ends.
    pub fn observed(mut self, observer: Arc<dyn Observer>) -> Self {
        observer.began();
        self.observer = Some(observer);
        self
    }

    pub fn meta(&self) -> &Arc<ExchangeMeta> {
        &self.meta
    }

    pub fn level(&self) -> LogLevel {
        self.meta.level
    }

    /// False if notes are thrown away, so that a dear one need not be made.
    pub fn is_on(&self) -> bool {
        self.meta.level != LogLevel::Off
    }

    /// True if events and bodies are kept.
    pub fn is_full(&self) -> bool {
        self.meta.level == LogLevel::Full
    }

    /// Since the exchange began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The events of which notes follow came then. They share this time, which spares each of
    /// them a look at the clock.
    pub fn came(&mut self, at: Instant) {
        self.came = Some(at.saturating_duration_since(self.began));
    }

    /// The end as it would be written now. `attempts`, `deployment`, `total`, `plugins` and
    /// `notes_dropped` are kept by the tape, the rest by the exchange, at every level.
    pub fn end(&mut self) -> &mut End {
        &mut self.end
    }

    /// A plugin was called. Counted at every level.
    pub fn spend(&mut self, plugin: &Arc<str>, cost: &Spent) {
        add(&mut self.end.plugins, plugin, cost);
        if self.is_on() {
            add(&mut self.spent, plugin, cost);
        }
    }

    /// What is gathered for the observer, at every level.
    pub fn account(&mut self) -> &mut Account {
        &mut self.account
    }

    /// The try that is under way is over.
    pub fn attempt_ended(&mut self, result: AttemptResult) {
        let now = self.began.elapsed();
        self.account.settle(result, now);
    }

    pub fn note(&mut self, note: Note) {
        if let Note::Attempt(attempt) = &note {
            self.settle();
            self.end.attempts = attempt.number;
            self.end.deployment = Some(attempt.deployment.clone());
        }
        if self.meta.level == LogLevel::Off || self.ended {
            return;
        }
        let note = match note {
            Note::End(end) => {
                self.end = *end;
                return self.close();
            }
            Note::EventIn { number, raw } => return self.frame(number, &raw, None),
            note => note,
        };
        let note = match self.meta.level {
            LogLevel::Full => self.within_budget(note),
            _ => without_content(note),
        };
        if let Some(note) = note {
            self.push(note);
        }
    }

    /// A [`Note::EventIn`], packed at once.
    pub fn frame(&mut self, number: u32, raw: &[u8], like: Option<Like>) {
        if !self.is_full() || self.ended {
            return;
        }
        let Some(rest) = self.budget.checked_sub(Note::WEIGHT + raw.len()) else {
            self.end.notes_dropped += 1;
            self.packer.forget();
            return;
        };
        self.budget = rest;
        let at = match self.came {
            // What was noted since is not earlier.
            Some(came) => came.max(self.last),
            None => self.began.elapsed(),
        };
        self.begin(at);
        self.batch_bytes += self.packer.push(&mut self.batch, at, number, raw, like);
        if self.batch_bytes >= BATCH_BYTES || self.is_old(at) {
            self.flush();
        }
    }

    /// Write the end that was gathered in [`Tape::end`]. Later notes are ignored.
    pub fn finish(mut self, outcome: Outcome) {
        self.end.outcome = outcome;
        self.close();
    }

    /// Give the sink what was gathered. Worth calling before a long wait.
    pub fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.batch_bytes = 0;
            let batch = std::mem::take(&mut self.batch);
            if let Some(read) = self.sink.append(&self.meta, batch) {
                self.batch = self.packer.reuse(read);
            }
        }
    }

    /// An attempt is over: say what its plugins cost.
    fn settle(&mut self) {
        for (plugin, spent) in std::mem::take(&mut self.spent) {
            let spent = Box::new(spent);
            self.note(Note::Spent { plugin, spent });
        }
    }

    /// A wait for the backend begins: whoever looks on gets what was gathered.
    pub fn wait(&mut self) {
        if !self.batch.is_empty() && self.sink.is_watched() {
            self.flush();
        }
    }

    fn close(&mut self) {
        if self.ended {
            return;
        }
        self.settle();
        self.end.total = self.began.elapsed();
        if self.meta.level != LogLevel::Off {
            self.push(Note::End(Box::new(self.end.clone())));
            self.flush();
        }
        self.ended = true;
        if let Some(observer) = self.observer.take() {
            let result = match self.end.outcome {
                Outcome::Cancelled => AttemptResult::Cancelled,
                Outcome::Success | Outcome::Error => AttemptResult::Answered,
            };
            self.account.settle(result, self.end.total);
            observer.ended(&Ended {
                meta: &self.meta,
                end: &self.end,
                account: &self.account,
            });
        }
    }

    fn push(&mut self, note: Note) {
        let at = self.began.elapsed();
        self.begin(at);
        // Bodies alone do not fill a batch: the exchange holds them anyway.
        let filling = is_uncounted(&note);
        // A long wait may begin here, and a crash in it shall leave what was asked.
        let waits = matches!(note, Note::Sent(_));
        self.batch_bytes += note.weight();
        self.batch.push(Entry::Note(Timed { at, note }));
        if (filling && self.batch_bytes >= BATCH_BYTES) || waits || self.is_old(at) {
            self.flush();
        }
    }

    /// Something is noted that happened then.
    fn begin(&mut self, at: Duration) {
        self.last = at;
        if self.batch.is_empty() {
            self.batch_began = at;
        }
    }

    /// If the last of the batch happened then.
    fn is_old(&self, at: Duration) -> bool {
        at - self.batch_began >= BATCH_AGE
    }

    /// Charge the note; over the budget it loses its body or, if there can be any number of
    /// its kind, is left out.
    fn within_budget(&mut self, mut note: Note) -> Option<Note> {
        if let Some(rest) = self.budget.checked_sub(note.weight()) {
            self.budget = rest;
            return Some(note);
        }
        if is_uncounted(&note) {
            self.end.notes_dropped += 1;
            return None;
        }
        if let Some(body) = body_mut(&mut note)
            && !body.is_empty()
        {
            *body = Bytes::new();
            self.end.notes_dropped += 1;
        }
        Some(note)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.close();
    }
}

fn add(all: &mut Vec<(Arc<str>, Spent)>, plugin: &Arc<str>, cost: &Spent) {
    match all
        .iter_mut()
        .find(|(name, _)| Arc::ptr_eq(name, plugin) || name == plugin)
    {
        Some((_, spent)) => spent.add(cost),
        None => all.push((plugin.clone(), cost.clone())),
    }
}

/// What is kept at `LogLevel::Metadata`: nothing that quotes the conversation. A plugin's own
/// lines may, so they go too.
fn without_content(mut note: Note) -> Option<Note> {
    match note {
        Note::EventOut { .. } | Note::EventPatched(_) | Note::Plugin { .. } => None,
        _ => {
            if let Some(body) = body_mut(&mut note) {
                *body = Bytes::new();
            }
            Some(note)
        }
    }
}

/// Kinds of which an exchange can have any number; the others come a few times per attempt.
fn is_uncounted(note: &Note) -> bool {
    matches!(
        note,
        Note::EventOut { .. }
            | Note::EventPatched(_)
            | Note::Plugin { .. }
            | Note::Fact { .. }
            | Note::Warning(_)
    )
}

fn body_mut(note: &mut Note) -> Option<&mut Bytes> {
    match note {
        Note::Request(note) => Some(&mut note.body),
        Note::RequestPatched(note) => Some(&mut note.body),
        Note::Sent(note) => Some(&mut note.body),
        Note::PluginFailed(note) => Some(&mut note.input),
        Note::BodyIn { body, .. } | Note::BodyOut { body, .. } => Some(body),
        _ => None,
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
