//! Compiled components on disk, so that only the first start pays for the compiler.
//!
//! A cache file is machine code that will run in this process. So a folder or file that
//! anybody else could have written is not used.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use wasmtime::Engine;
use wasmtime::component::Component;

/// What was not used for this long goes when something new comes.
const UNUSED: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// What is over goes too, least recently used first. A Python plugin takes some 60 MB, and
/// its author makes one with each build.
const MAX_BYTES: u64 = 1 << 30;

/// A component as machine code. Only [`Cache`] makes it: from the compiler's output, or from
/// a file that nobody else can write.
pub(crate) enum Code {
    File(PathBuf),
    Memory(Vec<u8>),
}

impl Code {
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        #[expect(
            unsafe_code,
            reason = "the way to load code without compiling it again"
        )]
        // SAFETY: this is what `Engine::precompile_component` returned, kept as the type
        // says. wasmtime itself checks that version, target and settings are the engine's.
        // A file is replaced only as a whole, so the mapping does not change.
        unsafe {
            match self {
                Self::File(path) => Component::deserialize_file(engine, path),
                Self::Memory(bytes) => Component::deserialize(engine, bytes),
            }
        }
    }
}

#[derive(Debug, Clone)]
pub struct Cache {
    dir: Option<PathBuf>,
}

impl Cache {
    /// In the user's folder for caches, else in the folder for temporary files.
    pub fn user() -> Self {
        Self::at(user_dir().unwrap_or_else(|| std::env::temp_dir().join("yallmp-cache")))
    }

    pub fn at(dir: PathBuf) -> Self {
        match private_dir(&dir) {
            Ok(()) => Self { dir: Some(dir) },
            Err(error) => {
                tracing::warn!(
                    "compiled plugins are not cached, {} cannot be used: {error}",
                    dir.display()
                );
                Self { dir: None }
            }
        }
    }

    pub fn off() -> Self {
        Self { dir: None }
    }

    /// The compiled form of a component, if it is there.
    pub(crate) fn find(&self, digest: &str, engine: &Engine) -> Option<Code> {
        let path = self.path(digest, engine)?;
        match private_file(&path) {
            Ok(()) => {
                touch(&path);
                Some(Code::File(path))
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!("{} is not used: {error}", path.display());
                }
                None
            }
        }
    }

    /// Keep the output of this engine's compiler.
    pub(crate) fn keep(&self, digest: &str, engine: &Engine, compiled: Vec<u8>) -> Code {
        if let Some(path) = self.path(digest, engine) {
            match write(&path, &compiled) {
                Ok(()) => {
                    prune(path.parent().unwrap_or(&path), &path);
                    return Code::File(path);
                }
                Err(error) => tracing::warn!("{} could not be written: {error}", path.display()),
            }
        }
        Code::Memory(compiled)
    }

    fn path(&self, digest: &str, engine: &Engine) -> Option<PathBuf> {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let name = format!("{digest}-{:016x}.cwasm", hasher.finish());
        Some(self.dir.as_ref()?.join(name))
    }
}

fn user_dir() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let base = if cfg!(windows) {
        PathBuf::from(var("LOCALAPPDATA")?)
    } else if let Some(dir) = var("XDG_CACHE_HOME") {
        PathBuf::from(dir)
    } else if cfg!(target_os = "macos") {
        PathBuf::from(var("HOME")?).join("Library/Caches")
    } else {
        PathBuf::from(var("HOME")?).join(".cache")
    };
    base.is_absolute().then(|| base.join("yallmp"))
}

/// Note that a file was used. Only its place in the queue for [`prune`] suffers if this fails.
fn touch(path: &Path) {
    // Windows sets times only through a handle that may write.
    let file = fs::OpenOptions::new().write(true).open(path);
    let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
}

/// Remove what was not used for long or is too much, and what a killed process left half
/// written, but never `new`. What cannot be removed stays: on Windows a file that is in use.
fn prune(dir: &Path, new: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .filter(|entry| is_ours(&entry.path()) && entry.path() != new)
        .filter_map(|entry| {
            let metadata = entry.metadata().ok()?;
            let age = metadata.modified().ok()?.elapsed().unwrap_or_default();
            Some((age, metadata.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut kept = fs::metadata(new).map_or(0, |metadata| metadata.len());
    for (age, len, path) in files {
        if age > UNUSED || kept + len > MAX_BYTES {
            let _ = fs::remove_file(path);
        } else {
            kept += len;
        }
    }
}

/// Whether this module made a file, by its name: `<digest>-<engine>.cwasm`, or `….<pid>.tmp`.
fn is_ours(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end == "cwasm" || end == "tmp")
}

/// Write beside the final place and rename: a reader never sees half a file.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let done = options.open(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

/// Make the folder, for this user alone.
#[cfg(unix)]
fn private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let folder = fs::symlink_metadata(dir)?;
    // The only portable way in std to learn who we are.
    let probe = dir.join(format!(".{}.probe", std::process::id()));
    let ours = fs::File::create(&probe)?.metadata()?.uid();
    fs::remove_file(&probe)?;
    if !folder.is_dir() || folder.uid() != ours || folder.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may write to it"));
    }
    Ok(())
}

#[cfg(unix)]
fn private_file(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::symlink_metadata(path)?;
    let folder = fs::symlink_metadata(path.parent().unwrap_or(path))?;
    if !file.is_file() || file.uid() != folder.uid() || file.mode() & 0o022 != 0 {
        return Err(io::Error::other("others may have written it"));
    }
    Ok(())
}

/// Windows keeps these folders private to the user by itself.
#[cfg(not(unix))]
fn private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}
