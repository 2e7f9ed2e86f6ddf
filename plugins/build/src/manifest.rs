//! As much of a `Cargo.toml` as the digest needs, read line by line: the files of this
//! repository are plain, and a TOML reader would be a dependency more.

use std::path::Path;

use anyhow::{Context, Result};

/// The lines of a manifest under their section's header, without comments and blank lines.
#[derive(Debug, Default)]
pub struct Manifest {
    sections: Vec<(String, Vec<String>)>,
}

impl Manifest {
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(Self::parse(&text))
    }

    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut sections: Vec<(String, Vec<String>)> = Vec::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                Some(name) if !name.contains(['"', ',']) => {
                    sections.push((name.to_owned(), Vec::new()));
                }
                _ => {
                    if let Some((_, lines)) = sections.last_mut() {
                        lines.push(line.to_owned());
                    }
                }
            }
        }
        Manifest { sections }
    }

    /// The lines of a section; none if it is not there.
    pub fn section(&self, name: &str) -> impl Iterator<Item = &str> {
        let sections = self.sections.iter().filter(move |(known, _)| known == name);
        sections.flat_map(|(_, lines)| lines.iter().map(String::as_str))
    }

    /// # Errors
    /// There is no package name.
    pub fn package(&self) -> Result<&str> {
        self.section("package")
            .find_map(|line| line.strip_prefix("name")?.trim_start().strip_prefix('='))
            .map(|value| value.trim().trim_matches('"'))
            .context("no `name` in `[package]`")
    }

    /// The names of what it needs to be built, not those for tests alone.
    #[must_use]
    pub fn dependencies(&self) -> Vec<&str> {
        self.section("dependencies").map(key).collect()
    }
}

/// The bare name before `.`, ` ` or `=`.
#[must_use]
pub fn key(line: &str) -> &str {
    line.split(['.', ' ', '='])
        .next()
        .unwrap_or(line)
        .trim_matches('"')
}
