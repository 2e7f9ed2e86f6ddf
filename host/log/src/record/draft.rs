//! The text of a log on its way to a file, with frames that are still packed. What is in a
//! log is the whole frame: [`render`].

use std::io;

use yallmp_core::tape::{Frames, each_frame};

use crate::text::format;

/// Sections of a draft.
const TEXT: u8 = 0;
const FRAMES: u8 = 1;
/// Bytes before a section: what it is, and its length (4 bytes, little-endian).
const HEAD: usize = 5;

/// A row of sections.
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
        self.bytes.extend_from_slice(frames.packed());
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
            FRAMES => each_frame(section, |at, number, raw| {
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

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
