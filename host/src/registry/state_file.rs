//! The file that keeps registered models:
//!
//! ```json
//! {"version": 1, "models": {"kimi": {"model_name": "kimi", "api_base": "…", "api_key": "…"}}}
//! ```
//!
//! It is replaced whole, so that a crash leaves the old or the new one, and it holds keys,
//! so nobody but its owner may read it (on Windows the rights of its folder hold).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    models: Map<String, Value>,
}

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error(
        "the state file `{path}` cannot be read: {reason}\n\
         hint: repair it, or move it away to start without the models that were registered at run time"
    )]
    Unreadable { path: PathBuf, reason: String },
    #[error("the state file `{path}` cannot be written: {error}")]
    Unwritable { path: PathBuf, error: io::Error },
}

/// Name and registration of each model. No file is no model.
pub fn read(path: &Path) -> Result<Vec<(String, Value)>, StateError> {
    let unreadable = |reason: String| StateError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(unreadable(e.to_string())),
    };
    let state: State = serde_json::from_slice(&text).map_err(|e| unreadable(e.to_string()))?;
    if state.version != VERSION {
        return Err(unreadable(format!(
            "it has version {}, this program knows version {VERSION}",
            state.version
        )));
    }
    Ok(state.models.into_iter().collect())
}

/// Replace the file. It is on disk when this returns.
pub async fn write(path: PathBuf, models: Vec<(String, Value)>) -> Result<(), StateError> {
    let written = tokio::task::spawn_blocking({
        let path = path.clone();
        move || {
            let state = State {
                version: VERSION,
                models: models.into_iter().collect(),
            };
            let mut text = serde_json::to_vec_pretty(&state)?;
            text.push(b'\n');
            replace(&path, &text)
        }
    });
    let written = written.await.unwrap_or_else(|e| Err(io::Error::other(e)));
    written.map_err(|error| StateError::Unwritable { path, error })
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(name);
    // What an earlier crash left might be readable for others.
    match fs::remove_file(&temporary) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let done = write_private(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        return done;
    }
    sync_folder(folder)
}

fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

/// The new name must be on disk too. Windows has no call for it, and NTFS keeps order.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "state_file_tests.rs"]
mod tests;
