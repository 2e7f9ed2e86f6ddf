//! The example plugins in other languages, under the same test. Skipped where they are not
//! built (`sdk/examples/*/build.sh`), unless `YALLMP_EXAMPLES` is set, as in CI.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use yallmp_core::chain::Plugin;
use yallmp_core::config::{PluginSource, PluginUse};
use yallmp_wasm::{Host, Settings};

use crate::answer::{stream, whole};
use crate::support::{deployment, usage};

struct Example {
    /// Of `target/examples/<language>.wasm`.
    language: &'static str,
    name: &'static str,
    config: Value,
    /// Its configuration is refused.
    bad_config: Value,
    stream: &'static [&'static str],
    streamed: &'static [&'static str],
    whole: &'static str,
    made_whole: &'static str,
}

async fn check(example: Example) {
    let file = format!("../../target/examples/{}.wasm", example.language);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
    if !path.exists() && std::env::var_os("YALLMP_EXAMPLES").is_none() {
        return;
    }
    // An interpreter is compiled once for a machine, not for each test.
    let host = Host::new(Settings::default()).unwrap();
    let load = async |usage: &PluginUse| host.load(usage, &deployment()).await;
    let mut usage = usage(example.name, example.config);
    usage.source = PluginSource::File(path);
    usage.limits.memory_bytes = 64 << 20;
    // An unoptimised host on a busy machine, not the example, needs the patience.
    usage.limits.call = Duration::from_secs(5);

    let told = host.inspect(&usage).await.unwrap();
    assert_eq!(told.name, example.name);
    let plugin: Arc<dyn Plugin> = load(&usage).await.unwrap();
    // Nothing is left from one answer to the next.
    for _ in 0..2 {
        let out = stream(plugin.clone(), example.stream).await.unwrap();
        assert_eq!(out, example.streamed);
    }
    let out = whole(plugin, example.whole).await.unwrap();
    assert_eq!(out, [example.made_whole]);

    usage.config = example.bad_config;
    assert!(load(&usage).await.is_err());
}

#[tokio::test]
async fn python() {
    check(Example {
        language: "python",
        name: "mask-emails",
        config: json!({"replacement": "***"}),
        bad_config: json!({"replacement": 1}),
        stream: &[
            r#"{"id":"c", "choices":[{"index":0,"delta":{"role":"assistant"}}]}"#,
            r#"{"id":"c", "choices":[{"index":0,"delta":{"content":"Ask jo@ex"}}]}"#,
            r#"{"id":"c", "choices":[{"index":0,"delta":{"content":"ample.org."}}]}"#,
            r#"{"id":"c", "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        ],
        streamed: &[
            r#"{"id":"c", "choices":[{"index":0,"delta":{"role":"assistant"}}]}"#,
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":"Ask "}}]}"#,
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":"***."},"finish_reason":"stop"}]}"#,
        ],
        whole: r#"{"choices":[{"message":{"content":"jo@example.org é"}}],"x":1}"#,
        made_whole: r#"{"choices":[{"message":{"content":"*** é"}}],"x":1}"#,
    })
    .await;
}

#[tokio::test]
async fn javascript() {
    check(Example {
        language: "javascript",
        name: "rename-reasoning",
        config: Value::Null,
        bad_config: json!({"from": "a", "to": "a"}),
        stream: &[
            r#"{"choices":[{"index":0, "delta":{"role":"assistant","reasoning":"Hm","n":1}}]}"#,
            r#"{"choices":[{"index":0, "delta":{"content":"the "reasoning""}}]}"#,
        ],
        streamed: &[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Hm","n":1}}]}"#,
            r#"{"choices":[{"index":0, "delta":{"content":"the "reasoning""}}]}"#,
        ],
        whole: r#"{"choices":[{"message":{"content":"x","reasoning":"y"}}]}"#,
        made_whole: r#"{"choices":[{"message":{"content":"x","reasoning_content":"y"}}]}"#,
    })
    .await;
}
