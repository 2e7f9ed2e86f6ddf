//! Builds the plugins of this repository into `plugins/dist` (and the test guests into
//! `tests/guests/dist`), so that the same sources give the same bytes on every machine, and
//! writes beside each component what it was built from.

pub mod cargo;
pub mod dist;
pub mod guests;
pub mod lock;
pub mod manifest;
pub mod sources;

use std::path::Path;

/// The root of this repository.
#[must_use]
pub fn workspace() -> &'static Path {
    let build = Path::new(env!("CARGO_MANIFEST_DIR"));
    build.ancestors().nth(2).unwrap_or(build)
}
