//! Frames of a stream in a tenth of their bytes. One differs from the one before in a few
//! letters, mostly, so only these are kept. Packing is done where the frames are read, while
//! they are in the processor's cache and it is known in what they differ; their buffers are
//! given back at once, and all that follows, up to the log's file, moves a tenth of the bytes.
//!
//! A frame is: microseconds, number, bytes that it begins with like the one before, bytes
//! that it ends with like it, bytes between (five varints), and the bytes between.

use std::mem;
use std::time::Duration;

use bytes::Bytes;

use super::{Note, Timed};
use crate::alike::Alike;

/// Of what is packed, at first. A stream mostly ends with some thousands.
const CAPACITY: usize = 512;
/// With less room than this it is made four times as large: most streams take one or two
/// steps, and one that has a single frame between other notes takes none.
const SPARE: usize = 64;

/// The largest buffer that is kept for the next frames: every open stream may have one.
const MOST_SPARE: usize = 8 << 10;

/// Bytes of a number at most.
const VARINT: usize = 10;
/// What is between has mostly no more bytes than this.
const SHORT: usize = 16;

/// What the frame of an event has in common with that of an earlier one.
#[derive(Debug, Clone, Copy)]
pub struct Like {
    /// The earlier event.
    pub number: u32,
    pub alike: Alike,
}

impl Like {
    /// What `raw` has in common with `before`, the frame of event `number`.
    pub fn of(number: u32, before: &[u8], raw: &[u8]) -> Self {
        let alike = Alike::of(before, raw);
        Self { number, alike }
    }
}

/// A note, or many of a kind.
#[derive(Debug, Clone)]
pub enum Entry {
    Note(Timed),
    Frames(Frames),
}

/// Some [`Note::EventIn`] in a row.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    packed: Vec<u8>,
    /// All of them,
    pub count: u64,
    /// and those that are events.
    pub events: u64,
    pub first_event: Option<Duration>,
    pub last: Duration,
}

impl Entry {
    /// As a tape would gather these notes.
    pub fn pack(notes: Vec<Timed>) -> Vec<Self> {
        let mut entries = Vec::new();
        let mut packer = Packer::default();
        let mut before: Option<(u32, Bytes)> = None;
        for Timed { at, note } in notes {
            match note {
                Note::EventIn { number, raw } => {
                    let like = before.map(|(number, before)| Like::of(number, &before, &raw));
                    packer.push(&mut entries, at, number, &raw, like);
                    before = Some((number, raw));
                }
                note => entries.push(Self::Note(Timed { at, note })),
            }
        }
        entries
    }

    /// How many notes it is.
    pub fn notes(&self) -> u64 {
        match self {
            Self::Note(_) => 1,
            Self::Frames(frames) => frames.count,
        }
    }

    /// Bytes that it takes in memory, roughly.
    pub fn weight(&self) -> usize {
        match self {
            Self::Note(timed) => timed.note.weight(),
            Self::Frames(frames) => size_of::<Self>() + frames.packed.len(),
        }
    }

    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Note(Timed {
                note: Note::End(_),
                ..
            })
        )
    }

    /// The notes that it is.
    pub fn unpack(self) -> Vec<Timed> {
        match self {
            Self::Note(timed) => vec![timed],
            Self::Frames(frames) => frames.unpack(),
        }
    }
}

/// What makes [`Frames`].
#[derive(Debug, Default)]
pub struct Packer {
    /// Number of the frame that was packed last; 0 if the next one cannot lean on it.
    before: u32,
    /// Empty, for the next [`Frames`].
    spare: Vec<u8>,
}

impl Packer {
    /// Append one to `entries`. Returns the bytes that this takes.
    pub fn push(
        &mut self,
        entries: &mut Vec<Entry>,
        at: Duration,
        number: u32,
        raw: &[u8],
        like: Option<Like>,
    ) -> usize {
        if !matches!(entries.last(), Some(Entry::Frames(_))) {
            self.forget();
            let mut packed = mem::take(&mut self.spare);
            packed.reserve_exact(CAPACITY);
            entries.push(Entry::Frames(Frames {
                packed,
                ..Frames::default()
            }));
        }
        let Some(Entry::Frames(frames)) = entries.last_mut() else {
            return 0;
        };
        let size = frames.packed.len();
        if frames.packed.capacity() - size < SPARE {
            frames.packed.reserve_exact(3 * size);
        }
        let alike = match like {
            Some(like) if like.number == self.before && self.before > 0 => like.alike,
            _ => Alike::default(),
        };
        frames.push(at, number, raw, alike);
        self.before = number;
        frames.packed.len() - size
    }

    /// Returns an empty batch in the memory of one that is done with, and keeps a buffer of
    /// its frames: large ones are given back and asked for again at some cost.
    pub fn reuse(&mut self, mut entries: Vec<Entry>) -> Vec<Entry> {
        for entry in entries.drain(..) {
            if let Entry::Frames(Frames { mut packed, .. }) = entry
                && (self.spare.capacity()..=MOST_SPARE).contains(&packed.capacity())
            {
                packed.clear();
                self.spare = packed;
            }
        }
        entries
    }

    /// A frame was left out.
    pub fn forget(&mut self) {
        self.before = 0;
    }
}

impl Frames {
    /// As they are packed: for [`each_frame`].
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    pub fn unpack(&self) -> Vec<Timed> {
        let mut notes = Vec::new();
        let whole = each_frame(&self.packed, |at, number, raw| {
            let raw = Bytes::copy_from_slice(raw);
            let note = Note::EventIn { number, raw };
            notes.push(Timed { at, note });
        });
        debug_assert!(whole.is_some(), "what was packed can be unpacked");
        notes
    }

    /// `alike`: the frame before.
    fn push(&mut self, at: Duration, number: u32, raw: &[u8], Alike { begin, end }: Alike) {
        let between = &raw[begin..raw.len() - end];
        let micros = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        let mut head = Head::new();
        for value in [
            micros,
            u64::from(number),
            begin as u64,
            end as u64,
            between.len() as u64,
        ] {
            head.put(value);
        }
        match raw[begin..].first_chunk() {
            Some(chunk) if between.len() <= SHORT => {
                head.put_short(chunk, between.len());
                self.packed.extend_from_slice(head.bytes());
            }
            _ => {
                self.packed.extend_from_slice(head.bytes());
                self.packed.extend_from_slice(between);
            }
        }
        self.count += 1;
        if number > 0 {
            self.events += 1;
            self.first_event.get_or_insert(at);
        }
        self.last = at;
    }
}

/// The five numbers of a frame, and its text if that is short, gathered to be appended at
/// once: each append asks anew whether there is room.
struct Head {
    bytes: [u8; 5 * VARINT + SHORT],
    length: usize,
}

impl Head {
    fn new() -> Self {
        Self {
            bytes: [0; 5 * VARINT + SHORT],
            length: 0,
        }
    }

    /// Seven bits in a byte, the lowest first; the eighth says that more follow.
    fn put(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes[self.length] = value as u8 | 0x80;
            self.length += 1;
            value >>= 7;
        }
        self.bytes[self.length] = value as u8;
        self.length += 1;
    }

    /// The first bytes of a chunk. All of it is copied: a length that is known costs no call.
    fn put_short(&mut self, chunk: &[u8; SHORT], length: usize) {
        self.bytes[self.length..][..SHORT].copy_from_slice(chunk);
        self.length += length;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Call `f` with time, number and bytes of each frame; None if these are none.
pub fn each_frame(mut packed: &[u8], mut f: impl FnMut(Duration, u32, &[u8])) -> Option<()> {
    let mut raw: Vec<u8> = Vec::new();
    while !packed.is_empty() {
        let micros = take(&mut packed)?;
        let number = u32::try_from(take(&mut packed)?).ok()?;
        let [begin, end, between] = [(); 3].map(|()| take(&mut packed));
        let [begin, end, between] = [begin?, end?, between?].map(|n| usize::try_from(n).ok());
        let (between, rest) = packed.split_at_checked(between?)?;
        packed = rest;
        let (begin, end) = (begin?, raw.len().checked_sub(end?)?);
        if begin > end {
            return None;
        }
        raw.splice(begin..end, between.iter().copied());
        f(Duration::from_micros(micros), number, &raw);
    }
    Some(())
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
