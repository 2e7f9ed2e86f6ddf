//! The log of one exchange on its way to a file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use yallmp_core::tape::{Entry, ExchangeMeta, Note, Timed};

use super::draft::Draft;
use super::folder::Partial;
use crate::text::format::{self, Bases};

pub struct Open {
    pub meta: Arc<ExchangeMeta>,
    pub file: Partial,
    /// What is not in the file yet.
    pub text: Draft,
    /// When the text began to gather.
    pub since: Instant,
    bases: Bases,
    /// Notes of the text.
    notes: u64,
    /// Lost notes of which the text tells.
    said: u64,
    /// Lost notes of which the file tells.
    lost: u64,
    /// Lost notes of which nothing tells yet.
    unsaid: u64,
    /// It has come, but is not in the file.
    end: Option<Timed>,
}

impl Open {
    /// `buffer`: for the text; it is empty.
    pub fn new(meta: Arc<ExchangeMeta>, buffer: Vec<u8>) -> Self {
        Self {
            meta,
            file: Partial::default(),
            text: Draft::new(buffer),
            since: Instant::now(),
            bases: Bases::default(),
            notes: 0,
            said: 0,
            lost: 0,
            unsaid: 0,
            end: None,
        }
    }

    /// `lost`: notes that went missing before these.
    pub fn add(&mut self, entries: &[Entry], lost: u64) {
        self.unsaid += lost;
        for entry in entries {
            match entry {
                Entry::Note(timed) if matches!(timed.note, Note::End(_)) => {
                    self.end = Some(timed.clone());
                    continue;
                }
                Entry::Note(timed) => self.put(timed),
                Entry::Frames(frames) => {
                    self.begin(frames.first_event.unwrap_or(frames.last));
                    self.text.frames(frames);
                }
            }
            self.notes += entry.notes();
        }
    }

    pub fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Put the end into the text, which must be written next.
    pub fn complete(&mut self) {
        if let Some(Timed {
            at,
            note: Note::End(end),
        }) = &self.end
        {
            let mut end = end.clone();
            end.notes_dropped += self.lost + self.said + self.unsaid;
            self.put(&Timed {
                at: *at,
                note: Note::End(end),
            });
        }
    }

    /// The text is in the file.
    pub fn written(&mut self) {
        self.lost += std::mem::take(&mut self.said);
        self.notes = 0;
        self.text.clear();
    }

    /// The text is lost; how many notes that are.
    pub fn failed(&mut self) -> u64 {
        let notes = std::mem::take(&mut self.notes);
        self.unsaid += notes + std::mem::take(&mut self.said);
        self.text.clear();
        // A reader cannot know the bodies in it.
        self.bases = Bases::default();
        notes
    }

    fn put(&mut self, timed: &Timed) {
        self.begin(timed.at);
        let bases = &mut self.bases;
        self.text.text(|text| format::put_note(text, bases, timed));
    }

    /// What has to stand before a note.
    fn begin(&mut self, at: Duration) {
        if self.text.is_empty() {
            self.since = Instant::now();
            if self.file.written == 0 {
                self.text.text(|text| format::put_head(text, &self.meta));
            }
        }
        if self.unsaid > 0 {
            let text = format!(
                "this log is incomplete: {} notes before this one are lost",
                self.unsaid
            );
            self.said += std::mem::take(&mut self.unsaid);
            let note = Note::Warning(text);
            let bases = &mut self.bases;
            self.text
                .text(|text| format::put_note(text, bases, &Timed { at, note }));
        }
    }
}
