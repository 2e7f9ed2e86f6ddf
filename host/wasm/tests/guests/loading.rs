//! From a file to a plugin: what is refused, and with which words.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use yallmp_core::config::{PluginSource, PluginUse};
use yallmp_wasm::{Cache, Host, Settings};

use crate::support::{chunk, deployment, guest, host, load, start, usage};

async fn refusal(usage: &PluginUse) -> String {
    load(usage)
        .await
        .err()
        .expect("it should be refused")
        .to_string()
}

async fn refusal_of_file(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plugin.wasm");
    std::fs::write(&path, bytes).unwrap();
    let usage = PluginUse {
        source: PluginSource::File(path),
        ..usage("mine", Value::Null)
    };
    refusal(&usage).await
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_by_name() {
    assert_eq!(
        refusal_of_file(b"plain text").await,
        "plugin `mine`: this is no WebAssembly file"
    );
    assert_eq!(
        refusal_of_file(b"\0asm\x01\0\0\0").await,
        "plugin `mine`: this is a core WebAssembly module, not a component. Build it with \
         `--target wasm32-wasip2`"
    );
    assert_eq!(
        refusal_of_file(b"\0asm\x0d\0\x01\0").await,
        "plugin `mine`: it exports no `yallmp:patch/plugin@0.1.0`, so it is no yallmp plugin"
    );
    assert!(
        refusal_of_file(b"\0asm\x0d\0\x01\0broken")
            .await
            .starts_with("plugin `mine`: it does not compile: ")
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let mut usage = usage("mine", Value::Null);
    usage.source = PluginSource::File("no/such.wasm".into());
    let text = refusal(&usage).await;
    assert!(
        text.starts_with("plugin `mine`: no/such.wasm cannot be read: "),
        "{text}"
    );
}

#[tokio::test]
async fn an_unknown_shipped_name_lists_those_there_are() {
    let mut usage = usage("mine", Value::Null);
    usage.source = PluginSource::Shipped;
    let text = refusal(&usage).await;
    assert!(text.contains("no plugin of this name is shipped"), "{text}");
}

#[tokio::test]
async fn a_configuration_is_checked_against_the_plugins_schema() {
    let text = refusal(&usage("puppet", json!({"event": 3, "typo": true}))).await;
    assert!(text.contains("`config.event`: 3 is not of type"), "{text}");
    assert!(text.contains("typo"), "{text}");
}

#[tokio::test]
async fn a_plugin_can_refuse_its_configuration() {
    let text = refusal(&usage("puppet", json!({"plan": "error"}))).await;
    assert_eq!(text, "plugin `puppet`: told to fail");
    let text = refusal(&usage("puppet", json!({"plan": "bad-interest"}))).await;
    assert_eq!(
        text,
        "plugin `puppet`: its `plan` failed: invalid result: an interest in a string of 0 bytes; 1 to 128 are allowed"
    );
}

#[tokio::test]
async fn a_component_says_who_it_is() {
    let it = host().inspect(&usage("puppet", Value::Null)).await.unwrap();
    assert_eq!((it.name.as_str(), it.version.as_str()), ("puppet", "0.1.0"));
    assert_eq!(it.summary, "Does what it is told");
    assert_eq!(it.sha256.len(), 64);
    assert_eq!(Path::new(&it.origin), guest("puppet"));
    assert!(!it.wasi);
}

/// A new process, as far as plugins go.
async fn load_with_cache(dir: &Path) -> Duration {
    let host = Host::new(Settings {
        cache: Cache::at(dir.to_owned()),
        ..Settings::default()
    })
    .unwrap();
    let started = Instant::now();
    let usage = usage("puppet", Value::Null);
    host.load(&usage, &deployment()).await.unwrap();
    started.elapsed()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn the_second_start_does_not_compile() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    let first = load_with_cache(&cache).await;
    let bytes = std::fs::read(&files(&cache)[0]).unwrap();
    let second = load_with_cache(&cache).await;
    assert!(second * 2 < first, "{second:?} after {first:?}");
    assert_eq!(std::fs::read(&files(&cache)[0]).unwrap(), bytes);
}

#[tokio::test]
async fn a_damaged_cache_file_is_compiled_again() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    load_with_cache(&cache).await;
    let file = files(&cache).remove(0);
    std::fs::write(&file, b"not code").unwrap();
    load_with_cache(&cache).await;
    assert!(std::fs::metadata(&file).unwrap().len() > 1000);
}

#[tokio::test]
async fn the_cache_keeps_what_is_used_and_not_too_much() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    std::fs::create_dir(&cache).unwrap();
    // Sparse: they take no room on the disk.
    let make = |name: &str, days: u64, megabytes: u64| {
        let file = std::fs::File::create(cache.join(name)).unwrap();
        file.set_len(megabytes << 20).unwrap();
        let age = Duration::from_secs(days * 24 * 60 * 60);
        file.set_modified(SystemTime::now() - age).unwrap();
    };
    make("unused.cwasm", 61, 1);
    make("unused.1.tmp", 61, 1);
    make("young.cwasm", 1, 600);
    make("too-much.cwasm", 2, 600);
    make("small.cwasm", 59, 1);
    make("notes.txt", 61, 1);
    load_with_cache(&cache).await;
    for (name, stays) in [
        ("unused.cwasm", false),
        ("unused.1.tmp", false),
        ("young.cwasm", true),
        ("too-much.cwasm", false),
        ("small.cwasm", true),
        ("notes.txt", true),
    ] {
        assert_eq!(cache.join(name).exists(), stays, "{name}");
    }
    assert_eq!(files(&cache).len(), 4, "and what was compiled");
}

#[tokio::test]
async fn what_is_used_is_young() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    load_with_cache(&cache).await;
    let file = files(&cache).remove(0);
    let age = Duration::from_secs(59 * 24 * 60 * 60);
    let handle = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    handle.set_modified(SystemTime::now() - age).unwrap();
    load_with_cache(&cache).await;
    let used = file.metadata().unwrap().modified().unwrap();
    assert!(used.elapsed().unwrap() < age / 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_cache_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(dir.path(), open).unwrap();
    let host = Host::new(Settings {
        cache: Cache::at(dir.path().to_owned()),
        ..Settings::default()
    })
    .unwrap();
    host.load(&usage("puppet", Value::Null), &deployment())
        .await
        .unwrap();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn more_instances_than_the_pool_holds_can_live() {
    let mut stages = Vec::new();
    for _ in 0..2100 {
        let mut stage = start(&usage("puppet", Value::Null), "tenant").await;
        stage.on_request().await.unwrap();
        stages.push(stage);
    }
    for stage in &mut stages {
        stage.on_event(chunk("{}")).await.unwrap();
    }
}
