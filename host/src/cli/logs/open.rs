//! The log that is meant by a path or an id.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use yallmp_log::record::{self, PARTIAL};
use yallmp_log::text::parse::{self, Log};

use super::super::plain::plain;
use super::place::Place;

/// The path of the log. `key`: a path, the name of a file in the folder of the logs, or the
/// id of an exchange, of which the newest log is taken; it may still grow.
pub fn find(place: &Place, key: &str) -> anyhow::Result<PathBuf> {
    let path = Path::new(key);
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let folder = place.folder()?;
    let name = folder.display();
    let key = plain(key);
    match record::find(&folder, &key) {
        Ok(Some(file)) => Ok(folder.join(file)),
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
pub fn named(log: &Path) -> anyhow::Result<PathBuf> {
    match log.to_str() {
        Some(id) if log.components().count() == 1 && !log.exists() => find(&Place::default(), id),
        _ => Ok(log.to_owned()),
    }
}

pub fn read(path: &Path) -> anyhow::Result<Log> {
    let name = path.display();
    let text = text(path).with_context(|| format!("cannot read `{name}`"))?;
    parse::parse(&text).map_err(|error| match growing(path) {
        Some(_) => anyhow!("nothing is in `{name}` yet: the exchange has only begun; ask again"),
        None => anyhow!(error).context(format!("cannot read `{name}`")),
    })
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    match (fs::read(path), growing(path)) {
        // It ended meanwhile.
        (Err(error), Some(log)) if error.kind() == ErrorKind::NotFound => fs::read(log),
        (text, _) => text,
    }
}

/// Of a log that still grows its name when it is whole.
fn growing(path: &Path) -> Option<PathBuf> {
    Some(path.to_str()?.strip_suffix(PARTIAL)?.into())
}
