//! The inspector's committed pages belong to the sources beside them. Needs no Node, so that a
//! stale page is noticed wherever the tests run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use yallmp_plugins_build::sources::hex;
use yallmp_plugins_build::workspace;

/// What a page is made of, and the page. Tests are not.
const FILES: [&str; 6] = [
    "index.html",
    "package-lock.json",
    "package.json",
    "sums.mjs",
    "tsconfig.json",
    "vite.config.ts",
];
const FOLDERS: [&str; 3] = ["dist", "public", "src"];

#[test]
fn the_committed_page_was_built_from_these_sources() {
    let home = workspace().join("host/inspector");
    let committed = sums(&std::fs::read_to_string(home.join("SHA256SUMS")).unwrap());
    let found = digests(&home);
    assert!(found.contains_key("dist/index.html") && found.contains_key("src/main.tsx"));
    let names = committed.keys().chain(found.keys());
    let mut stale: Vec<_> = names
        .filter(|name| committed.get(*name) != found.get(*name))
        .collect();
    stale.sort();
    stale.dedup();
    assert!(
        stale.is_empty(),
        "not as when the page was built: {stale:?}\n\nhint: run `npm ci` and `npm run build` in \
         host/inspector and commit what they write"
    );
}

/// Digests by path below the folder, with `/` between names.
fn digests(home: &Path) -> BTreeMap<String, String> {
    let mut files: Vec<PathBuf> = FILES.iter().map(|file| home.join(file)).collect();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| home.join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    let digest = |file: PathBuf| {
        let name = file.strip_prefix(home).unwrap().to_string_lossy();
        let bytes = std::fs::read(&file).unwrap();
        (name.replace('\\', "/"), hex(&Sha256::digest(bytes)))
    };
    files.into_iter().map(digest).collect()
}

fn sums(text: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let (sum, file) = line.split_once("  ")?;
        Some((file.to_owned(), sum.to_owned()))
    };
    text.lines().filter_map(line).collect()
}
