//! Finished logs that wait for files of their own.
//!
//! Creating a file costs 40 to 60 µs of system time, more than the proxy needs for a small
//! exchange. Under full load logs are therefore appended to one file, at about 2 µs each,
//! and become files when there is time. Those that retention would delete by then never do.
//!
//! A spool file is a row of: length of the stem and of the text (4 bytes each, little-endian),
//! stem, text.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(super) const NAME: &str = ".spool-";
/// What is gathered in memory before it is written.
const BUFFER: usize = 256 << 10;
/// Making a segment costs as much as making a log, so it is not made for a few.
const SMALLEST_SEGMENT: usize = 1024;
/// Bytes of the two lengths before a log.
pub(super) const LENGTHS: u64 = 8;

/// The two newest segments hold at least as many logs as retention keeps.
pub struct Spool {
    dir: PathBuf,
    max_logs: usize,
    max_bytes: u64,
    /// Oldest first.
    segments: VecDeque<Segment>,
    next_number: u64,
    /// Not yet in the last segment.
    buffer: Vec<u8>,
    buffered: usize,
    /// Since `take_deleted`.
    deleted: u64,
}

/// The oldest log of a spool.
pub struct Waiting {
    pub stem: String,
    pub text: Vec<u8>,
    /// It waited since before this process, which may have been killed when its file was
    /// there already.
    pub recovered: bool,
}

struct Segment {
    path: PathBuf,
    file: File,
    recovered: bool,
    /// Logs that were put in and taken out, and the bytes of them.
    put: usize,
    taken: usize,
    put_bytes: u64,
    taken_bytes: u64,
}

impl Spool {
    /// With what an earlier process left.
    pub fn open(dir: &Path, max_logs: usize, max_bytes: u64) -> io::Result<Self> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let number = entry
                .file_name()
                .to_str()
                .and_then(|name| name.strip_prefix(NAME)?.parse::<u64>().ok());
            found.extend(number.map(|number| (number, entry.path())));
        }
        found.sort();
        let next_number = found.last().map_or(0, |(number, _)| number + 1);
        let mut segments = VecDeque::new();
        for (_, path) in found {
            segments.push_back(Segment::recover(path)?);
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            max_logs,
            max_bytes,
            segments,
            next_number,
            buffer: Vec::new(),
            buffered: 0,
            deleted: 0,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.buffered == 0 && self.segments.is_empty()
    }

    /// `write` must follow.
    pub fn put(&mut self, stem: &str, text: &[u8]) {
        for length in [stem.len(), text.len()] {
            // Names are short, and an exchange is limited far below 4 GiB.
            self.buffer.extend((length as u32).to_le_bytes());
        }
        self.buffer.extend_from_slice(stem.as_bytes());
        self.buffer.extend_from_slice(text);
        self.buffered += 1;
    }

    /// Whether so much was put that it should be written now.
    pub fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER
    }

    /// Write what was put. After an error that is lost, and the spool as it was before.
    pub fn write(&mut self) -> io::Result<()> {
        if self.buffered == 0 {
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let count = std::mem::take(&mut self.buffered);
        self.make_room()?;
        let segment = self.segments.back_mut().expect("there is room");
        if let Err(error) = segment.file.write_all(&buffer) {
            segment.file.set_len(segment.put_bytes)?;
            return Err(error);
        }
        segment.put += count;
        segment.put_bytes += buffer.len() as u64;
        self.buffer = buffer;
        self.buffer.clear();
        self.buffer.shrink_to(2 * BUFFER);
        Ok(())
    }

    /// The oldest log that retention would keep; it stays until it is removed. Older ones are
    /// deleted on the way.
    pub fn oldest(&mut self) -> io::Result<Option<Waiting>> {
        self.write()?;
        let mut waiting: usize = self.segments.iter().map(|s| s.put - s.taken).sum();
        while let Some(segment) = self.segments.front_mut() {
            if waiting > self.max_logs && segment.skip()? {
                waiting -= 1;
                self.deleted += 1;
                continue;
            }
            match segment.read()? {
                Some(log) => return Ok(Some(log)),
                None => self.remove_segment()?,
            }
        }
        Ok(None)
    }

    /// Remove what `oldest` returned last.
    pub fn remove_oldest(&mut self) -> io::Result<()> {
        if let Some(segment) = self.segments.front_mut() {
            segment.skip()?;
        }
        Ok(())
    }

    /// How many logs were deleted since the last call.
    pub fn take_deleted(&mut self) -> u64 {
        std::mem::take(&mut self.deleted)
    }

    /// A last segment that is not full.
    fn make_room(&mut self) -> io::Result<()> {
        let max_logs = self.max_logs.max(SMALLEST_SEGMENT);
        let max_bytes = self.max_bytes.max(4 * BUFFER as u64);
        let is_full = |s: &Segment| s.put >= max_logs || s.put_bytes >= max_bytes;
        if self
            .segments
            .back()
            .is_some_and(|s| !s.recovered && !is_full(s))
        {
            return Ok(());
        }
        let path = self.dir.join(format!("{NAME}{}", self.next_number));
        self.segments.push_back(Segment::new(path)?);
        self.next_number += 1;
        // A full one outweighs all that is older.
        while self.segments.len() > 2 && is_full(&self.segments[self.segments.len() - 2]) {
            self.deleted += (self.segments[0].put - self.segments[0].taken) as u64;
            self.remove_segment()?;
        }
        Ok(())
    }

    fn remove_segment(&mut self) -> io::Result<()> {
        if let Some(Segment { path, file, .. }) = self.segments.pop_front() {
            drop(file);
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

impl Segment {
    fn new(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            path,
            file,
            recovered: false,
            put: 0,
            taken: 0,
            put_bytes: 0,
            taken_bytes: 0,
        })
    }

    fn recover(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).open(&path)?;
        let put_bytes = file.metadata()?.len();
        let mut segment = Self {
            path,
            file,
            recovered: true,
            put: usize::MAX,
            taken: 0,
            put_bytes,
            taken_bytes: 0,
        };
        while segment.skip()? {}
        segment.put = std::mem::take(&mut segment.taken);
        segment.taken_bytes = 0;
        Ok(segment)
    }

    /// The lengths of stem and text of the next log. None at the end, or before a log that a
    /// kill tore.
    fn lengths(&mut self) -> io::Result<Option<(u32, u32)>> {
        let rest = self.put_bytes - self.taken_bytes;
        if self.taken == self.put || rest < LENGTHS {
            return Ok(None);
        }
        let mut lengths = [0; LENGTHS as usize];
        self.file.seek(SeekFrom::Start(self.taken_bytes))?;
        self.file.read_exact(&mut lengths)?;
        let [a, b, c, d, e, f, g, h] = lengths;
        let (stem, text) = (
            u32::from_le_bytes([a, b, c, d]),
            u32::from_le_bytes([e, f, g, h]),
        );
        Ok((u64::from(stem) + u64::from(text) <= rest - LENGTHS).then_some((stem, text)))
    }

    fn read(&mut self) -> io::Result<Option<Waiting>> {
        let Some((stem, text)) = self.lengths()? else {
            return Ok(None);
        };
        let (mut stem, mut text) = (vec![0; stem as usize], vec![0; text as usize]);
        self.file.read_exact(&mut stem)?;
        self.file.read_exact(&mut text)?;
        let stem = String::from_utf8(stem).map_err(|_| ErrorKind::InvalidData)?;
        Ok(Some(Waiting {
            stem,
            text,
            recovered: self.recovered,
        }))
    }

    /// False at the end.
    fn skip(&mut self) -> io::Result<bool> {
        let lengths = self.lengths()?;
        if let Some((stem, text)) = lengths {
            self.taken += 1;
            self.taken_bytes += LENGTHS + u64::from(stem) + u64::from(text);
        }
        Ok(lengths.is_some())
    }
}
