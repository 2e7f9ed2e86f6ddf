//! One build of one guest, the same on every machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::guests::Guest;

/// What decides the bytes beside sources and versions; part of the source digest.
pub const RECIPE: &str = "wasm32-wasip2, profile plugin, paths remapped";

const TARGET: &str = "wasm32-wasip2";
const PROFILE: &str = "plugin";

/// The component that the guest's sources make. Each guest is built by itself: features that
/// another one asks of a shared dependency must not change it.
///
/// # Errors
/// Cargo fails; usually the target is not installed.
pub fn build(workspace: &Path, guest: &Guest) -> Result<Vec<u8>> {
    let target_dir = target_dir(workspace);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(workspace)
        .args(["build", "--quiet", "--locked", "--lib"])
        .args(["--target", TARGET, "--profile", PROFILE])
        .args(["--package", &guest.package])
        .arg("--target-dir")
        .arg(&target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", remaps(workspace)?.join("\u{1f}"))
        .env("CARGO_INCREMENTAL", "0");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PROFILE_") {
            cargo.env_remove(name);
        }
    }
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(
        status.success(),
        "`{}` does not build\n\nhint: `rustup target add {TARGET}` installs what is needed",
        guest.name
    );
    let file = format!("{}.wasm", guest.package.replace('-', "_"));
    let built = target_dir.join(TARGET).join(PROFILE).join(file);
    std::fs::read(&built).with_context(|| format!("no component at `{}`", built.display()))
}

fn target_dir(workspace: &Path) -> PathBuf {
    let shared = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| "target".into());
    workspace.join(shared).join("plugins")
}

/// Panic messages name source files: without these flags the bytes would depend on where the
/// workspace, the downloaded crates and the toolchain are.
fn remaps(workspace: &Path) -> Result<Vec<String>> {
    let mut flags = Vec::new();
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    };
    let home = cargo_home()?;
    remap(&home, "/cargo");
    if let Ok(registries) = home.join("registry").join("src").read_dir() {
        // Named by the address of the registry, which may be a mirror.
        let mut registries: Vec<PathBuf> = registries.flatten().map(|entry| entry.path()).collect();
        registries.sort();
        for registry in registries {
            remap(&registry, "/registry");
        }
    }
    let sysroot = rustc(&["--print", "sysroot"])?;
    let version = rustc(&["-vV"])?;
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "));
    remap(
        &Path::new(sysroot.trim()).join("lib/rustlib/src/rust"),
        &format!("/rustc/{}", commit.unwrap_or("unknown")),
    );
    remap(workspace, "/yallmp");
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    match std::env::home_dir() {
        Some(home) => Ok(home.join(".cargo")),
        None => bail!("no home folder; set CARGO_HOME"),
    }
}

fn rustc(args: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(args)
        .output()
        .context("cannot run rustc")?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
