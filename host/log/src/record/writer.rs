//! The thread that turns batches into files.

use std::collections::HashMap;
use std::io;
use std::mem;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant, SystemTime};

use yallmp_core::tape::Entry;

use super::draft;
use super::folder::{Folder, Keeper};
use super::mask::Mask;
use super::name;
use super::open::Open;
use super::pace::Pace;
use super::queue::{Batch, Queue};
use crate::live::Hub;

/// How long the writer sleeps at most. Then it looks after retention and lost exchanges.
const TICK: Duration = Duration::from_secs(30);
/// For so long, in each round, the processor is left after each log to exchanges that wait for
/// it. Where many do, that is given up, or the writer would fall behind.
const GIVE_WAY: Duration = Duration::from_millis(2);
/// After such a silence deferred logs get their files, for as long again.
const QUIET: Duration = Duration::from_millis(20);
/// Text of an unfinished exchange waits so long for its file, since most are finished by
/// then and need only one write,
const PATIENCE: Duration = Duration::from_secs(2);
/// or until the text of all takes so many bytes.
const MOST_WAITING: usize = 8 << 20;
/// So many batches are given back at once.
const GIVE_BACK: usize = 16;
/// Buffers that are kept for the next exchanges, and the size of the largest.
const KEEP_BUFFERS: usize = 32;
const KEEP_BUFFER: usize = 64 << 10;

pub struct Writer {
    folder: Folder,
    queue: Arc<Queue>,
    hub: Arc<Hub>,
    mask: Option<Mask>,
    /// Unfinished logs by the address of their exchange (which they keep taken): ids come
    /// from clients and may repeat.
    open: HashMap<usize, Open>,
    /// Bytes of text in `open`.
    waiting: usize,
    looked: Instant,
    /// Empty ones.
    buffers: Vec<Vec<u8>>,
    /// The text that was put together last.
    rendered: Vec<u8>,
    /// Batches that were read, for the exchanges to free.
    spent: Vec<(ThreadId, Vec<Entry>)>,
    /// Of the time for making files.
    pace: Pace,
    /// Logs put into the spool and not written yet.
    deferred: u64,
    /// Notes lost since writing stopped working.
    failing: Option<u64>,
}

impl Writer {
    pub fn new(
        folder: Folder,
        queue: Arc<Queue>,
        hub: Arc<Hub>,
        mask: Option<Mask>,
        pace: Pace,
    ) -> Self {
        Self {
            folder,
            queue,
            hub,
            mask,
            open: HashMap::new(),
            waiting: 0,
            looked: Instant::now(),
            buffers: Vec::new(),
            rendered: Vec::new(),
            spent: Vec::new(),
            pace,
            deferred: 0,
            failing: None,
        }
    }

    pub fn run(mut self) {
        if self.folder.is_wanted() {
            let prepared = self.folder.prepare();
            self.done(prepared, 0);
            self.tidy();
        }
        while let Some(round) = self.queue.take(self.patience()) {
            let quiet = round.batches.is_empty();
            let began = Instant::now();
            for batch in round.batches {
                self.write(batch);
                if self.spent.len() >= GIVE_BACK {
                    self.queue.give_back(&mut self.spent);
                }
                if began.elapsed() < GIVE_WAY {
                    thread::yield_now();
                }
            }
            self.queue.give_back(&mut self.spent);
            self.save_old(if round.hurry {
                Duration::ZERO
            } else {
                PATIENCE
            });
            self.unspool(match (round.unspool, quiet) {
                (true, _) => Duration::MAX,
                (false, true) => QUIET,
                (false, false) => Duration::ZERO,
            });
            if quiet {
                self.settle(|open| Arc::strong_count(&open.meta) == 1);
            }
            self.tidy();
        }
        self.settle(|_| true);
        self.unspool(Duration::MAX);
        self.tidy();
    }

    fn patience(&self) -> Duration {
        match &self.folder.keeper {
            Some(keeper) if !keeper.spool.is_empty() => QUIET,
            _ if self.waiting > 0 => PATIENCE,
            _ => TICK,
        }
    }

    fn write(&mut self, mut batch: Batch) {
        let key = Arc::as_ptr(&batch.meta) as usize;
        if let Some(mask) = &self.mask {
            let notes = batch.entries.into_iter().flat_map(Entry::unpack);
            batch.entries = notes
                .map(|mut timed| {
                    mask.apply(&mut timed);
                    Entry::Note(timed)
                })
                .collect();
        }
        self.hub.hear(key, &batch.meta, &batch.entries);
        let mut open = match self.open.remove(&key) {
            Some(open) => open,
            None => Open::new(batch.meta, self.buffers.pop().unwrap_or_default()),
        };
        self.waiting -= open.text.bytes().len();
        open.add(&batch.entries, batch.lost);
        self.spent.push((batch.home, batch.entries));
        if open.has_ended() {
            self.close(open);
        } else {
            if self.waiting + open.text.bytes().len() > MOST_WAITING {
                self.save(&mut open);
            }
            self.keep(open);
        }
    }

    fn keep(&mut self, open: Open) {
        self.waiting += open.text.bytes().len();
        self.open.insert(Arc::as_ptr(&open.meta) as usize, open);
    }

    /// All is known: make the log, or put it aside if there is no time for that.
    fn close(&mut self, mut open: Open) {
        open.complete();
        let fresh = open.file.written == 0;
        if fresh && !self.pace.allows() && self.defer(&open) {
            open.written();
        } else if self.save(&mut open) {
            let named = self.pace.spend(|| self.folder.finish(&open.file));
            if self.count_log(named) {
                self.hub.filed(&open.meta, open.file.log_name());
            }
        } else if !fresh {
            return self.keep(open);
        }
        let mut buffer = open.text.into_buffer();
        if self.buffers.len() < KEEP_BUFFERS {
            buffer.clear();
            buffer.shrink_to(KEEP_BUFFER);
            self.buffers.push(buffer);
        }
    }

    /// True if the text is in the file now.
    fn save(&mut self, open: &mut Open) -> bool {
        let (file, meta, draft) = (&mut open.file, &open.meta, open.text.bytes());
        let rendered = &mut self.rendered;
        let saved = self.pace.spend(|| {
            let text = draft::render(draft, rendered)?;
            self.folder.append(file, || name::stem(meta), text)
        });
        rendered.clear();
        rendered.shrink_to(KEEP_BUFFER);
        match saved {
            Ok(()) => {
                open.written();
                let key = Arc::as_ptr(&open.meta) as usize;
                self.hub.saved(key, || open.file.name());
                self.done(Ok(()), 0)
            }
            Err(error) => {
                let lost = open.failed();
                self.done(Err(error), lost)
            }
        }
    }

    /// Save text that has waited for so long.
    fn save_old(&mut self, age: Duration) {
        if self.waiting == 0 || self.looked.elapsed() < age / 4 {
            return;
        }
        self.looked = Instant::now();
        for mut open in self.take_out(|open| !open.text.is_empty() && open.since.elapsed() >= age) {
            self.save(&mut open);
            open.text.shrink_to(0);
            self.keep(open);
        }
    }

    /// Finish the logs of exchanges that will say no more: their end was lost or could not be
    /// written.
    fn settle(&mut self, is_finished: impl Fn(&Open) -> bool) {
        for mut open in self.take_out(is_finished) {
            self.hub.gone(Arc::as_ptr(&open.meta) as usize);
            if open.has_ended() {
                self.close(open);
            } else if (open.text.is_empty() || self.save(&mut open)) && open.file.written > 0 {
                let salvaged = self.folder.salvage(&mut open.file);
                self.count_log(salvaged);
            }
        }
    }

    fn take_out(&mut self, condition: impl Fn(&Open) -> bool) -> Vec<Open> {
        let taken: Vec<_> = self
            .open
            .extract_if(|_, open| condition(open))
            .map(|(_, open)| open)
            .collect();
        self.waiting -= taken
            .iter()
            .map(|open| open.text.bytes().len())
            .sum::<usize>();
        taken
    }

    /// False if there is no spool.
    fn defer(&mut self, open: &Open) -> bool {
        let Some(Keeper { spool, .. }) = &mut self.folder.keeper else {
            return false;
        };
        spool.put(&name::stem(&open.meta), open.text.bytes());
        self.deferred += 1;
        if spool.is_full() {
            self.write_spool();
        }
        true
    }

    fn write_spool(&mut self) {
        if let Some(Keeper { spool, .. }) = &mut self.folder.keeper
            && self.deferred > 0
        {
            let written = spool.write();
            let logs = mem::take(&mut self.deferred);
            if !self.done(written, 0) {
                self.queue.count(|counts| counts.logs_lost += logs);
            }
        }
    }

    /// Make files of deferred logs for so long, and while there is time for it anyway.
    fn unspool(&mut self, limit: Duration) {
        self.write_spool();
        let began = Instant::now();
        while (began.elapsed() < limit || self.pace.allows()) && self.unspool_one() {}
    }

    /// False if there is none, or it did not work.
    fn unspool_one(&mut self) -> bool {
        let Some(Keeper { spool, .. }) = &mut self.folder.keeper else {
            return false;
        };
        let log = match spool.oldest() {
            Ok(Some(log)) => log,
            Ok(None) => return false,
            Err(error) => return self.done(Err(error), 0),
        };
        let text = match draft::render(&log.text, &mut self.rendered) {
            Ok(text) => text,
            // Of an older version.
            Err(_) => &log.text,
        };
        if !(log.recovered && self.folder.has(&log.stem, text.len())) {
            let put = self.pace.spend(|| self.folder.put(&log.stem, text));
            if !self.count_log(put) {
                return false;
            }
        }
        self.rendered.clear();
        self.rendered.shrink_to(KEEP_BUFFER);
        let removed = self
            .folder
            .keeper
            .as_mut()
            .map_or(Ok(()), |keeper| keeper.spool.remove_oldest());
        self.done(removed, 0)
    }

    fn tidy(&mut self) {
        self.folder.tidy(SystemTime::now());
        let deleted = self.folder.take_deleted();
        if deleted > 0 {
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

impl Drop for Writer {
    /// Also after a panic: those who wait must not wait for ever.
    fn drop(&mut self) {
        self.queue.finished();
    }
}
