//! Configuration files and what is said about them. `ok/x.yaml` must load and give
//! `ok/x.txt`; `invalid/x.yaml` must not, and its problems read as in `invalid/x.err`.
//! Run with `BLESS=1` to write what is found, then read the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use yallmp_core::config::keys::Fate;
use yallmp_core::config::{self, Backend, Config, KeyHeader, Origin, PluginSource, Report};

fn env() -> BTreeMap<String, String> {
    [
        ("OPENAI_API_KEY", "sk-openai-secret"),
        ("LOCAL_BASE", "http://localhost:8000/v1"),
        ("LOCAL_KEY", "sk-local-secret"),
        ("MASTER_KEY", "sk-master-secret"),
        ("EMPTY", ""),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn load(path: &Path) -> Result<config::Loaded, Report> {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let origin = Origin {
        file: name.to_owned(),
        folder: PathBuf::from("/etc/yallmp"),
    };
    let folder = path.parent().unwrap();
    let read = |name: &str| {
        let found = std::fs::read_to_string(folder.join(name));
        // The system's own words differ from one to the next.
        found.map_err(|error| error.kind().to_string())
    };
    config::load_with(&text, &origin, &env(), &read)
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/config")
        .join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn compare(path: &Path, found: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected.replace("\r\n", "\n") != found {
        wrong.push(format!(
            "{}:\n--- expected\n{expected}\n--- found\n{found}",
            path.display()
        ));
    }
}

#[test]
fn files_that_load() {
    let mut wrong = Vec::new();
    for path in fixtures("ok") {
        match load(&path) {
            Ok(loaded) => {
                let found = summary(&loaded.config, &loaded.report);
                assert!(
                    !found.contains("-secret"),
                    "{path:?} shows a secret:\n{found}"
                );
                let debug = format!("{:?}", loaded.config);
                assert!(
                    !debug.contains("-secret"),
                    "{path:?} shows a secret:\n{debug}"
                );
                compare(&path.with_extension("txt"), &found, &mut wrong);
            }
            Err(report) => wrong.push(format!("{} does not load:\n{report}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_with_errors() {
    let mut wrong = Vec::new();
    for path in fixtures("invalid") {
        match load(&path) {
            Ok(_) => wrong.push(format!("{} loads", path.display())),
            Err(report) => {
                let found = report.to_string();
                assert!(
                    !found.contains("-secret"),
                    "{path:?} shows a secret:\n{found}"
                );
                compare(&path.with_extension("err"), &found, &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A test of the SDK compiles the one there.
#[test]
fn the_plugin_in_the_readme_is_that_of_the_sdk() {
    let plugin = |file: &str| {
        let text = std::fs::read_to_string(repository(file)).unwrap();
        let text = text.replace("\r\n", "\n");
        let (_, after) = text.split_once("```rust\n").expect(file);
        after.split("```").next().unwrap_or_default().to_owned()
    };
    assert_eq!(plugin("README.md"), plugin("sdk/README.md"));
}

#[test]
fn the_repository_file_loads() {
    let text = std::fs::read_to_string(repository("litellm_config.yaml")).unwrap();
    let origin = Origin {
        file: "litellm_config.yaml".to_owned(),
        folder: PathBuf::new(),
    };
    let nothing = BTreeMap::<String, String>::new();
    let loaded = config::load(&text, &origin, &nothing).unwrap();
    let ignored = |fate: &Fate| matches!(fate, Fate::Ignored(_));
    let keys = &loaded.report.keys;
    assert!(!keys.iter().any(|key| ignored(&key.fate)), "{keys:#?}");
    let demos = loaded.config.deployments.iter();
    let demos: Vec<_> = demos.filter(|it| it.backend == Backend::Demo).collect();
    assert!(demos.len() >= 8 && demos.iter().all(|it| it.disabled.is_none()));
    let disabled = loaded.config.deployments.iter();
    let disabled = disabled.filter(|it| it.disabled.is_some());
    let names: Vec<_> = disabled.map(|it| it.model_name.as_str()).collect();
    assert_eq!(names, ["local", "openrouter/*"]);
    assert_eq!(loaded.report.warnings(), 2, "{}", loaded.report);
}

/// Whoever follows the documentation has set every variable, but those that name a protocol:
/// not any word is one.
struct AllSet;

impl config::Env for AllSet {
    fn get(&self, name: &str) -> Option<String> {
        (!name.ends_with("_PROTOCOL")).then(|| "set".to_owned())
    }
}

/// The YAML in fences of the documentation are configurations that load without a warning.
#[test]
fn examples_in_the_documentation_load() {
    let docs = std::fs::read_dir(repository("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let files = docs.chain([repository("README.md")]);
    let mut examples = 0;
    for path in files.filter(|path| path.extension().is_some_and(|it| it == "md")) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for (line, example) in fences(&text) {
            let origin = Origin {
                file: format!("{} from line {line}", path.display()),
                folder: PathBuf::new(),
            };
            let loaded = config::load(&example, &origin, &AllSet);
            let report = loaded.map_or_else(|report| report, |loaded| loaded.report);
            assert!(report.problems.is_empty(), "{report}");
            examples += 1;
        }
    }
    assert!(examples >= 5);
}

fn fences(text: &str) -> Vec<(usize, String)> {
    let mut fences = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut open {
            None if line.trim() == "```yaml" => open = Some((number + 2, String::new())),
            None => {}
            Some(_) if line.trim() == "```" => fences.extend(open.take()),
            Some((_, example)) => {
                example.push_str(line);
                example.push('\n');
            }
        }
    }
    fences
}

#[test]
fn the_documentation_lists_every_key() {
    const MARK: &str = "<!-- keys -->\n";
    let path = repository("docs/configuration.md");
    let text = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\r\n", "\n");
    let (before, _) = text.split_once(MARK).unwrap();
    let tables = config::keys::markdown();
    let expected = format!("{before}{MARK}\n{}\n", tables.trim_end());
    let mut wrong = Vec::new();
    compare(&path, &expected, &mut wrong);
    assert!(
        wrong.is_empty(),
        "run with BLESS=1: docs/configuration.md is behind"
    );
}

#[test]
fn litellms_variable_guards_a_proxy_whose_file_says_nothing_of_a_key() {
    let key = |yaml: &str, value: &str| {
        let origin = Origin {
            file: "a.yaml".into(),
            folder: PathBuf::new(),
        };
        let env = BTreeMap::from([("LITELLM_MASTER_KEY".to_owned(), value.to_owned())]);
        let config = config::load(yaml, &origin, &env).unwrap().config;
        config.master_key.map(|key| key.expose_secret().to_owned())
    };
    assert_eq!(key("model_list: []", "sk-a").as_deref(), Some("sk-a"));
    let own = "general_settings: {master_key: sk-b}";
    assert_eq!(key(own, "sk-a").as_deref(), Some("sk-b"));
    assert_eq!(key("general_settings: {master_key: null}", "sk-a"), None);
    assert_eq!(key("model_list: []", " "), None);
    // A header cannot show the white space around a key.
    assert_eq!(key("model_list: []", " sk-a\n").as_deref(), Some("sk-a"));
    let padded = "general_settings: {master_key: \"\\tsk-b \"}";
    assert_eq!(key(padded, "").as_deref(), Some("sk-b"));
}

/// `a.{b, c}` in the README's table stands for `a.b` and `a.c`; `….d` goes on from the row above.
#[test]
fn the_keys_of_the_readme_are_there() {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let readme = readme.replace("\r\n", "\n");
    let (_, table) = readme
        .split_once("| key | meaning |\n| --- | --- |\n")
        .unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let tables = config::keys::markdown();
    let mut section = "";
    let mut keys = 0;
    for row in table.lines() {
        let cell = row.split(" | ").next().unwrap();
        for path in cell.split('`').skip(1).step_by(2) {
            let (above, names) = path.rsplit_once('.').unwrap_or(("", path));
            // Where another key is a section of LiteLLM's.
            if names.ends_with("_settings") {
                continue;
            }
            section = if above == "…" { section } else { above };
            let heading = match section {
                "" => "### The file\n".to_owned(),
                section => format!("### `{section}`\n"),
            };
            let (_, rest) = tables
                .split_once(&heading)
                .unwrap_or_else(|| panic!("no {heading}"));
            let known = rest.split("\n### ").next().unwrap();
            for name in names.trim_matches(['{', '}']).split(", ") {
                assert!(known.contains(&format!("| `{name}` |")), "{section}.{name}");
                keys += 1;
            }
        }
    }
    assert!(keys > 30, "{keys}");
}

/// What a reader of the file would want to know that it means.
fn summary(config: &Config, report: &Report) -> String {
    let mut out = String::new();
    for problem in &report.problems {
        writeln!(out, "{problem}").unwrap();
    }
    for key in &report.keys {
        let (fate, why) = match &key.fate {
            Fate::Honoured => ("honoured", ""),
            Fate::Approximated(how) => ("approximated", how.as_str()),
            Fate::Ignored(why) => ("ignored", why.as_str()),
        };
        let line = format!("{} x{}: {fate} {why}", key.path, key.count);
        writeln!(out, "{}", line.trim_end()).unwrap();
    }
    let default = Config::default();
    if config.server != default.server {
        writeln!(out, "\n{:?}", config.server).unwrap();
    }
    if config.request_log != default.request_log {
        writeln!(out, "\n{:?}", config.request_log).unwrap();
    }
    if config.metrics != default.metrics {
        writeln!(out, "\n{:?}", config.metrics).unwrap();
    }
    if config.streaming != default.streaming {
        writeln!(out, "\n{:?}", config.streaming).unwrap();
    }
    if format!("{:?}", config.plugin_store) != format!("{:?}", default.plugin_store) {
        writeln!(out, "\n{:?}", config.plugin_store).unwrap();
    }
    if config.router != default.router {
        writeln!(out, "\n{:#?}", config.router).unwrap();
    }
    if let Some(key) = &config.master_key {
        writeln!(out, "\nmaster key {key:?}").unwrap();
    }
    for deployment in &config.deployments {
        writeln!(out, "\n{} -> {}", deployment.id, deployment.target_model).unwrap();
        match &deployment.backend {
            Backend::Http { base } => writeln!(out, "  at {base}").unwrap(),
            Backend::Demo => writeln!(out, "  at the demo").unwrap(),
        }
        let mut fact = |name: &str, value: String| writeln!(out, "  {name}: {value}").unwrap();
        if let Some(reason) = &deployment.disabled {
            fact("disabled", reason.clone());
        }
        fact("provider", deployment.provider.clone());
        fact("key", format!("{:?}", deployment.api_key));
        if deployment.key_header != KeyHeader::Bearer {
            fact("key header", format!("{:?}", deployment.key_header));
        }
        if deployment.trust != default.trust {
            fact("trust", format!("{:?}", deployment.trust));
        }
        fact("params", deployment.params.clone());
        fact("model_info", deployment.model_info.to_string());
        if deployment.weight != 1 {
            fact("weight", deployment.weight.to_string());
        }
        if deployment.timeouts != default.timeouts {
            fact("timeouts", format!("{:?}", deployment.timeouts));
        }
        let others = (
            deployment.tries,
            deployment.rpm,
            deployment.tpm,
            deployment.supports_reasoning,
            deployment.log_level,
        );
        if others != (None, None, None, None, None) {
            fact("tries, rpm, tpm, reasoning, log", format!("{others:?}"));
        }
        for (name, value) in &deployment.extra_headers {
            fact("header", format!("{name}: {value:?}"));
        }
        for (name, members) in [
            ("default body", &deployment.default_body),
            ("extra body", &deployment.extra_body),
        ] {
            if !members.is_empty() {
                fact(name, serde_json::to_string(members).unwrap());
            }
        }
        if !deployment.drop_params.is_empty() {
            fact("drops", deployment.drop_params.join(", "));
        }
        if deployment.profile.to_string() != "none" {
            fact("profile", deployment.profile.to_string());
        }
        let plugins: Vec<_> = deployment
            .plugins
            .iter()
            .map(|plugin| {
                let source = match &plugin.source {
                    PluginSource::Shipped => String::new(),
                    PluginSource::File(path) => format!(" from {}", path.display()),
                };
                let config = match plugin.config.is_null() {
                    true => String::new(),
                    false => format!(" {}", plugin.config),
                };
                let on_error = plugin.on_error.map(|it| format!(" {it:?}"));
                format!(
                    "{}{source}{config}{}",
                    plugin.name,
                    on_error.unwrap_or_default()
                )
            })
            .collect();
        fact("plugins", plugins.join(", "));
    }
    out
}

/// Whatever the text, the reader answers; and places are inside the text.
mod any_text {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str) {
        let origin = Origin {
            file: "c.yaml".to_owned(),
            folder: PathBuf::new(),
        };
        let loaded = config::load(text, &origin, &env());
        let report = match &loaded {
            Ok(loaded) => &loaded.report,
            Err(report) => report,
        };
        assert_eq!(loaded.is_err(), report.errors() > 0);
        let breaks = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<_> = breaks.split('\n').collect();
        for problem in &report.problems {
            assert!(problem.line as usize <= lines.len() + 1, "{problem}");
            if let Some(excerpt) = &problem.excerpt {
                let end = excerpt.start + excerpt.len;
                assert!(end <= excerpt.line.chars().count() + 1, "{problem}");
            }
            assert!(!problem.to_string().contains("-secret"), "{problem}");
        }
    }

    fn fixture_texts() -> Vec<String> {
        let files = fixtures("ok").into_iter().chain(fixtures("invalid"));
        files
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn random(text in r"([a-z_]{1,9}(: |:\n +|\n- )|[\[\]{}&*!|>'%@,#$ -]|os.environ/A|é|\t|\r){0,40}") {
            check(&text);
        }

        /// Fixtures with a line taken out, doubled or cut.
        #[test]
        fn damaged(
            which in any::<prop::sample::Index>(),
            line in any::<prop::sample::Index>(),
            damage in 0..4,
        ) {
            let texts = fixture_texts();
            let text = which.get(&texts);
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let i = line.index(lines.len());
            match damage {
                0 => { lines.remove(i); }
                1 => lines.insert(i, lines[i].clone()),
                2 => {
                    let half = lines[i].chars().count() / 2;
                    lines[i] = lines[i].chars().take(half).collect();
                }
                _ => lines[i].insert(0, ' '),
            }
            check(&lines.join("\n"));
        }
    }
}
