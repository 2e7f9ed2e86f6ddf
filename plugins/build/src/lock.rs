//! `Cargo.lock`: which versions a package is built from.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

#[derive(Debug, Default, Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// None for a package of this workspace.
    pub source: Option<String>,
    pub checksum: String,
    /// As the lock file names them: `name`, or `name version` when there are several.
    pub dependencies: Vec<String>,
}

/// The packages of a lock file by `name` and by `name version`.
#[derive(Debug, Default)]
pub struct Lock(BTreeMap<String, Vec<Package>>);

impl Lock {
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut lock = Lock::default();
        for block in text.replace('\r', "").split("\n\n") {
            if let Some(lines) = block.trim().strip_prefix("[[package]]") {
                let package = package(lines);
                lock.0
                    .entry(package.name.clone())
                    .or_default()
                    .push(package);
            }
        }
        lock
    }

    /// # Errors
    /// The lock file does not know it, or not which version.
    pub fn find(&self, spec: &str) -> Result<&Package> {
        let (name, version) = spec.split_once(' ').unwrap_or((spec, ""));
        let version = version.split(' ').next().unwrap_or("");
        let known = self.0.get(name).map(Vec::as_slice).unwrap_or_default();
        known
            .iter()
            .find(|package| version.is_empty() || package.version == version)
            .with_context(|| format!("`{spec}` is not in Cargo.lock; run `cargo check` first"))
    }

    /// Everything that is needed to build these, themselves included, as `name version`.
    /// `direct` says what a package of this workspace needs: the lock file also lists what
    /// only its tests need.
    ///
    /// # Errors
    /// A name that the lock file does not know.
    pub fn closure(
        &self,
        roots: &[&str],
        direct: impl Fn(&str) -> Result<Vec<String>>,
    ) -> Result<Vec<&Package>> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut todo: Vec<String> = roots.iter().map(ToString::to_string).collect();
        while let Some(spec) = todo.pop() {
            let package = self.find(&spec)?;
            if !seen.insert((&package.name, &package.version)) {
                continue;
            }
            let needed = match package.source {
                Some(_) => None,
                None => Some(direct(&package.name)?),
            };
            let wanted = |spec: &&String| {
                let name = spec.split(' ').next().unwrap_or(spec);
                needed
                    .as_ref()
                    .is_none_or(|needed| needed.iter().any(|known| known == name))
            };
            todo.extend(package.dependencies.iter().filter(wanted).cloned());
            found.push(package);
        }
        found.sort_by_key(|package| (&package.name, &package.version));
        Ok(found)
    }
}

fn package(lines: &str) -> Package {
    let mut package = Package::default();
    for line in lines.lines().map(str::trim) {
        let Some((key, value)) = line.split_once(" = ") else {
            if let Some(dependency) = line.strip_prefix('"') {
                let dependency = dependency.trim_end_matches([',', '"']);
                package.dependencies.push(dependency.to_owned());
            }
            continue;
        };
        let value = value.trim_matches('"').to_owned();
        match key {
            "name" => package.name = value,
            "version" => package.version = value,
            "source" => package.source = Some(value),
            "checksum" => package.checksum = value,
            _ => {}
        }
    }
    package
}
