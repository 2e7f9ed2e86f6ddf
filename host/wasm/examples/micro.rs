//! What a plugin costs, without a proxy around it.
//!
//! ```text
//! cargo run --release -p yallmp-wasm --example micro [COMPONENT [CONFIG]]
//! ```
//!
//! The default is the test guest `puppet`, whose event hook is told to ignore and to rewrite.
//! With another component its own behaviour is measured. Figures are the best of several
//! rounds: the machine's noise only ever adds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{AttemptFacts, EventKind, EventRef, Plugin, Stage};
use yallmp_core::config::{Backend, Deployment, Place, PluginLimits, PluginSource, PluginUse};
use yallmp_wasm::{Cache, Host, Settings};

const ROUNDS: usize = 15;

const BODY: &str = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;

/// 261 bytes, as a backend sends them.
const EVENT: &str = r#"{"id":"chatcmpl-9xkq2mJwq1yTz","object":"chat.completion.chunk","created":1764115200,"model":"moonshotai/kimi-k2-instruct","system_fingerprint":"fp_1a2b3c4d5e","choices":[{"index":0,"delta":{"content":" needle"},"logprobs":null,"finish_reason":null}],"x":1}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().map_or_else(puppet, PathBuf::from);
    let config = args
        .next()
        .map(|text| serde_json::from_str(&text).expect("CONFIG is JSON"));
    let cache = std::env::temp_dir().join(format!("yallmp-micro-{}", std::process::id()));

    let host = || {
        Host::new(Settings {
            cache: Cache::at(cache.clone()),
            direct: true,
            ..Settings::default()
        })
        .expect("wasmtime works here")
    };
    let before = resident_kib();
    let started = Instant::now();
    let engine = host();
    report("engine", started.elapsed());
    kib("engine, memory", resident_kib() - before);
    let usage = usage(&path, config.clone().unwrap_or(Value::Null));
    let started = Instant::now();
    load(&engine, &usage).await;
    report("load, compiling", started.elapsed());
    let second = host();
    let started = Instant::now();
    load(&second, &usage).await;
    report("load, from the cache", started.elapsed());
    let started = Instant::now();
    load(&second, &usage).await;
    report("load, for the next deployment", started.elapsed());
    drop(second);

    let plugin = load(&engine, &usage).await;
    best("instance + begin + on-request + drop", 200, async |times| {
        for _ in 0..times {
            start(&*plugin).on_request().await.unwrap();
        }
    })
    .await;
    best(
        "instance + begin + on-event + on-end + drop",
        200,
        async |times| {
            for _ in 0..times {
                let mut stage = start(&*plugin);
                stage.on_event(event()).await.unwrap();
                stage
                    .on_end(yallmp_core::chain::EndReason::Done)
                    .await
                    .unwrap();
            }
        },
    )
    .await;
    best("the same, 100 alive at a time", 2, async |times| {
        for _ in 0..times {
            let mut stages: Vec<_> = (0..100).map(|_| start(&*plugin)).collect();
            for stage in &mut stages {
                stage.on_request().await.unwrap();
            }
        }
    })
    .await;
    events("event", &engine, &usage).await;
    if config.is_none() {
        let mut rewriting = usage.clone();
        rewriting.config = json!({"event": "rewrite"});
        events("event, rewritten as text", &engine, &rewriting).await;
    }

    let before = resident_kib();
    let mut stages: Vec<_> = (0..1000).map(|_| start(&*plugin)).collect();
    for stage in &mut stages {
        stage.on_request().await.unwrap();
        let _ = stage.on_event(event()).await;
    }
    kib(
        "1,000 instances after a request and an event",
        resident_kib() - before,
    );
    drop(stages);
    let _ = std::fs::remove_dir_all(cache);
}

async fn events(what: &str, host: &Host, usage: &PluginUse) {
    let plugin = load(host, usage).await;
    best(what, 1000, async |times| {
        let mut stage = start(&*plugin);
        stage.on_event(event()).await.unwrap();
        for _ in 1..times {
            std::hint::black_box(stage.on_event(event()).await.unwrap());
        }
    })
    .await;
}

async fn best(what: &str, times: u32, work: impl AsyncFn(u32)) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        work(times).await;
        best = best.min(started.elapsed() / times);
    }
    let per = if what.contains("100 alive") { 100 } else { 1 };
    report(what, best / per);
}

fn report(what: &str, time: Duration) {
    println!("{what:<45}{:>9.2} µs", time.as_nanos() as f64 / 1000.0);
}

fn kib(what: &str, kib: i64) {
    println!("{what:<45}{kib:>9} KiB");
}

fn puppet() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/guests/dist/puppet.wasm")
}

fn usage(path: &std::path::Path, config: Value) -> PluginUse {
    PluginUse {
        name: "measured".into(),
        source: PluginSource::File(path.to_owned()),
        config,
        on_error: None,
        limits: PluginLimits::default(),
        place: Place::default(),
    }
}

async fn load(host: &Host, usage: &PluginUse) -> Arc<dyn Plugin> {
    let deployment = Deployment::new("m", Backend::Demo);
    match host.load(usage, &deployment).await {
        Ok(plugin) => plugin,
        Err(error) => panic!("{error}"),
    }
}

fn start(plugin: &dyn Plugin) -> Box<dyn Stage> {
    let attempt = AttemptFacts {
        id: "id".into(),
        path: "/v1/chat/completions".into(),
        client_model: "m".into(),
        target_model: "target".into(),
        streaming: true,
        attempt: 1,
        tenant: "tenant".into(),
        deployment: Arc::new(Deployment::new("m", Backend::Demo)),
        headers: Arc::default(),
    };
    plugin.start(Arc::new(attempt), RequestBody::parse(BODY.into()).unwrap())
}

fn event() -> EventRef<'static> {
    EventRef {
        kind: EventKind::Chunk,
        number: 1,
        name: None,
        data: EVENT,
    }
}

/// 0 where there is no `/proc`.
fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse().ok())
        .unwrap_or(0)
}
