//! Reading what waits in spools, whose writer may be another process.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use super::{draft, spool};

/// The logs in all spools of a folder, one after the other.
pub(super) struct Spooled {
    left: Vec<PathBuf>,
    open: Option<Open>,
}

/// A spool file. Its form is that of [`spool`].
struct Open {
    file: BufReader<File>,
    /// Bytes behind the text of the log that was named last.
    rest: u64,
    /// Length of that text, until it is read.
    text: u32,
}

impl Spooled {
    pub fn of(dir: &Path) -> io::Result<Self> {
        let mut left = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name().into_string();
            if name.is_ok_and(|name| name.starts_with(spool::NAME)) {
                left.push(entry.path());
            }
        }
        Ok(Self { left, open: None })
    }

    /// The name that the next log will have as a file.
    pub fn name(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(open) = &mut self.open
                && let Some(name) = open.name()?
            {
                return Ok(Some(name));
            }
            let Some(path) = self.left.pop() else {
                return Ok(None);
            };
            self.open = match File::open(path) {
                Ok(file) => Some(Open {
                    rest: file.metadata()?.len(),
                    file: BufReader::new(file),
                    text: 0,
                }),
                // All of it has files by now.
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
    }

    /// The text of the log that was named last; empty if it was asked for before.
    pub fn text(&mut self) -> io::Result<Vec<u8>> {
        let Some(open) = &mut self.open else {
            return Ok(Vec::new());
        };
        let mut draft = vec![0; std::mem::take(&mut open.text) as usize];
        open.file.read_exact(&mut draft)?;
        let mut rendered = Vec::new();
        Ok(match draft::render(&draft, &mut rendered) {
            Ok(text) => text.to_vec(),
            // Of an older version.
            Err(_) => draft,
        })
    }
}

impl Open {
    /// None at the end, or before a log that is not there as a whole.
    fn name(&mut self) -> io::Result<Option<String>> {
        self.file
            .seek_relative(std::mem::take(&mut self.text).into())?;
        if self.rest < spool::LENGTHS {
            return Ok(None);
        }
        let (stem, text) = spool::read_head(&mut self.file)?;
        let rest = (self.rest - spool::LENGTHS).checked_sub(u64::from(stem) + u64::from(text));
        let Some(rest) = rest else {
            self.rest = 0;
            return Ok(None);
        };
        let mut name = vec![0; stem as usize];
        self.file.read_exact(&mut name)?;
        (self.rest, self.text) = (rest, text);
        Ok(Some(format!("{}.log", String::from_utf8_lossy(&name))))
    }
}
