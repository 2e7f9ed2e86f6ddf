//! `cargo plugins`: see `USAGE`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use yallmp_plugins_build::{cargo, dist, guests, workspace};

const USAGE: &str = "\
Builds every plugin and test guest for wasm32-wasip2.

  cargo plugins              write the components, their sums and source digests
  cargo plugins NAME…        only these
  cargo plugins --check      write nothing; exit 1 if a rebuild differs from what is there
";

fn main() -> Result<ExitCode> {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|arg| arg == "--help" || arg == "-h") {
        print!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    }
    let before = names.len();
    names.retain(|arg| arg != "--check");
    let check = names.len() < before;
    if let Some(flag) = names.iter().find(|arg| arg.starts_with('-')) {
        eprintln!("unknown flag `{flag}`\n\n{USAGE}");
        return Ok(ExitCode::from(2));
    }
    if check {
        return compare(&names);
    }
    for guest in guests::find(workspace(), &names)? {
        let component = cargo::build(workspace(), &guest)?;
        dist::write(workspace(), &guest, &component)
            .with_context(|| format!("cannot write `{}`", guest.name))?;
        println!(
            "{:>8} bytes  {}",
            component.len(),
            guest.component().display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(names: &[String]) -> Result<ExitCode> {
    let mut stale = false;
    for guest in guests::find(workspace(), names)? {
        let component = cargo::build(workspace(), &guest)?;
        let mut problems = dist::problems(workspace(), &guest)?;
        if !dist::equals(workspace(), &guest, &component) {
            problems.push("a rebuild gives other bytes");
        }
        stale |= !problems.is_empty();
        for problem in &problems {
            eprintln!("{}: {problem}", guest.component().display());
        }
    }
    if stale {
        eprintln!("\nhint: run `cargo plugins` and commit what it writes");
        return Ok(ExitCode::FAILURE);
    }
    println!("all components equal a rebuild from source");
    Ok(ExitCode::SUCCESS)
}
