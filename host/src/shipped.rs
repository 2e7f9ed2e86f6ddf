//! The plugins inside the program: the components of `plugins/dist`, which `cargo plugins`
//! built from `plugins/`.

use yallmp_core::config::OnError;
use yallmp_wasm::Shipped;

/// By the name that a configuration calls them. A request that `model-rewrite` could not
/// rewrite is wrong, so it fails by default; without the others an answer is only worse.
pub const SHIPPED: &[Shipped] = &[
    Shipped {
        name: "empty-answer",
        component: include_bytes!("../../plugins/dist/empty-answer.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "model-rewrite",
        component: include_bytes!("../../plugins/dist/model-rewrite.wasm"),
        on_error: OnError::Fail,
    },
    Shipped {
        name: "reasoning-inject",
        component: include_bytes!("../../plugins/dist/reasoning-inject.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "reasoning-keep",
        component: include_bytes!("../../plugins/dist/reasoning-keep.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "reasoning-normalize",
        component: include_bytes!("../../plugins/dist/reasoning-normalize.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "request-fix",
        component: include_bytes!("../../plugins/dist/request-fix.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "rules",
        component: include_bytes!("../../plugins/dist/rules.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "stable-prefix",
        component: include_bytes!("../../plugins/dist/stable-prefix.wasm"),
        on_error: OnError::Skip,
    },
    Shipped {
        name: "tool-call-fix",
        component: include_bytes!("../../plugins/dist/tool-call-fix.wasm"),
        on_error: OnError::Skip,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::path::Path;

    use sha2::{Digest as _, Sha256};
    use yallmp_core::config::defaults::{OPTIONAL_PLUGINS, SHIPPED_PLUGINS};

    use super::*;

    fn sha256(bytes: &[u8]) -> String {
        Sha256::digest(bytes)
            .iter()
            .fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            })
    }

    #[test]
    fn the_table_the_folder_its_sums_and_the_known_names_agree() {
        let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/dist");
        let sums = std::fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
        let listed: BTreeMap<_, _> = sums
            .lines()
            .filter_map(|line| line.split_once("  "))
            .filter_map(|(sum, file)| {
                Some((file.strip_suffix(".wasm")?.to_owned(), sum.to_owned()))
            })
            .collect();
        let embedded: BTreeMap<_, _> = SHIPPED
            .iter()
            .map(|plugin| (plugin.name.to_owned(), sha256(plugin.component)))
            .collect();
        let mut in_folder: Vec<_> = std::fs::read_dir(&dist)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "wasm"))
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        in_folder.sort();

        assert_eq!(embedded, listed);
        assert_eq!(in_folder, embedded.keys().cloned().collect::<Vec<_>>());
        let known = SHIPPED_PLUGINS.into_iter().chain(OPTIONAL_PLUGINS);
        let mut known: Vec<String> = known.map(str::to_owned).collect();
        known.sort();
        assert_eq!(in_folder, known);
    }
}
