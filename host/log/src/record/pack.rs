//! Frames of a stream in a tenth of their bytes. One differs from the one before in a few
//! letters, mostly, so only these are kept. Packing is done on the thread of the exchange,
//! where the frames are still in the processor's cache and their buffers are given back to
//! whoever made them; all that follows, up to the spool, moves a tenth of the bytes. What is
//! in a log is the whole frame: [`Draft::render`].
//!
//! A frame is: microseconds, number, bytes that it begins with like the one before, bytes
//! that it ends with like it, bytes between (five varints), and the bytes between.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use yallmp_core::tape::{Note, Timed};

use crate::text::format;

/// Fewer frames in a row are not worth it.
const FEWEST: usize = 8;
/// Sections of a draft.
const TEXT: u8 = 0;
const FRAMES: u8 = 1;
/// Bytes that are compared at once.
const BLOCK: usize = 16;
/// Bytes before a section: what it is, and its length (4 bytes, little-endian).
const HEAD: usize = 5;

/// A note, or many of a kind.
#[derive(Debug, Clone)]
pub enum Entry {
    Note(Timed),
    Frames(Frames),
}

/// Some `Note::EventIn` in a row.
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
    /// Pack what can be packed.
    pub fn pack(notes: Vec<Timed>) -> Vec<Self> {
        let is_frame = |timed: &Timed| matches!(timed.note, Note::EventIn { .. });
        let together = |a: &Timed, b: &Timed| is_frame(a) && is_frame(b);
        let runs: Vec<_> = notes.chunk_by(together).map(<[_]>::len).collect();
        let mut entries = Vec::with_capacity(runs.len());
        let mut notes = notes.into_iter();
        for run in runs {
            if run < FEWEST {
                entries.extend(notes.by_ref().take(run).map(Self::Note));
            } else {
                entries.push(Self::Frames(Frames::of(&notes.as_slice()[..run])));
                notes.nth(run - 1);
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
}

impl Frames {
    fn of(notes: &[Timed]) -> Self {
        let mut frames = Self {
            packed: Vec::with_capacity(notes.len() * 32),
            ..Self::default()
        };
        let mut before: &[u8] = &[];
        for Timed { at, note } in notes {
            let Note::EventIn { number, raw } = note else {
                continue;
            };
            let begin = alike(before, raw);
            let end = alike_at_the_end(&before[begin..], &raw[begin..]);
            let between = &raw[begin..raw.len() - end];
            let micros = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
            for value in [
                micros,
                u64::from(*number),
                begin as u64,
                end as u64,
                between.len() as u64,
            ] {
                put(&mut frames.packed, value);
            }
            frames.packed.extend_from_slice(between);
            before = raw;
            frames.count += 1;
            if *number > 0 {
                frames.events += 1;
                frames.first_event.get_or_insert(*at);
            }
            frames.last = *at;
        }
        frames
    }

    pub fn unpack(&self) -> Vec<Timed> {
        let mut notes = Vec::new();
        let whole = each(&self.packed, |at, number, raw| {
            let raw = Bytes::copy_from_slice(raw);
            let note = Note::EventIn { number, raw };
            notes.push(Timed { at, note });
        });
        debug_assert!(whole.is_some(), "what was packed can be unpacked");
        notes
    }
}

/// The text of a log, with frames that are still packed: a row of sections.
#[derive(Debug, Default)]
pub struct Draft {
    bytes: Vec<u8>,
    /// Where the last section begins, if it is text.
    text: Option<usize>,
}

impl Draft {
    /// `buffer`: empty.
    pub fn new(buffer: Vec<u8>) -> Self {
        Self {
            bytes: buffer,
            text: None,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Append what `write` writes.
    pub fn text(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = *self
            .text
            .get_or_insert_with(|| begin_section(&mut self.bytes, TEXT));
        write(&mut self.bytes);
        end_section(&mut self.bytes, begin);
    }

    pub fn frames(&mut self, frames: &Frames) {
        self.text = None;
        let begin = begin_section(&mut self.bytes, FRAMES);
        self.bytes.extend_from_slice(&frames.packed);
        end_section(&mut self.bytes, begin);
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.text = None;
    }

    pub fn shrink_to(&mut self, capacity: usize) {
        self.bytes.shrink_to(capacity);
    }

    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}

/// The text of the log, of the bytes of a draft. `buffer` is used if it has to be put together.
///
/// # Errors
/// `InvalidData`: these are no such bytes.
pub fn render<'a>(mut draft: &'a [u8], buffer: &'a mut Vec<u8>) -> io::Result<&'a [u8]> {
    buffer.clear();
    let mut is_first = true;
    while let Some((&[kind, a, b, c, d], rest)) = draft.split_first_chunk::<HEAD>() {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let (section, rest) = rest
            .split_at_checked(length)
            .ok_or(io::ErrorKind::InvalidData)?;
        match kind {
            TEXT if is_first && rest.is_empty() => return Ok(section),
            TEXT => buffer.extend_from_slice(section),
            FRAMES => each(section, |at, number, raw| {
                format::put_event(buffer, at, number, raw);
            })
            .ok_or(io::ErrorKind::InvalidData)?,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        is_first = false;
        draft = rest;
    }
    if !draft.is_empty() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(buffer)
}

fn begin_section(bytes: &mut Vec<u8>, kind: u8) -> usize {
    let begin = bytes.len();
    bytes.extend_from_slice(&[kind, 0, 0, 0, 0]);
    begin
}

fn end_section(bytes: &mut [u8], begin: usize) {
    // An exchange is limited far below 4 GiB.
    let length = (bytes.len() - begin - HEAD) as u32;
    bytes[begin + 1..begin + HEAD].copy_from_slice(&length.to_le_bytes());
}

/// Call `f` with each frame; None if these are none.
fn each(mut packed: &[u8], mut f: impl FnMut(Duration, u32, &[u8])) -> Option<()> {
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

/// How many bytes are the same from the begin on.
fn alike(a: &[u8], b: &[u8]) -> usize {
    let (blocks, _) = a.as_chunks::<BLOCK>();
    let same = blocks
        .iter()
        .zip(b.as_chunks().0)
        .take_while(|(a, b)| a == b);
    let from = same.count() * BLOCK;
    let rest = a[from..].iter().zip(&b[from..]);
    from + rest.take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same before the end.
fn alike_at_the_end(a: &[u8], b: &[u8]) -> usize {
    let (_, blocks) = a.as_rchunks::<BLOCK>();
    let pairs = blocks.iter().rev().zip(b.as_rchunks().1.iter().rev());
    let to = pairs.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[..a.len() - to]
        .iter()
        .rev()
        .zip(b[..b.len() - to].iter().rev());
    to + rest.take_while(|(a, b)| a == b).count()
}

/// Seven bits in a byte, the lowest first; the eighth says that more follow.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
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
#[path = "pack_tests.rs"]
mod tests;
