//! The committed components belong to the sources beside them. Needs no wasm target, so that
//! a stale component is noticed wherever the tests run.

use yallmp_plugins_build::{dist, guests, workspace};

#[test]
fn committed_components_were_built_from_these_sources() {
    let guests = guests::find(workspace(), &[]).unwrap();
    assert!(guests.iter().any(|guest| guest.name == "tool-call-fix"));
    let mut stale = Vec::new();
    for guest in guests {
        for problem in dist::problems(workspace(), &guest).unwrap() {
            stale.push(format!("{}: {problem}", guest.component().display()));
        }
    }
    assert!(
        stale.is_empty(),
        "{}\n\nhint: run `cargo plugins` and commit what it writes",
        stale.join("\n")
    );
}
