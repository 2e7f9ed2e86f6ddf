//! The guest that the benchmark brings: built here, because it belongs to nobody else.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The component, or none where Rust cannot build for wasm.
pub fn build() -> Result<Option<PathBuf>> {
    const TARGET: &str = "wasm32-wasip2";
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Tells where the standard library of the target would be; whether it is there is what counts.
    let libdir = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()?;
    if !PathBuf::from(String::from_utf8_lossy(&libdir.stdout).trim()).exists() {
        eprintln!(
            "no {TARGET}: plugins that read every event are left out (`rustup target add {TARGET}`)"
        );
        return Ok(None);
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/guest/Cargo.toml");
    let target = std::env::current_exe()?
        .ancestors()
        .nth(2)
        .context("the target folder")?
        .to_owned();
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--profile",
            "plugin",
            "--target",
            TARGET,
            "--manifest-path",
            manifest,
        ])
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    ensure!(status.success(), "the guest does not build");
    Ok(Some(
        target.join(TARGET).join("plugin/yallmp_bench_guest.wasm"),
    ))
}
