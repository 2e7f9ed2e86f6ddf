//! Files of logs that retention deleted, kept to be written anew.
//!
//! ext4 avoids inodes that were freed in the last minutes and looks at each of them for every
//! new file. With retention at its limit, one log deleted for each new one, a log costs some
//! 550 µs of system time after a few thousand; one written over an old file costs 40 µs.
//! (It is never cut to length 0: ext4 flushes such a file to the disk when it is closed.)

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const NAME: &str = ".free-";
/// Mostly one log is deleted for one that is written.
const MOST: usize = 16;

pub struct Pool {
    dir: PathBuf,
    free: Vec<Free>,
    next_number: u64,
}

struct Free {
    path: PathBuf,
    size: u64,
}

impl Pool {
    /// Empty: what an earlier process left is removed.
    pub fn open(dir: &Path) -> io::Result<Self> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(NAME) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            free: Vec::new(),
            next_number: 0,
        })
    }

    /// Delete a log, perhaps by taking it in.
    pub fn delete(&mut self, path: &Path) -> io::Result<()> {
        let size = match self.free.len() {
            0..MOST => fs::symlink_metadata(path)
                .ok()
                .filter(is_only_ours)
                .map(|file| file.len()),
            _ => None,
        };
        let Some(size) = size else {
            return fs::remove_file(path);
        };
        let free = self.dir.join(format!("{NAME}{}", self.next_number));
        fs::rename(path, &free)?;
        self.next_number += 1;
        self.free.push(Free { path: free, size });
        Ok(())
    }

    /// Make a file that holds the text and did not exist before. An error leaves nothing.
    pub fn create(&mut self, path: &Path, text: &[u8]) -> io::Result<()> {
        if !self.free.is_empty() && fs::exists(path)? {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if let Some(free) = self.free.pop() {
            if free.write(text, path).is_ok() {
                return Ok(());
            }
            // Whatever is wrong with the old file, a new one may work.
            fs::remove_file(&free.path).ok();
        }
        create(path, text)
    }
}

/// The same without old files.
pub fn create(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file.write_all(text);
    if written.is_err() {
        drop(file);
        fs::remove_file(path).ok();
    }
    written
}

impl Free {
    /// A reader sees nothing of this: the name is hidden until all is there.
    fn write(&self, text: &[u8], path: &Path) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.write_all(text)?;
        if self.size > text.len() as u64 {
            file.set_len(text.len() as u64)?;
        }
        drop(file);
        fs::rename(&self.path, path)
    }
}

/// A log that someone kept by a hard link must not change under that name.
#[cfg(unix)]
fn is_only_ours(file: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    /// Larger files give their space back.
    const LARGEST: u64 = 256 << 10;
    file.is_file() && file.len() <= LARGEST && file.nlink() == 1
}

/// Elsewhere links are not told, and freed files not avoided.
#[cfg(not(unix))]
fn is_only_ours(_file: &Metadata) -> bool {
    false
}
