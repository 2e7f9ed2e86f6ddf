//! What the digest of a component's sources depends on, in a small workspace of its own.

use std::path::{Path, PathBuf};

use yallmp_plugins_build::{guests, sources};

const LOCK: &str = r#"version = 4

[[package]]
name = "plugin-x"
version = "0.1.0"
dependencies = [
 "proptest",
 "yallmp-sdk",
]

[[package]]
name = "yallmp-sdk"
version = "0.1.0"
dependencies = [
 "deep",
]

[[package]]
name = "deep"
version = "1.0.0"
source = "registry"
checksum = "aa"

[[package]]
name = "proptest"
version = "1.0.0"
source = "registry"
checksum = "bb"
"#;

/// A workspace in the temporary folder, removed at the end.
struct Workspace(PathBuf);

impl Workspace {
    fn new(name: &str) -> Self {
        let root =
            std::env::temp_dir().join(format!("yallmp-digest-{name}-{}", std::process::id()));
        let workspace = Workspace(root);
        workspace.write(
            "rust-toolchain.toml",
            "[toolchain]\nchannel = \"1.95.0\"\nprofile = \"minimal\"\n",
        );
        workspace.write(
            "Cargo.toml",
            "[workspace]\n[profile.plugin]\nlto = true\n[profile.dev]\ndebug = 1\n[workspace.dependencies]\ndeep = \"1\"\nother = \"1\"\n",
        );
        workspace.write("Cargo.lock", LOCK);
        workspace.write("wit/patch.wit", "package yallmp:patch;\n");
        workspace.write(
            "sdk/Cargo.toml",
            "[package]\nname = \"yallmp-sdk\"\n[dependencies]\ndeep.workspace = true\n",
        );
        workspace.write("sdk/src/lib.rs", "//! sdk\n");
        workspace.write(
            "plugins/x/Cargo.toml",
            "[package]\nname = \"plugin-x\"\n[dependencies]\nyallmp-sdk = { path = \"../../sdk\" }\n[dev-dependencies]\nproptest.workspace = true\n",
        );
        workspace.write("plugins/x/src/lib.rs", "//! one\n//! two\n");
        workspace
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.0.join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replace(from, to));
    }

    fn root(&self) -> &Path {
        &self.0
    }

    fn digest(&self) -> String {
        let guests = guests::find(self.root(), &[]).unwrap();
        sources::digest(self.root(), &guests[0]).unwrap()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn every_input_counts() {
    let workspace = Workspace::new("inputs");
    let mut seen = vec![workspace.digest()];
    for (path, from, to) in [
        ("plugins/x/src/lib.rs", "one", "1"),
        ("plugins/x/Cargo.toml", "[dev", "edition = \"2024\"\n[dev"),
        ("sdk/src/lib.rs", "sdk", "SDK"),
        ("wit/patch.wit", "patch", "patch2"),
        ("Cargo.lock", "\"aa\"", "\"cc\""),
        ("Cargo.toml", "lto = true", "lto = false"),
        ("Cargo.toml", "deep = \"1\"", "deep = \"1.0\""),
        ("rust-toolchain.toml", "1.95.0", "1.96.0"),
    ] {
        workspace.replace(path, from, to);
        let digest = workspace.digest();
        assert!(!seen.contains(&digest), "{path}: {from}");
        seen.push(digest);
    }
    workspace.write("plugins/x/schema.json", "{}");
    assert!(!seen.contains(&workspace.digest()), "a new file");
}

#[test]
fn what_cannot_change_a_component_does_not_count() {
    let workspace = Workspace::new("others");
    let before = workspace.digest();
    workspace.replace("plugins/x/src/lib.rs", "\n", "\r\n");
    workspace.replace("Cargo.lock", "\n", "\r\n");
    workspace.replace("Cargo.lock", "\"bb\"", "\"dd\"");
    workspace.replace("Cargo.toml", "debug = 1", "debug = 2");
    workspace.replace("Cargo.toml", "other = \"1\"", "other = \"2\"");
    workspace.replace("rust-toolchain.toml", "minimal", "default");
    workspace.write("plugins/x/src/tests.rs", "//! tests\n");
    workspace.write("plugins/x/tests/case.json", "{}");
    workspace.write("sdk/README.md", "# sdk\n");
    workspace.write("sdk/examples/python/plugin.py", "pass\n");
    workspace.write("sdk/src/testkit/mod.rs", "//! kit\n");
    assert_eq!(workspace.digest(), before);
}

#[test]
fn an_unknown_name_is_refused() {
    let workspace = Workspace::new("names");
    let error = guests::find(workspace.root(), &["y".to_owned()]).unwrap_err();
    assert_eq!(error.to_string(), "no guest `y`; there are: x");
}
