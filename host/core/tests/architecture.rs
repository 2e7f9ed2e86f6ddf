//! What ARCHITECTURE.md says of the tree, and of what each part must not know, as far as a
//! machine can tell.

use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(repository().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The crates in `[dependencies]` of a package, those for tests left out.
fn dependencies(package: &str) -> Vec<String> {
    let manifest = read(&format!("{package}/Cargo.toml"));
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section == "dependencies" || section.ends_with(".dependencies");
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let end = line.find(['.', ' ', '=']).unwrap();
            found.push(line[..end].to_owned());
        }
    }
    assert!(!found.is_empty(), "{package}");
    found
}

/// Rust sources below a folder with what they say outside of tests and comments.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, text) in files(&repository().join(folder), "") {
        if !name.ends_with(".rs") || name.contains("tests") {
            continue;
        }
        let text = text.replace("\r\n", "\n");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = text.lines().filter(|line| !line.trim().starts_with("//"));
        found.push((
            format!("{folder}/{name}"),
            code.collect::<Vec<_>>().join("\n"),
        ));
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

/// All text files below a folder, by their path from there.
fn files(folder: &Path, path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{path}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files(&entry.path(), &format!("{name}/")));
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            found.push((name, text));
        }
    }
    found
}

fn assert_silent(folder: &str, words: &[&str]) {
    for (name, code) in sources(folder) {
        for word in words {
            assert!(!code.contains(word), "{name} says `{word}`");
        }
    }
}

fn assert_without(package: &str, crates: &[&str]) {
    let found = dependencies(package);
    for name in crates {
        assert!(!found.iter().any(|it| it == name), "{package} uses {name}");
    }
}

const SERVERS: [&str; 5] = ["axum", "hyper", "hyper-util", "reqwest", "tokio-rustls"];
const WASM: [&str; 2] = ["wasmtime", "wasmtime-wasi"];

#[test]
fn the_core_does_no_io() {
    assert_without("host/core", &SERVERS);
    assert_without("host/core", &WASM);
    let files = ["rusqlite", "redb", "redis", "tempfile", "dotenvy"];
    assert_without("host/core", &files);
    let system = [
        "std::fs",
        "std::net",
        "std::env::",
        "std::process",
        "std::thread::sleep",
    ];
    assert_silent("host/core/src", &system);
    assert_silent(
        "host/core/src",
        &["tokio::fs", "tokio::net", "tokio::process"],
    );
}

#[test]
fn the_chain_knows_no_http() {
    for folder in ["host/core/src/chain", "host/core/src/sse"] {
        assert_silent(
            folder,
            &["crate::exchange", "crate::route", "crate::upstream"],
        );
    }
}

#[test]
fn wasmtime_is_behind_one_package() {
    for package in ["host", "host/log", "sdk", "tests/bench", "plugins/build"] {
        assert_without(package, &WASM);
    }
    let rest = ["exchange", "route", "upstream", "tape", "sse"];
    let rest = rest.map(|module| format!("yallmp_core::{module}"));
    let mut words: Vec<&str> = rest.iter().map(String::as_str).collect();
    words.extend(["ConfigFile", "std::net", "tokio::net"]);
    assert_silent("host/wasm/src", &words);
}

#[test]
fn the_log_knows_no_sockets() {
    assert_without("host/log", &SERVERS);
    assert_without("host/log", &["yallmp-wasm"]);
    assert_silent("host/log/src", &["std::net", "tokio::net", "serde_saphyr"]);
}

#[test]
fn plugins_are_built_with_the_public_sdk() {
    assert_eq!(dependencies("sdk"), ["wit-bindgen"]);
    for entry in fs::read_dir(repository().join("plugins")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let package = format!("plugins/{name}");
        if name != "build" && repository().join(&package).join("Cargo.toml").exists() {
            let found = dependencies(&package);
            let own = found.iter().filter(|name| name.starts_with("yallmp"));
            assert_eq!(own.collect::<Vec<_>>(), ["yallmp-sdk"], "{package}");
        }
    }
}

#[test]
fn black_box_tests_see_no_inside() {
    for (name, text) in files(&repository().join("tests/it"), "") {
        let imports = text.lines().map(str::trim);
        for import in imports.filter(|line| line.starts_with("use ")) {
            assert!(!import.contains("yallmp"), "{name}: {import}");
        }
    }
}

#[test]
fn one_file_of_the_inspector_asks_the_proxy() {
    let all = files(&repository().join("host/inspector/src"), "");
    let asking = all.into_iter().filter(|(_, text)| text.contains("fetch("));
    let names: Vec<String> = asking.map(|(name, _)| name).collect();
    assert_eq!(names, ["api.ts"]);
}

/// Whatever stands in backticks and looks like a path is one.
#[test]
fn what_architecture_names_is_there() {
    let text = read("ARCHITECTURE.md");
    let tops = ["docs/", "host/", "plugins/", "sdk/", "tests/", "wit/"];
    let named = text.split('`').skip(1).step_by(2);
    let paths = named.filter(|word| tops.iter().any(|top| word.starts_with(top)));
    let mut count = 0;
    for path in paths.map(|path| path.trim_end_matches('*')) {
        assert!(repository().join(path).exists(), "{path}");
        count += 1;
    }
    assert!(count > 20);
}

/// Who opens a folder finds it there.
#[test]
fn every_folder_is_named_in_architecture() {
    let text = read("ARCHITECTURE.md");
    for above in [
        "",
        "host",
        "host/src",
        "host/core/src",
        "host/log/src",
        "tests",
    ] {
        for entry in fs::read_dir(repository().join(above)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let passed_over = ["target", "src", "tests", "node_modules"].contains(&name.as_str());
            if !entry.path().is_dir() || name.starts_with('.') || passed_over {
                continue;
            }
            // A folder that was moved away stays where someone had it; git does not know it.
            if fs::read_dir(entry.path()).unwrap().next().is_none() {
                continue;
            }
            let mut ways = vec![format!("{above}/{name}"), format!("`{name}`")];
            match above {
                "" => ways.push(format!("`{name}/")),
                "host/core/src" => {
                    ways.extend([format!("core/{name}"), format!("core::{name}")]);
                }
                _ => {}
            }
            let known = ways.iter().any(|way| text.contains(way.as_str()));
            assert!(known, "{above}/{name}");
        }
    }
}
