//! The log that is meant by a path or an id.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use yallmp_log::record;
use yallmp_log::text::parse::{self, Log};

use super::place::Place;

/// The path of the log. `key`: a path, the name of a file in the folder of the logs, or the
/// id of an exchange, of which the newest log is taken.
pub fn find(place: &Place, key: &str) -> anyhow::Result<PathBuf> {
    let path = Path::new(key);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let folder = place.folder()?;
    let name = folder.display();
    let found = record::find(&folder, key).with_context(|| format!("cannot look into `{name}`"))?;
    match found {
        Some(file) => Ok(folder.join(file)),
        None => bail!("no log of `{key}`: it is no file, and no log in `{name}` has this id"),
    }
}

pub fn read(path: &Path) -> anyhow::Result<Log> {
    let name = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    parse::parse(&text).with_context(|| format!("cannot read `{name}`"))
}
