//! One digest over everything that decides a component's bytes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::cargo;
use crate::guests::Guest;
use crate::lock::Lock;
use crate::manifest::{Manifest, key};

/// Sections of the root manifest that decide how a guest is built.
const SECTIONS: [&str; 3] = ["workspace.package", "profile.release", "profile.plugin"];

/// Folders with packages of this workspace that a guest may depend on.
const LOCAL: [&str; 3] = [".", "plugins", "tests/guests"];

/// A digest, in hexadecimal, over: the guest's files and those of the local packages that it
/// depends on, without tests and documentation; the interface; the versions and checksums of
/// all other dependencies; the build profile; the toolchain; the compiler flags. Line ends do
/// not count.
///
/// # Errors
/// A file cannot be read, or the lock file does not know a dependency.
pub fn digest(workspace: &Path, guest: &Guest) -> Result<String> {
    let read =
        |path: &str| std::fs::read_to_string(workspace.join(path)).with_context(|| path.to_owned());
    let mut inputs = Inputs::default();
    inputs.add("flags", cargo::RECIPE);
    inputs.add("toolchain", channel(&read("rust-toolchain.toml")?));

    let root = Manifest::parse(&read("Cargo.toml")?);
    for section in SECTIONS {
        inputs.add(
            section,
            &root.section(section).collect::<Vec<_>>().join("\n"),
        );
    }
    let lock = Lock::parse(&read("Cargo.lock")?);
    let direct = |package: &str| {
        let manifest = workspace
            .join(folder(workspace, package)?)
            .join("Cargo.toml");
        let manifest = Manifest::read(&manifest)?;
        Ok(manifest
            .dependencies()
            .into_iter()
            .map(str::to_owned)
            .collect())
    };
    for package in lock.closure(&[&guest.package], direct)? {
        if package.source.is_some() {
            let version = format!("{} {}", package.version, package.checksum);
            inputs.add(&package.name, &version);
        } else {
            let folder = workspace.join(folder(workspace, &package.name)?);
            for file in package_files(&folder)? {
                inputs.add_file(&folder, &file, &package.name)?;
            }
        }
        let declared = root.section("workspace.dependencies");
        for line in declared.filter(|line| key(line) == package.name) {
            inputs.add("declared", line);
        }
    }
    for file in files(&workspace.join("wit"))? {
        inputs.add_file(&workspace.join("wit"), &file, "wit")?;
    }
    Ok(inputs.finish())
}

/// Where a package of this workspace is, below its root.
fn folder(workspace: &Path, package: &str) -> Result<PathBuf> {
    for home in LOCAL {
        let Ok(entries) = workspace.join(home).read_dir() else {
            continue;
        };
        for entry in entries {
            let folder = Path::new(home).join(entry?.file_name());
            let manifest = workspace.join(&folder).join("Cargo.toml");
            if manifest.is_file() && Manifest::read(&manifest)?.package().ok() == Some(package) {
                return Ok(folder);
            }
        }
    }
    anyhow::bail!("no folder with the package `{package}` in {LOCAL:?}")
}

/// What a package is built from: its sources and the files beside them (manifest, schema).
/// Other folders hold tests and examples.
fn package_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = files(&folder.join("src"))?;
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file() && !is_beside_the_point(&name) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// The files below a folder that can decide a component's bytes, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(current) = todo.pop() {
        let entries = current
            .read_dir()
            .with_context(|| current.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                if !matches!(name.as_str(), "tests" | "testkit") {
                    todo.push(entry.path());
                }
            } else if !is_beside_the_point(&name) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_beside_the_point(name: &str) -> bool {
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || name.ends_with(".md")
        || name.starts_with('.')
}

fn channel(toolchain: &str) -> &str {
    let mut lines = toolchain.lines();
    lines
        .find(|line| key(line) == "channel")
        .unwrap_or_default()
}

/// What is digested: labels and texts, each with its length so that nothing can run together.
#[derive(Default)]
struct Inputs(Sha256);

impl Inputs {
    fn add(&mut self, label: &str, text: &str) {
        let text = text.replace("\r\n", "\n");
        self.0.update(format!("{label} {}\n", text.len()));
        self.0.update(text);
    }

    fn add_file(&mut self, folder: &Path, file: &Path, owner: &str) -> Result<()> {
        let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
        let below = file.strip_prefix(folder).unwrap_or(file);
        let below = below.to_string_lossy().replace('\\', "/");
        self.add(
            &format!("{owner}/{below}"),
            &String::from_utf8_lossy(&bytes),
        );
        Ok(())
    }

    fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
