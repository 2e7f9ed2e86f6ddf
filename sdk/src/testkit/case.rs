//! Cases as text files that a person can read: sections that begin with `--- NAME`.

use std::borrow::ToOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

/// One file of sections.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file's path below the folder, for messages.
    pub name: String,
    sections: BTreeMap<String, String>,
}

impl Case {
    /// All files below a folder, by name.
    ///
    /// # Panics
    /// The folder or a file cannot be read.
    #[must_use]
    pub fn all(folder: impl AsRef<Path>) -> Vec<Self> {
        let folder = folder.as_ref();
        let read = |path: PathBuf| {
            let text = fs::read_to_string(&path).expect("a text file");
            let name = path.strip_prefix(folder).unwrap_or(&path);
            Self::parse(&name.display().to_string(), &text)
        };
        files(folder).into_iter().map(read).collect()
    }

    /// The sections of a text. White space at their ends is none of them, and line ends are `\n`.
    ///
    /// # Panics
    /// A section comes twice.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Self {
        let text = std::format!("\n{}", text.replace("\r\n", "\n"));
        let mut sections = BTreeMap::new();
        for section in text.split("\n--- ").skip(1) {
            let (title, body) = section.split_once('\n').unwrap_or((section, ""));
            let before = sections.insert(title.to_string(), body.trim_end().to_owned());
            assert!(before.is_none(), "{name}: `{title}` comes twice");
        }
        Case {
            name: name.to_string(),
            sections,
        }
    }

    /// A section, if it is there.
    #[must_use]
    pub fn get(&self, section: &str) -> Option<&str> {
        self.sections.get(section).map(String::as_str)
    }

    /// A section that must be there.
    ///
    /// # Panics
    /// It is not.
    #[must_use]
    pub fn text(&self, section: &str) -> &str {
        let text = self.get(section);
        text.unwrap_or_else(|| panic!("{}: no section `{section}`", self.name))
    }

    /// The lines of a section that must be there.
    ///
    /// # Panics
    /// It is not.
    #[must_use]
    pub fn lines(&self, section: &str) -> Vec<String> {
        self.text(section)
            .lines()
            .map(ToString::to_string)
            .collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
