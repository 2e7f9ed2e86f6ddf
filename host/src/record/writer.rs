//! The thread that turns batches into files.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use yallmp_core::tape::{ExchangeMeta, Note, Timed};

use super::folder::{Folder, Partial};
use super::format::{self, Bases};
use super::name;
use super::queue::{Batch, Queue};

/// How long the writer sleeps at most. Then it looks after retention and lost exchanges.
const TICK: Duration = Duration::from_secs(30);
/// A buffer that a large exchange blew up is given back.
const KEEP_BUFFER: usize = 256 << 10;

pub struct Writer {
    folder: Folder,
    queue: Arc<Queue>,
    /// Begun logs by the address of their exchange: ids come from clients and may repeat.
    open: HashMap<usize, Open>,
    buffer: Vec<u8>,
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
    pub fn new(folder: Folder, queue: Arc<Queue>) -> Self {
        Self {
            folder,
            queue,
            open: HashMap::new(),
            buffer: Vec::new(),
            failing: None,
        }
    }

    pub fn run(mut self) {
        let prepared = self.folder.prepare();
        self.done(prepared, 0);
        self.tidy(false);
        while let Some(batches) = self.queue.take(TICK) {
            let quiet = batches.is_empty();
            for batch in batches {
                self.write(batch);
            }
            if quiet {
                self.settle(|open| Arc::strong_count(&open.meta) == 1);
            }
            self.tidy(!quiet);
        }
        self.settle(|_| true);
        self.tidy(false);
    }

    fn tidy(&mut self, busy: bool) {
        if let Ok(deleted) = self.folder.tidy(SystemTime::now(), busy)
            && deleted > 0
        {
            self.queue.count(|counts| counts.logs_deleted += deleted);
        }
    }

    fn write(&mut self, batch: Batch) {
        let key = Arc::as_ptr(&batch.meta) as usize;
        let mut open = self.open.remove(&key).unwrap_or_else(|| Open {
            meta: batch.meta,
            file: Partial::default(),
            bases: Bases::default(),
            lost: 0,
            unsaid: 0,
            end: None,
        });
        open.unsaid += batch.lost;
        let mut notes = batch.notes;
        let lost = open.lost + open.unsaid;
        let ended = match notes.last_mut() {
            Some(Timed {
                note: Note::End(end),
                ..
            }) => {
                end.notes_dropped += lost;
                true
            }
            _ => false,
        };
        let written = self.append(&mut open, &notes);
        if written && ended {
            let named = self.folder.finish(&open.file);
            if self.done(named, 0) {
                self.queue.count(|counts| counts.logs += 1);
            }
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
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        if open.file.written == 0 {
            format::put_head(&mut buffer, &open.meta);
        }
        if open.unsaid > 0 {
            let text = format!(
                "this log is incomplete: {} notes before this one are lost",
                open.unsaid
            );
            let at = notes.first().map(|timed| timed.at).unwrap_or_default();
            format::put_note(
                &mut buffer,
                &mut open.bases,
                &Timed {
                    at,
                    note: Note::Warning(text),
                },
            );
        }
        for note in notes {
            format::put_note(&mut buffer, &mut open.bases, note);
        }
        let result = self
            .folder
            .append(&mut open.file, || name::stem(&open.meta), &buffer);
        buffer.shrink_to(KEEP_BUFFER);
        self.buffer = buffer;
        let lost = notes
            .iter()
            .filter(|timed| !matches!(timed.note, Note::End(_)))
            .count() as u64;
        let written = self.done(result, lost);
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
                if self.done(salvaged, 0) {
                    self.queue.count(|counts| counts.logs += 1);
                }
            }
        }
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
