//! The thread that turns batches into files.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use yallmp_core::tape::{ExchangeMeta, Note, Timed};

use super::folder::{Folder, Partial};
use super::format::{self, Bases};
use super::name;
use super::pace::Pace;
use super::queue::{Batch, Queue};
use super::spool::Spool;

/// How long the writer sleeps at most. Then it looks after retention and lost exchanges.
const TICK: Duration = Duration::from_secs(30);
/// After such a silence deferred logs get their files, for as long again.
const QUIET: Duration = Duration::from_millis(20);
/// A buffer that a large exchange blew up is given back.
const KEEP_BUFFER: usize = 256 << 10;

pub struct Writer {
    folder: Folder,
    queue: Arc<Queue>,
    /// Begun logs by the address of their exchange: ids come from clients and may repeat.
    open: HashMap<usize, Open>,
    buffer: Vec<u8>,
    /// Of the time for making files.
    pace: Pace,
    /// Notes put into the spool and not written yet.
    deferred: u64,
    /// Notes lost since writing stopped working.
    failing: Option<u64>,
}

struct Open {
    /// Keeps the address taken.
    meta: Arc<ExchangeMeta>,
    file: Partial,
    bases: Bases,
    /// Lost notes of which the log says so already.
    lost: u64,
    /// Lost notes of which it does not say so yet.
    unsaid: u64,
    /// The end, if it could not be written.
    end: Option<Timed>,
}

impl Writer {
    pub fn new(folder: Folder, queue: Arc<Queue>, pace: Pace) -> Self {
        Self {
            folder,
            queue,
            open: HashMap::new(),
            buffer: Vec::new(),
            pace,
            deferred: 0,
            failing: None,
        }
    }

    pub fn run(mut self) {
        let prepared = self.folder.prepare();
        self.done(prepared, 0);
        self.tidy(false);
        while let Some(round) = self.queue.take(self.patience()) {
            let quiet = round.batches.is_empty();
            for batch in round.batches {
                self.write(batch);
            }
            self.unspool(match (round.hurry, quiet) {
                (true, _) => Duration::MAX,
                (false, true) => QUIET,
                (false, false) => Duration::ZERO,
            });
            if quiet {
                self.settle(|open| Arc::strong_count(&open.meta) == 1);
            }
            self.tidy(!quiet);
        }
        self.settle(|_| true);
        self.unspool(Duration::MAX);
        self.tidy(false);
    }

    fn patience(&self) -> Duration {
        match &self.folder.spool {
            Some(spool) if !spool.is_empty() => QUIET,
            _ => TICK,
        }
    }

    fn write(&mut self, batch: Batch) {
        let key = Arc::as_ptr(&batch.meta) as usize;
        let mut open = self
            .open
            .remove(&key)
            .unwrap_or_else(|| Open::new(batch.meta));
        open.unsaid += batch.lost;
        let mut notes = batch.notes;
        if open.is_new() && is_whole(&notes) && !self.pace.allows() && self.defer(&mut open, &notes)
        {
            return;
        }
        let lost = open.lost + open.unsaid;
        let mut ended = false;
        if let Some(Timed {
            note: Note::End(end),
            ..
        }) = notes.last_mut()
        {
            end.notes_dropped += lost;
            ended = true;
        }
        let written = self.append(&mut open, &notes);
        if written && ended {
            let named = self.pace.spend(|| self.folder.finish(&open.file));
            self.count_log(named);
        } else if written {
            self.open.insert(key, open);
        } else if open.file.written > 0 || !ended {
            open.end = notes.pop().filter(|_| ended);
            if let Some(Timed {
                note: Note::End(end),
                ..
            }) = &mut open.end
            {
                end.notes_dropped -= lost;
            }
            self.open.insert(key, open);
        }
    }

    /// True if the notes are in the file.
    fn append(&mut self, open: &mut Open, notes: &[Timed]) -> bool {
        let text = self.text(open, notes);
        let (file, meta) = (&mut open.file, &open.meta);
        let appended = self
            .pace
            .spend(|| self.folder.append(file, || name::stem(meta), &text));
        self.buffer = text;
        let lost = notes
            .iter()
            .filter(|timed| !matches!(timed.note, Note::End(_)))
            .count() as u64;
        let written = self.done(appended, lost);
        if written {
            open.lost += open.unsaid;
            open.unsaid = 0;
        } else {
            open.unsaid += lost;
            // A reader cannot know these bodies.
            open.bases = Bases::default();
        }
        written
    }

    /// Put a whole log aside until there is time for its file; false if there is no place.
    fn defer(&mut self, open: &mut Open, notes: &[Timed]) -> bool {
        if self.folder.spool.is_none() {
            return false;
        }
        let text = self.text(open, notes);
        if let Some(spool) = &mut self.folder.spool {
            spool.put(&name::stem(&open.meta), &text);
            self.deferred += notes.len() as u64;
            if spool.is_full() {
                self.write_spool();
            }
        }
        self.buffer = text;
        true
    }

    fn write_spool(&mut self) {
        if let Some(spool) = &mut self.folder.spool
            && self.deferred > 0
        {
            let written = spool.write();
            let notes = std::mem::take(&mut self.deferred);
            self.done(written, notes);
        }
    }

    /// Make files of deferred logs for so long, and while there is time for it anyway.
    fn unspool(&mut self, limit: Duration) {
        self.write_spool();
        let began = Instant::now();
        while (began.elapsed() < limit || self.pace.allows()) && self.unspool_one() {}
        let deleted = self.folder.spool.as_mut().map_or(0, Spool::take_deleted);
        self.queue.count(|counts| counts.logs_deleted += deleted);
    }

    /// False if there is none, or it did not work.
    fn unspool_one(&mut self) -> bool {
        let Some(spool) = &mut self.folder.spool else {
            return false;
        };
        let log = match spool.oldest() {
            Ok(Some(log)) => log,
            Ok(None) => return false,
            Err(error) => return self.done(Err(error), 0),
        };
        if !(log.recovered && self.folder.has(&log.stem, log.text.len())) {
            let put = self.pace.spend(|| self.folder.put(&log.stem, &log.text));
            if !self.count_log(put) {
                return false;
            }
        }
        let removed = self
            .folder
            .spool
            .as_mut()
            .map_or(Ok(()), Spool::remove_oldest);
        self.done(removed, 0)
    }

    /// The notes as text, in the writer's own buffer: give it back.
    fn text(&mut self, open: &mut Open, notes: &[Timed]) -> Vec<u8> {
        let mut text = std::mem::take(&mut self.buffer);
        text.clear();
        text.shrink_to(KEEP_BUFFER);
        if open.file.written == 0 {
            format::put_head(&mut text, &open.meta);
        }
        if open.unsaid > 0 {
            let warning = format!(
                "this log is incomplete: {} notes before this one are lost",
                open.unsaid
            );
            let at = notes.first().map(|timed| timed.at).unwrap_or_default();
            format::put_note(
                &mut text,
                &mut open.bases,
                &Timed {
                    at,
                    note: Note::Warning(warning),
                },
            );
        }
        for note in notes {
            format::put_note(&mut text, &mut open.bases, note);
        }
        text
    }

    /// Finish the logs of exchanges that will say no more: their end was dropped or could not
    /// be written.
    fn settle(&mut self, finished: impl Fn(&Open) -> bool) {
        let keys: Vec<_> = self
            .open
            .iter()
            .filter(|(_, open)| finished(open))
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            let Some(mut open) = self.open.remove(&key) else {
                continue;
            };
            if let Some(end) = open.end.take() {
                let (meta, notes) = (open.meta.clone(), vec![end]);
                self.open.insert(key, open);
                self.write(Batch {
                    meta,
                    notes,
                    lost: 0,
                });
            } else if open.file.written > 0 {
                let salvaged = self.folder.salvage(&mut open.file);
                self.count_log(salvaged);
            }
        }
    }

    fn tidy(&mut self, busy: bool) {
        if let Ok(deleted) = self.folder.tidy(SystemTime::now(), busy)
            && deleted > 0
        {
            self.queue.count(|counts| counts.logs_deleted += deleted);
        }
    }

    fn count_log(&mut self, finished: io::Result<()>) -> bool {
        let done = self.done(finished, 0);
        if done {
            self.queue.count(|counts| counts.logs += 1);
        }
        done
    }

    /// Count a failure, and say the first of a row and the end of the row.
    fn done(&mut self, result: io::Result<()>, notes: u64) -> bool {
        let folder = self.folder.path().display();
        match (result, self.failing) {
            (Ok(()), None) => return true,
            (Ok(()), Some(lost)) => {
                tracing::info!(%folder, lost, "the request log can be written again");
                self.failing = None;
                return true;
            }
            (Err(error), None) => {
                tracing::warn!(%folder, %error, "cannot write the request log; requests are served all the same");
                self.failing = Some(notes);
            }
            (Err(_), Some(lost)) => self.failing = Some(lost + notes),
        }
        self.queue.count(|counts| counts.notes_unwritten += notes);
        false
    }
}

impl Open {
    fn new(meta: Arc<ExchangeMeta>) -> Self {
        Self {
            meta,
            file: Partial::default(),
            bases: Bases::default(),
            lost: 0,
            unsaid: 0,
            end: None,
        }
    }

    fn is_new(&self) -> bool {
        self.file.written == 0 && self.unsaid == 0
    }
}

/// All that will ever be heard of an exchange.
fn is_whole(notes: &[Timed]) -> bool {
    let begins = matches!(
        notes.first(),
        Some(Timed {
            note: Note::Request(_),
            ..
        })
    );
    begins
        && matches!(
            notes.last(),
            Some(Timed {
                note: Note::End(_),
                ..
            })
        )
}

impl Drop for Writer {
    /// Also after a panic: those who wait must not wait for ever.
    fn drop(&mut self) {
        self.queue.finished();
    }
}
