//! Which components this repository builds.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::manifest::Manifest;

/// Folders of guests, and where their components go.
const HOMES: [(&str, &str); 2] = [
    ("plugins", "plugins/dist"),
    ("tests/guests", "tests/guests/dist"),
];

/// Beside the plugins, but none.
const OTHERS: [&str; 2] = ["build", "dist"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The folder's name, and the component's.
    pub name: String,
    pub package: String,
    /// Below the workspace.
    pub folder: PathBuf,
    /// Where its component goes, below the workspace.
    pub dist: PathBuf,
}

impl Guest {
    /// The component's path below the workspace.
    #[must_use]
    pub fn component(&self) -> PathBuf {
        self.dist.join(format!("{}.wasm", self.name))
    }
}

/// All guests by name, or those that are asked for. A guest is a folder with a `Cargo.toml`.
///
/// # Errors
/// A name that no guest has.
pub fn find(workspace: &Path, names: &[String]) -> Result<Vec<Guest>> {
    let mut guests = Vec::new();
    for (home, dist) in HOMES {
        for name in folders(&workspace.join(home))? {
            let folder = Path::new(home).join(&name);
            let manifest = workspace.join(&folder).join("Cargo.toml");
            if OTHERS.contains(&name.as_str()) || !manifest.is_file() {
                continue;
            }
            guests.push(Guest {
                name,
                package: Manifest::read(&manifest)?.package()?.to_owned(),
                folder,
                dist: dist.into(),
            });
        }
    }
    let known: Vec<String> = guests.iter().map(|guest| guest.name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        bail!("no guest `{name}`; there are: {}", known.join(", "));
    }
    guests.retain(|guest| names.is_empty() || names.contains(&guest.name));
    Ok(guests)
}

/// The names of the folders in a folder, in order; none if it does not exist.
fn folders(home: &Path) -> Result<Vec<String>> {
    if !home.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in home
        .read_dir()
        .with_context(|| home.display().to_string())?
    {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
