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
/// What is gathered in memory before it is written. A larger write keeps a processor from the
/// exchanges for longer than one of them takes.
const BUFFER: usize = 32 << 10;
/// Making a segment costs as much as making a log, so it is not made for a few.
const SMALLEST_SEGMENT: usize = 1024;
const SMALLEST_SEGMENT_BYTES: u64 = 1 << 20;
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
    /// How long each log in it is.
    buffered: Vec<u64>,
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
    /// Logs that were put in, and the bytes of them.
    put: usize,
    put_bytes: u64,
    /// How long each log is that was not taken out, oldest first: older ones are passed over
    /// without a look at the file.
    lengths: VecDeque<u64>,
    /// Where the first of them begins.
    begin: u64,
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
            buffered: Vec::new(),
            deleted: 0,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.buffered.is_empty() && self.segments.is_empty()
    }

    /// `write` must follow.
    pub fn put(&mut self, stem: &str, text: &[u8]) {
        let begin = self.buffer.len();
        for length in [stem.len(), text.len()] {
            // Names are short, and an exchange is limited far below 4 GiB.
            self.buffer.extend((length as u32).to_le_bytes());
        }
        self.buffer.extend_from_slice(stem.as_bytes());
        self.buffer.extend_from_slice(text);
        self.buffered.push((self.buffer.len() - begin) as u64);
    }

    /// Whether so much was put that it should be written now.
    pub fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER
    }

    /// Write what was put. After an error that is lost, and the spool as it was before.
    pub fn write(&mut self) -> io::Result<()> {
        if self.buffered.is_empty() {
            return Ok(());
        }
        let buffer = std::mem::take(&mut self.buffer);
        let lengths = std::mem::take(&mut self.buffered);
        self.make_room()?;
        let segment = self.segments.back_mut().expect("there is room");
        if let Err(error) = segment.file.write_all(&buffer) {
            segment.file.set_len(segment.put_bytes)?;
            return Err(error);
        }
        segment.put += lengths.len();
        segment.put_bytes += buffer.len() as u64;
        segment.lengths.extend(&lengths);
        self.buffered = lengths;
        self.buffered.clear();
        self.buffer = buffer;
        self.buffer.clear();
        self.buffer.shrink_to(2 * BUFFER);
        Ok(())
    }

    /// The oldest log that retention would keep; it stays until it is removed. Older ones are
    /// deleted on the way.
    pub fn oldest(&mut self) -> io::Result<Option<Waiting>> {
        self.write()?;
        let mut waiting: usize = self.segments.iter().map(|s| s.lengths.len()).sum();
        while let Some(segment) = self.segments.front_mut() {
            if waiting > self.max_logs && segment.skip() {
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
            segment.skip();
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
        let max_bytes = self.max_bytes.max(SMALLEST_SEGMENT_BYTES);
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
            self.deleted += self.segments[0].lengths.len() as u64;
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
            put_bytes: 0,
            lengths: VecDeque::new(),
            begin: 0,
        })
    }

    fn recover(path: PathBuf) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).open(&path)?;
        let put_bytes = file.metadata()?.len();
        let mut lengths = VecDeque::new();
        let mut begin = 0;
        // Up to the end, or to a log that a kill tore.
        while begin + LENGTHS <= put_bytes {
            file.seek(SeekFrom::Start(begin))?;
            let (stem, text) = read_head(&mut file)?;
            let length = LENGTHS + u64::from(stem) + u64::from(text);
            if length > put_bytes - begin {
                break;
            }
            lengths.push_back(length);
            begin += length;
        }
        Ok(Self {
            path,
            file,
            recovered: true,
            put: lengths.len(),
            put_bytes,
            lengths,
            begin: 0,
        })
    }

    fn read(&mut self) -> io::Result<Option<Waiting>> {
        if self.lengths.is_empty() {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.begin))?;
        let (stem, text) = read_head(&mut self.file)?;
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
    fn skip(&mut self) -> bool {
        let length = self.lengths.pop_front();
        self.begin += length.unwrap_or(0);
        length.is_some()
    }
}

/// The lengths of the stem and of the text that follow.
pub(super) fn read_head(file: &mut impl Read) -> io::Result<(u32, u32)> {
    let mut head = [0; LENGTHS as usize];
    file.read_exact(&mut head)?;
    let [a, b, c, d, e, f, g, h] = head;
    Ok((
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
    ))
}
