//! The log that is meant by a path or an id.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use yallmp_log::record::{self, PARTIAL};
use yallmp_log::text::parse::{self, Log};
use yallmp_log::trace::Trace;

use super::place::Place;
use crate::plain::plain;
use crate::replay::Recording;

/// A log that can be read.
#[derive(Debug)]
pub struct Source {
    /// Of its file; of one that waits for its file the path that this will have.
    pub path: PathBuf,
    /// It waits.
    waits: bool,
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self { path, waits: false }
    }
}

impl Source {
    /// A log that waits for a file with this path.
    pub fn waiting(path: PathBuf) -> Self {
        Self { path, waits: true }
    }

    /// `key`: a path, the name of a file in the folder of the logs, or the id of an exchange,
    /// of which the newest log is taken; it may still grow, or wait for its file.
    pub fn find(place: &Place, key: &str) -> anyhow::Result<Self> {
        let path = Path::new(key);
        if path.is_file() {
            return Ok(path.to_owned().into());
        }
        let folder = place.folder()?;
        let name = folder.display();
        let key = plain(key);
        match record::find(&folder, &key) {
            Ok(Some(found)) => Ok(Self {
                path: folder.join(found.name),
                waits: found.waits,
            }),
            Ok(None) => bail!(
                "no log of `{key}`: it is no file, and no log in `{name}` has this id\nhint: `yallmp logs ls` lists them; an exchange that has only begun is there after some two seconds"
            ),
            Err(error) if error.kind() == ErrorKind::NotFound => bail!(
                "no log of `{key}`: it is no file, and there is no folder `{name}` with logs\nhint: name the folder with --dir, or a configuration with --config"
            ),
            Err(error) => {
                Err(error).with_context(|| format!("no log of `{key}`: cannot look into `{name}`"))
            }
        }
    }

    /// For commands that take logs from anywhere: a path stays what it is, and what can only be
    /// an id is looked for where the configuration of this folder says.
    pub fn named(log: &Path) -> anyhow::Result<Self> {
        match log.to_str() {
            Some(id) if log.components().count() == 1 && !log.exists() => {
                Self::find(&Place::default(), id)
            }
            _ => Ok(log.to_owned().into()),
        }
    }

    pub fn trace(&self) -> anyhow::Result<Trace> {
        let mut trace = Trace::of(&self.log()?);
        trace.summary.file = self.file().map(str::to_owned);
        Ok(trace)
    }

    /// The name of its file, if it has one already.
    fn file(&self) -> Option<&str> {
        let name = self.path.file_name()?.to_str()?;
        (!self.waits && name.ends_with(".log")).then_some(name)
    }

    pub fn log(&self) -> anyhow::Result<Log> {
        let name = self.path.display();
        parse::parse(&self.text()?).map_err(|error| match growing(&self.path) {
            Some(_) => {
                anyhow!("nothing is in `{name}` yet: the exchange has only begun; ask again")
            }
            None => anyhow!(error).context(format!("cannot read `{name}`")),
        })
    }

    /// # Errors
    /// It cannot be read, or lacks something.
    pub fn recording(&self) -> anyhow::Result<Recording> {
        Recording::read(&self.path, &self.text()?)
    }

    pub fn text(&self) -> anyhow::Result<Vec<u8>> {
        text(&self.path).with_context(|| format!("cannot read `{}`", self.path.display()))
    }
}

fn waiting(path: &Path) -> io::Result<Option<record::Found>> {
    match (
        path.parent(),
        path.file_name().and_then(|name| name.to_str()),
    ) {
        (Some(folder), Some(name)) => record::find_waiting(folder, name),
        _ => Ok(None),
    }
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    match (fs::read(path), growing(path)) {
        // It ended meanwhile.
        (Err(error), Some(log)) if error.kind() == ErrorKind::NotFound => text(&log),
        // It waits for its file, or has it by now.
        (Err(error), None) if error.kind() == ErrorKind::NotFound => match waiting(path) {
            Ok(Some(found)) => Ok(found.text),
            _ => fs::read(path),
        },
        (text, _) => text,
    }
}

/// Of a log that still grows its name when it is whole.
fn growing(path: &Path) -> Option<PathBuf> {
    Some(path.to_str()?.strip_suffix(PARTIAL)?.into())
}
