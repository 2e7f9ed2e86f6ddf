//! Built components as they are committed: `NAME.wasm`, `NAME.sources` (the digest of what it
//! was built from) and one `SHA256SUMS` for the folder.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::guests::Guest;
use crate::sources::{self, hex};

const SUMS: &str = "SHA256SUMS";

/// # Errors
/// A file cannot be written.
pub fn write(workspace: &Path, guest: &Guest, component: &[u8]) -> Result<()> {
    let dist = workspace.join(&guest.dist);
    std::fs::create_dir_all(&dist)?;
    std::fs::write(workspace.join(guest.component()), component)?;
    let digest = sources::digest(workspace, guest)?;
    std::fs::write(sources_file(workspace, guest), format!("{digest}\n"))?;

    let mut sums = read_sums(&dist);
    sums.retain(|file, _| dist.join(file).is_file());
    sums.insert(
        format!("{}.wasm", guest.name),
        hex(&Sha256::digest(component)),
    );
    let lines: String = sums
        .iter()
        .map(|(file, sum)| format!("{sum}  {file}\n"))
        .collect();
    std::fs::write(dist.join(SUMS), lines).with_context(|| SUMS.to_owned())
}

/// What is wrong with a committed component, as far as can be said without building.
///
/// # Errors
/// The sources cannot be read.
pub fn problems(workspace: &Path, guest: &Guest) -> Result<Vec<&'static str>> {
    let Ok(component) = std::fs::read(workspace.join(guest.component())) else {
        return Ok(vec!["the component is missing"]);
    };
    let mut problems = Vec::new();
    let sums = read_sums(&workspace.join(&guest.dist));
    if sums.get(&format!("{}.wasm", guest.name)) != Some(&hex(&Sha256::digest(&component))) {
        problems.push("the component is not the one that SHA256SUMS names");
    }
    let built_from = std::fs::read_to_string(sources_file(workspace, guest)).unwrap_or_default();
    if built_from.trim() != sources::digest(workspace, guest)? {
        problems.push("the component was built from other sources");
    }
    Ok(problems)
}

/// Whether a committed component equals a fresh build.
#[must_use]
pub fn equals(workspace: &Path, guest: &Guest, fresh: &[u8]) -> bool {
    std::fs::read(workspace.join(guest.component())).is_ok_and(|committed| committed == fresh)
}

fn sources_file(workspace: &Path, guest: &Guest) -> std::path::PathBuf {
    let file = format!("{}.sources", guest.name);
    workspace.join(&guest.dist).join(file)
}

/// Sums by file name.
fn read_sums(dist: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(dist.join(SUMS)).unwrap_or_default();
    let line = |line: &str| {
        let (sum, file) = line.split_once("  ")?;
        Some((file.to_owned(), sum.to_owned()))
    };
    text.lines().filter_map(line).collect()
}
