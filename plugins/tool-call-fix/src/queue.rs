//! The events that the host holds for us, in step with its own list, and what is to become of
//! them.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{Chunk, Out};

use crate::edit::{Edit, apply};

/// An event, by its number in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotId(usize);

#[derive(Debug, Default)]
struct Slot {
    /// The JSON text, once the event is held.
    data: String,
    edits: Vec<Edit>,
    /// How many decisions about it are open.
    undecided: u32,
}

#[derive(Debug, Default)]
pub struct Queue {
    /// The oldest first; the last is the event of this call.
    slots: VecDeque<Slot>,
    /// The number of the first of them.
    first: usize,
    /// What was mended, each word once.
    mended: Vec<&'static str>,
}

impl Queue {
    /// A new event came.
    pub fn open(&mut self) -> SlotId {
        self.slots.push_back(Slot::default());
        SlotId(self.first + self.slots.len() - 1)
    }

    fn slot(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.get_mut(id.0.checked_sub(self.first)?)
    }

    pub fn edit(&mut self, id: SlotId, edit: Edit) {
        self.mended
            .extend(edit.mends().filter(|word| !self.mended.contains(word)));
        if let Some(slot) = self.slot(id) {
            slot.edits.push(edit);
        }
    }

    /// What was mended since this was last asked, for the log.
    pub fn take_mended(&mut self) -> Option<String> {
        let words = core::mem::take(&mut self.mended);
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The event must wait for a decision. As often as this is called, `free` must be.
    pub fn hold(&mut self, id: SlotId) {
        if let Some(slot) = self.slot(id) {
            slot.undecided += 1;
        }
    }

    pub fn free(&mut self, id: SlotId) {
        if let Some(slot) = self.slot(id) {
            slot.undecided = slot.undecided.saturating_sub(1);
        }
    }

    /// What the host is told after an event: all that is decided goes out. `chunk` is the
    /// event's, if it is a chunk.
    pub fn settle(&mut self, data: &str, chunk: Option<Chunk<'_>>) -> Out {
        let open = self.slots.iter().position(|slot| slot.undecided > 0);
        let ready = open.unwrap_or(self.slots.len());
        if open.is_none() && self.slots.iter().all(|slot| slot.edits.is_empty()) {
            self.first += self.slots.len();
            self.slots.clear();
            return Out::pass();
        }
        let mut chunk = chunk;
        let mut out = Out::nothing();
        let newest = self.slots.len() - 1;
        for (at, slot) in self.slots.drain(..ready).enumerate() {
            let current = (at == newest).then(|| chunk.take()).flatten();
            out = slot.emit(out, at, current);
        }
        self.first += ready;
        if let Some(slot) = self.slots.back_mut() {
            slot.data = data.into();
        }
        out.keep(u32::try_from(self.slots.len()).unwrap_or(u32::MAX))
    }

    /// What the host is told at the end. The last slot is no event: its edits are for `frame`,
    /// a chunk that itself says nothing.
    pub fn close(&mut self, frame: Option<Chunk<'_>>) -> Out {
        let Some(closing) = self.slots.pop_back() else {
            return Out::pass();
        };
        let mut out = Out::nothing();
        for (at, slot) in self.slots.drain(..).enumerate() {
            out = slot.emit(out, at, None);
        }
        match frame {
            Some(frame) => apply(frame, closing.edits)
                .into_iter()
                .fold(out, Out::event),
            None => out,
        }
    }
}

impl Slot {
    fn emit(self, out: Out, at: usize, current: Option<Chunk<'_>>) -> Out {
        if self.edits.is_empty() {
            return out.held_at(u32::try_from(at).unwrap_or(u32::MAX));
        }
        match current.or_else(|| Chunk::parse(&self.data)) {
            Some(chunk) => apply(chunk, self.edits).into_iter().fold(out, Out::event),
            None => out,
        }
    }
}
