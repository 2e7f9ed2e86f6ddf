//! `yallmp check`: everything there is to say about a configuration file, without starting.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use yallmp_core::config::keys::{Fate, KeyUse};
use yallmp_core::config::{Deployment, Report};

use crate::config_file::{ConfigFile, ProcessEnv};
use crate::review::{Review, review};
use crate::server;

/// Check a file, or the one that `serve` would take, and print what is found. Returns
/// whether it is fit: no errors, and with `strict` no ignored keys.
pub fn run(file: Option<&Path>, strict: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let path = ConfigFile::find(file, &ProcessEnv);
    let file = ConfigFile::read(&path)?;
    let Review {
        report,
        deployments,
    } = server::runtime()?.block_on(review(&file))?;
    profiles(&deployments, out)?;
    Ok(print(&report, &path.display().to_string(), strict, out)?)
}

/// Which profile each deployment got, and why.
fn profiles(deployments: &[Arc<Deployment>], out: &mut dyn Write) -> io::Result<()> {
    let widths = deployments.iter().map(|it| it.id.chars().count());
    let Some(width) = widths.max() else {
        return Ok(());
    };
    writeln!(out, "{:width$}  profile", "model")?;
    for Deployment { id, profile, .. } in deployments.iter().map(AsRef::as_ref) {
        writeln!(out, "{id:width$}  {profile}")?;
    }
    writeln!(out)
}

/// Print problems, the table of keys, and the sum of both.
fn print(report: &Report, file: &str, strict: bool, out: &mut dyn Write) -> io::Result<bool> {
    if !report.problems.is_empty() {
        writeln!(out, "{report}")?;
    }
    table(&report.keys, file, out)?;
    let count = |fate: fn(&Fate) -> bool| report.keys.iter().filter(|key| fate(&key.fate)).count();
    let ignored = count(|fate| matches!(fate, Fate::Ignored(_)));
    writeln!(
        out,
        "{file}: {}, {}; keys: {} honoured, {} approximated, {ignored} ignored",
        plural(report.errors(), "error"),
        plural(report.warnings(), "warning"),
        count(|fate| matches!(fate, Fate::Honoured)),
        count(|fate| matches!(fate, Fate::Approximated(_))),
    )?;
    let refused = strict && ignored > 0;
    if refused {
        writeln!(out, "--strict: ignored keys count as errors")?;
    }
    Ok(report.errors() == 0 && !refused)
}

fn table(keys: &[KeyUse], file: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = |key: &KeyUse| match key.count {
        1 => key.path.clone(),
        count => format!("{} (x{count})", key.path),
    };
    let line = |key: &KeyUse| match key.file == file {
        true => key.line.to_string(),
        false => format!("{}:{}", key.file, key.line),
    };
    let width = |text: &dyn Fn(&KeyUse) -> String| {
        let widths = keys.iter().map(|key| text(key).chars().count());
        widths.max().unwrap_or_default()
    };
    if keys.is_empty() {
        return Ok(());
    }
    let (lines, names) = (width(&line).max(5), width(&name));
    writeln!(out, "{:>lines$}  {:names$}  fate", "line", "key")?;
    for key in keys {
        let (fate, why) = match &key.fate {
            Fate::Honoured => ("honoured", ""),
            Fate::Approximated(how) => ("approximated", how.as_str()),
            Fate::Ignored(why) => ("ignored", why.as_str()),
        };
        let colon = if why.is_empty() { "" } else { ": " };
        writeln!(
            out,
            "{:>lines$}  {:names$}  {fate}{colon}{why}",
            line(key),
            name(key)
        )?;
    }
    writeln!(out)
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
