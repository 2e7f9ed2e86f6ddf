//! What a mock plays.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use anyhow::{Context as _, bail};

use super::fault;
use super::tracks::Tracks;
use crate::replay::{Recording, fixture};
use crate::upstream::demo;

pub enum Source {
    /// The scenario that the request names as its model.
    Model,
    /// This one, whatever is asked for.
    Scenario(&'static str),
    Recorded(Tracks),
}

/// Each scenario's name and a sentence about it.
pub fn scenarios() -> impl Iterator<Item = (&'static str, &'static str)> {
    let faults = fault::ALL.iter().map(|fault| (fault.name, fault.summary));
    demo::models().chain(faults)
}

/// For a person, after `plays`.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model => f.write_str("the scenario that a request names as its model"),
            Self::Scenario(name) => write!(f, "`{name}`, whatever is asked for"),
            Self::Recorded(tracks) => write!(f, "{} recorded exchanges", tracks.len()),
        }
    }
}

impl Source {
    /// Plays one exchange.
    pub fn of(recording: Recording) -> Self {
        Self::Recorded(Tracks::new(vec![recording.into()]))
    }

    /// `from`: the name of a scenario, a log, a fixture, or a folder of logs; of a folder, logs
    /// that cannot be played are passed over, which `skipped` is told.
    ///
    /// # Errors
    /// There is nothing to play.
    pub fn find(from: Option<&Path>, skipped: fn(&anyhow::Error)) -> anyhow::Result<Self> {
        let Some(path) = from else {
            return Ok(Self::Model);
        };
        let named = scenarios().find(|(name, _)| Path::new(name) == path);
        if let Some((name, _)) = named {
            return Ok(Self::Scenario(name));
        }
        let shown = path.display();
        if !path.exists() {
            bail!(
                "`{shown}` is no scenario (`--list` names them), and there is no such file, nor a log with this id"
            );
        }
        if !path.is_dir() {
            return Ok(Self::of(recording(path)?));
        }
        if fixture::is_one(path) {
            let scene = fixture::read(path)?;
            return Ok(Self::Recorded(Tracks::new(vec![scene.into()])));
        }
        let mut tracks = Vec::new();
        for log in logs(path)? {
            match recording(&log) {
                Ok(recording) => tracks.push(recording.into()),
                Err(error) => skipped(&error),
            }
        }
        if tracks.is_empty() {
            bail!("there is no `*.log` in `{shown}` that can be played, and no fixture");
        }
        Ok(Self::Recorded(Tracks::new(tracks)))
    }
}

fn recording(path: &Path) -> anyhow::Result<Recording> {
    let text = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Recording::read(path, &text)
}

/// In the order of their names, which is that of their times.
fn logs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read `{}`", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.extension().is_some_and(|end| end == "log") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
