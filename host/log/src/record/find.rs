//! The log of one exchange, wherever it is: in a file, in one that still grows, or in a spool.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::name::{self, PARTIAL};
use super::spooled::Spooled;
use crate::text::parse;

/// A log moves from one place to the next while somebody looks.
const LOOKS: usize = 2;

/// A log, and its name in the folder: the one that it has, or will have when it is a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    pub name: String,
    pub text: Vec<u8>,
    /// There is no file yet.
    pub waits: bool,
}

/// The newest log in a folder whose exchange has this id, or the log with this file name. One
/// that still grows (`….log.partial`) is a log, too.
pub fn find(dir: &Path, key: &str) -> io::Result<Option<Found>> {
    let Some(wanted) = Wanted::new(key) else {
        return Ok(None);
    };
    for _ in 0..LOOKS {
        let file = wanted.file(dir)?;
        let waiting = wanted.waiting(dir)?;
        if let Some(newest) = file.into_iter().chain(waiting).max_by(by_name) {
            return Ok(Some(newest));
        }
    }
    Ok(None)
}

/// The same among finished logs that wait for files of their own.
pub fn find_waiting(dir: &Path, key: &str) -> io::Result<Option<Found>> {
    Wanted::new(key).map_or(Ok(None), |wanted| wanted.waiting(dir))
}

/// Hands over all of these, each with its name and its text.
pub fn each_waiting(dir: &Path, mut take: impl FnMut(String, Vec<u8>)) -> io::Result<()> {
    let mut spooled = Spooled::of(dir)?;
    while let Some(name) = spooled.name()? {
        take(name, spooled.text()?);
    }
    Ok(())
}

/// Names of the logs that still grow, the newest first.
pub fn growing(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().into_string();
        let is_one =
            |name: &String| name.ends_with(PARTIAL) && name::started(whole(name)).is_some();
        names.extend(name.ok().filter(is_one));
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    Ok(names)
}

/// The newest last; a file after the same log in a spool.
fn by_name(a: &Found, b: &Found) -> std::cmp::Ordering {
    (whole(&a.name), !a.waits).cmp(&(whole(&b.name), !b.waits))
}

/// The name of a log when it is whole.
fn whole(name: &str) -> &str {
    name.strip_suffix(PARTIAL).unwrap_or(name)
}

struct Wanted<'a> {
    key: &'a str,
    /// How its id stands in the name of a file.
    id: String,
}

impl<'a> Wanted<'a> {
    /// None if it can be neither: what is no id of ours would be found under another one.
    fn new(key: &'a str) -> Option<Self> {
        let is_odd = |b: u8| !(b.is_ascii_alphanumeric() || b".-_".contains(&b));
        (!key.is_empty() && !key.bytes().any(is_odd)).then(|| Self {
            key,
            id: format!("-{}_", name::safe_id(key)),
        })
    }

    /// Whether it may be this one. Names of several ids begin alike: `a_b_m` is the model `b_m`
    /// or the id `a_b`.
    fn may_be(&self, name: &str) -> bool {
        let log = whole(name);
        let begins = |rest: &str| rest.starts_with(&self.id);
        name::started(log).is_some()
            && (log == whole(self.key) || log.get(15..).is_some_and(begins))
    }

    /// What cannot be read is found by its name, and says so to whoever reads it.
    fn is(&self, name: &str, text: &[u8]) -> bool {
        whole(name) == whole(self.key)
            || parse::parse(text).map_or(true, |log| *log.meta.id == *self.key)
    }

    fn file(&self, dir: &Path) -> io::Result<Option<Found>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            let name = entry?.file_name().into_string();
            names.extend(name.ok().filter(|name| self.may_be(name)));
        }
        names.sort_unstable_by(|a, b| whole(b).cmp(whole(a)));
        for name in names {
            match fs::read(dir.join(&name)) {
                Ok(text) if self.is(&name, &text) => {
                    return Ok(Some(Found {
                        name,
                        text,
                        waits: false,
                    }));
                }
                Ok(_) => {}
                // Retention was faster, or it got its name.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn waiting(&self, dir: &Path) -> io::Result<Option<Found>> {
        let mut newest: Option<Found> = None;
        let mut spooled = Spooled::of(dir)?;
        while let Some(name) = spooled.name()? {
            let is_newer = newest.as_ref().is_none_or(|it| it.name <= name);
            if !(is_newer && self.may_be(&name)) {
                continue;
            }
            let text = spooled.text()?;
            if self.is(&name, &text) {
                newest = Some(Found {
                    name,
                    text,
                    waits: true,
                });
            }
        }
        Ok(newest)
    }
}
