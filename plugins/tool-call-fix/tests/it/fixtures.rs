//! Every file under `fixtures/` is one case. Its sections:
//!
//! - `content`, `reasoning`: what the model wrote; it is sent streamed and whole. Or `events`: the chunks
//!   of a stream, one a line, or `whole`: a whole answer.
//! - `finish`: the backend's `finish_reason` (`stop`).
//! - `config`, `profile`, `request`: JSON, if not the usual ones.
//! - `out`: what the client gets, added up: `thought "…"`, `text "…"`, `call NAME ARGUMENTS` with `id ID` before
//!   it if the id was given, `finish REASON`. Or just `unchanged`: byte for byte.
//! - `sent`, `answer`: the chunks, or the whole answer, that the client gets, where the form
//!   matters.
//! - `cuts`: `no` where what the plugin is shown hangs on the cut.

use std::path::{Path, PathBuf};

use crate::support::{Case, Expect};

pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("folder of fixtures") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn cases() -> Vec<(String, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let read = |path: PathBuf| {
        let name = path
            .strip_prefix(&root)
            .expect("below")
            .display()
            .to_string();
        let text = std::fs::read_to_string(&path).expect("UTF-8");
        (name, Case::parse(&text))
    };
    files(&root).into_iter().map(read).collect()
}

/// Runs `check` for all cases, and says which ones fail.
fn check(check: impl Fn(&Case) -> Result<(), String>) {
    let failed: Vec<String> = cases()
        .iter()
        .filter_map(|(name, case)| Some(format!("== {name}\n{}", check(case).err()?)))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn streams_come_out_as_expected() {
    check(|case| {
        let out = case.run(&case.stream());
        case.expect_sent(&out)?;
        case.expect(&out)
    });
}

#[test]
fn whole_answers_come_out_as_expected() {
    check(|case| match case.whole() {
        Some(whole) => case.expect_whole(&whole, &case.run_whole(&whole)),
        None => Ok(()),
    });
}

#[test]
fn wherever_the_text_is_cut() {
    check(|case| {
        if !case.may_be_cut {
            return Ok(());
        }
        let stream = case.stream();
        let mut cuts: Vec<Vec<String>> = yallmp_sdk::testkit::cuts(&stream).collect();
        cuts.push(yallmp_sdk::testkit::single_chars(&stream));
        cuts.iter().try_for_each(|cut| {
            let out = case.run(cut);
            match case.out {
                Expect::Unchanged if out == *cut => Ok(()),
                Expect::Unchanged => Err(format!("changed: {cut:#?}\n{out:#?}")),
                Expect::Lines(_) => case.expect(&out).map_err(|e| format!("{e}cut: {cut:#?}")),
            }
        })
    });
}

#[test]
fn a_second_time_changes_nothing_more() {
    check(|case| {
        let once = case.run(&case.stream());
        let twice = case.run(&once);
        if once == twice {
            return Ok(());
        }
        Err(format!("once: {once:#?}\ntwice: {twice:#?}"))
    });
}
