//! What holds when the file does not say otherwise. `docs/configuration.md` lists the
//! same values; a test compares them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    Backend, BadEvent, Config, Deployment, Fallbacks, KeyHeader, LogLevel, LogMask, Metrics, Otlp,
    Place, PluginDefinition, PluginLimits, PluginSource, PluginStore, PluginUse, Profile, Profiles,
    RequestLog, RouterSettings, Server, StoreEngine, Streaming, Timeouts, Trust,
};

/// The shipped plugins of the default chain, in its order: first is nearest the client, last
/// nearest the backend.
pub const SHIPPED_PLUGINS: [&str; 6] = [
    "model-rewrite",
    "reasoning-keep",
    "reasoning-inject",
    "request-fix",
    "tool-call-fix",
    "reasoning-normalize",
];

/// Those that come with the program too, and run where a configuration names them.
pub const OPTIONAL_PLUGINS: [&str; 3] = ["rules", "stable-prefix", "empty-answer"];

impl Default for Config {
    fn default() -> Self {
        Self {
            server: Server::default(),
            master_key: None,
            responses_endpoint: false,
            request_log: RequestLog::default(),
            router: RouterSettings::default(),
            streaming: Streaming::default(),
            plugin_store: PluginStore::default(),
            metrics: Metrics::default(),
            otlp: None,
            timeouts: Timeouts::default(),
            trust: Trust::default(),
            plugins: default_chain(),
            profiles: Profiles::default(),
            deployments: Vec::new(),
        }
    }
}

/// Limits of a shipped plugin. `reasoning-keep` and `stable-prefix` read and hash whole
/// histories: some 30 ms for each megabyte, more on a busy machine.
pub fn shipped_limits(name: &str) -> PluginLimits {
    let default = PluginLimits::default();
    match name {
        "reasoning-keep" | "stable-prefix" => PluginLimits {
            call: Duration::from_secs(1),
            ..default
        },
        _ => default,
    }
}

/// The chain of a file without `plugins:`.
pub fn default_chain() -> Vec<PluginDefinition> {
    SHIPPED_PLUGINS
        .iter()
        .map(|name| PluginDefinition {
            plugin: PluginUse {
                name: (*name).to_owned(),
                source: PluginSource::Shipped,
                config: Value::Null,
                on_error: None,
                limits: shipped_limits(name),
                place: Place::default(),
            },
            enabled: true,
        })
        .collect()
}

impl Default for Otlp {
    fn default() -> Self {
        Self {
            traces: None,
            metrics: None,
            headers: Vec::new(),
            service_name: "yallmp".to_owned(),
            attributes: Vec::new(),
            timeout: Duration::from_secs(10),
            traces_every: Duration::from_secs(5),
            metrics_every: Duration::from_secs(60),
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            enabled: true,
            public: false,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 17771,
            allow_remote_without_key: false,
            max_body_bytes: 64 << 20,
            allowed_origins: None,
            state_file: PathBuf::from("yallmp_state.json"),
            inspector: true,
        }
    }
}

impl Default for RequestLog {
    fn default() -> Self {
        Self {
            level: LogLevel::Full,
            dir: PathBuf::from("logs/requests"),
            max_exchange_bytes: 4 << 20,
            max_files: Some(1000),
            max_total_bytes: Some(512 << 20),
            max_age: Some(Duration::from_secs(30 * 24 * 3600)),
            mask: LogMask::default(),
        }
    }
}

impl Default for Streaming {
    fn default() -> Self {
        Self {
            keep_alive: Some(Duration::from_secs(15)),
            bad_event: BadEvent::Skip,
            always_include_usage: false,
            max_event_bytes: 8 << 20,
            max_preamble_bytes: 256 << 10,
        }
    }
}

impl Default for PluginStore {
    fn default() -> Self {
        Self {
            engine: StoreEngine::Memory,
            tenant_bytes: 32 << 20,
            total_bytes: 128 << 20,
        }
    }
}

impl Default for RouterSettings {
    fn default() -> Self {
        Self {
            tries: 3,
            fallbacks: Fallbacks::default(),
            backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(2),
            max_retry_after: Duration::from_secs(5),
            // LiteLLM's own defaults.
            allowed_fails: 3,
            cooldown: Duration::from_secs(5),
            aliases: BTreeMap::new(),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            // A backend that does not stream sends its head with the whole answer.
            headers: Duration::from_secs(600),
            first_event: Duration::from_secs(15),
            between_events: Duration::from_secs(60),
            whole: Duration::from_secs(600),
            total: None,
        }
    }
}

impl Default for PluginLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            call: Duration::from_millis(100),
            output_bytes: 16 << 20,
            held_bytes: 4 << 20,
        }
    }
}

impl Deployment {
    /// With the same name on both sides, no key, no plugins and all defaults.
    pub fn new(model: &str, backend: Backend) -> Self {
        Self {
            id: format!("{model}#1"),
            model_name: model.to_owned(),
            target_model: model.to_owned(),
            provider: String::new(),
            backend,
            api_key: None,
            key_header: KeyHeader::default(),
            trust: Trust::default(),
            weight: 1,
            rpm: None,
            tpm: None,
            tries: None,
            timeouts: Timeouts::default(),
            extra_headers: Vec::new(),
            default_body: Map::new(),
            extra_body: Map::new(),
            drop_params: Vec::new(),
            supports_reasoning: None,
            model_info: Value::Object(Map::new()),
            params: "{}".to_owned(),
            profile: Profile::default(),
            plugins: Vec::new(),
            log_level: None,
            disabled: None,
        }
    }
}
