//! The configuration as the rest of the program sees it: resolved, validated, without
//! YAML. `raw` holds what was written and where, `resolve` turns it into this, `diag`
//! reports everything that is wrong with it at once.

mod audit;
mod azure;
mod backend;
pub mod defaults;
mod deployment;
pub mod diag;
mod draft;
pub mod env;
mod findings;
mod general;
mod headers;
mod include;
pub mod keys;
mod log_mask;
mod otlp;
mod place;
mod plugin_store;
mod plugins;
mod profile;
mod provider;
mod raw;
mod reach;
mod read;
pub mod register;
mod resolve;
mod router;
pub mod secret;
mod substitute;
mod timeouts;
mod trust;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::{Map, Value};

pub use diag::Report;
pub use draft::Draft;
pub use env::Env;
pub use log_mask::{JsonPath, LogMask, Step};
pub use place::{Part, Place};
pub use profile::{Globs, Profile, Profiles};
pub use register::{FieldError, Registration, registration};
pub use resolve::{draft, load, load_with};

/// Where a configuration text comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its name in messages.
    pub file: String,
    /// What `path` of a plugin is relative to.
    pub folder: PathBuf,
}

/// Reads a file that is named in an `include`; else says why not.
pub type Read<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// A configuration that can be used, and what is to be said about it: warnings, and what
/// became of each key.
#[derive(Debug)]
pub struct Loaded {
    pub config: Config,
    pub report: Report,
}

/// One configuration, immutable. An exchange keeps the one it began with. The default is
/// what an empty file gives.
#[derive(Debug, Clone)]
pub struct Config {
    pub server: Server,
    pub master_key: Option<SecretString>,
    /// `general_settings.enable_responses_endpoint`.
    pub responses_endpoint: bool,
    pub request_log: RequestLog,
    pub router: RouterSettings,
    pub streaming: Streaming,
    pub plugin_store: PluginStore,
    pub metrics: Metrics,
    /// None: nothing is sent.
    pub otlp: Option<Otlp>,
    /// What a deployment gets that says nothing else.
    pub timeouts: Timeouts,
    pub trust: Trust,
    /// The chain of a model that says nothing about plugins, and what is defined beside it.
    pub plugins: Vec<PluginDefinition>,
    /// What is known of backends: shipped, and as the file changes it.
    pub profiles: Profiles,
    /// In the order of the file, disabled ones included.
    pub deployments: Vec<std::sync::Arc<Deployment>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
    /// Listen on a non-loopback address although there is no master key.
    pub allow_remote_without_key: bool,
    /// Largest request body, in bytes.
    pub max_body_bytes: usize,
    /// Of web pages that may read answers, `*` for all; None: those of this machine.
    pub allowed_origins: Option<Vec<String>>,
    /// Where models registered at run time are kept.
    pub state_file: PathBuf,
    /// Serve the inspector, `/ui`.
    pub inspector: bool,
}

/// `GET /metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    pub enabled: bool,
    /// Anybody may read them, without a key and from anywhere.
    pub public: bool,
}

/// Traces and metrics by OTLP over HTTP.
#[derive(Debug, Clone)]
pub struct Otlp {
    /// Whole URLs. None: the signal is not sent.
    pub traces: Option<String>,
    pub metrics: Option<String>,
    pub headers: Vec<(String, SecretString)>,
    pub service_name: String,
    /// Further attributes of the resource.
    pub attributes: Vec<(String, String)>,
    /// Of one export.
    pub timeout: Duration,
    /// Spans wait so long for others.
    pub traces_every: Duration,
    pub metrics_every: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Off,
    Metadata,
    Full,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLog {
    pub level: LogLevel,
    pub dir: PathBuf,
    /// Bytes kept of one exchange; what is over is counted and left out.
    pub max_exchange_bytes: usize,
    pub max_files: Option<usize>,
    pub max_total_bytes: Option<u64>,
    pub max_age: Option<Duration>,
    pub mask: LogMask,
}

/// How stream anomalies are treated; the same for all models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streaming {
    /// Send a comment to the client when nothing went out for this long. None: never.
    pub keep_alive: Option<Duration>,
    /// What follows an event that is not JSON.
    pub bad_event: BadEvent,
    /// Ask the backend for usage although the client did not.
    pub always_include_usage: bool,
    /// Largest event, in bytes.
    pub max_event_bytes: usize,
    /// Bytes held back before commit; over it the answer is committed.
    pub max_preamble_bytes: usize,
}

/// Where plugins remember what outlives an exchange.
#[derive(Debug, Clone)]
pub struct PluginStore {
    pub engine: StoreEngine,
    /// Bytes for one tenant, and for all together; not for `Redis`.
    pub tenant_bytes: usize,
    pub total_bytes: usize,
}

#[derive(Debug, Clone)]
pub enum StoreEngine {
    Memory,
    /// A file, read at start and written behind.
    Disk(PathBuf),
    /// The URL of a server, which may hold a password.
    Redis(SecretString),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadEvent {
    Skip,
    Fail,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RouterSettings {
    /// Tries per deployment, at least 1.
    pub tries: u32,
    pub fallbacks: Fallbacks,
    /// Wait before the second try on the same deployment; doubles up to `max_backoff`.
    pub backoff: Duration,
    pub max_backoff: Duration,
    /// The longest `Retry-After` that is waited for.
    pub max_retry_after: Duration,
    /// Consecutive failures after which a deployment cools down.
    pub allowed_fails: u32,
    pub cooldown: Duration,
    pub aliases: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fallbacks {
    /// Model name (may be `*`) → models to try after it, in order.
    pub general: BTreeMap<String, Vec<String>>,
    pub default: Vec<String>,
    pub context_window: BTreeMap<String, Vec<String>>,
    pub content_policy: BTreeMap<String, Vec<String>>,
}

/// One entry of `model_list`, or one model registered at run time.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Stable for a file: `<model_name>#<n>` with n counted from 1 among equals.
    pub id: String,
    /// As the client names it; may hold one `*`.
    pub model_name: String,
    /// At the backend; may hold `*` when `model_name` does.
    pub target_model: String,
    /// `openai` for `model: openai/x`, else "".
    pub provider: String,
    pub backend: Backend,
    pub api_key: Option<SecretString>,
    pub key_header: KeyHeader,
    pub trust: Trust,
    /// Share of the load among deployments of one model; 0 is a reserve that is asked last.
    pub weight: u32,
    pub rpm: Option<u32>,
    pub tpm: Option<u32>,
    /// Overrides `RouterSettings::tries`.
    pub tries: Option<u32>,
    pub timeouts: Timeouts,
    pub extra_headers: Vec<(HeaderName, HeaderValue)>,
    /// Members that are set where the patched body lacks them.
    pub default_body: Map<String, Value>,
    /// Members laid over the patched body, last of all.
    pub extra_body: Map<String, Value>,
    /// Top-level members taken out of the patched body.
    pub drop_params: Vec<String>,
    pub supports_reasoning: Option<bool>,
    pub model_info: Value,
    /// `litellm_params` without secrets, as JSON text for plugins.
    pub params: String,
    /// Facts about the backend, for plugins.
    pub profile: Profile,
    pub plugins: Vec<PluginUse>,
    pub log_level: Option<LogLevel>,
    /// Why it cannot be used (a variable that is not set), if so.
    pub disabled: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// Scheme, host, optional path and query, as written; no credentials. Joined with the
    /// path of a request by [`crate::upstream::url::join`].
    Http { base: String },
    /// The built-in demonstration upstream.
    Demo,
}

/// How a backend wants its key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`.
    #[default]
    Bearer,
    /// `api-key: KEY`, as Azure wants it.
    ApiKey,
}

/// Whose word counts for the certificate of a backend.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The authorities that this system trusts.
    #[default]
    System,
    /// The authorities in this PEM file, and no others.
    Only(PathBuf),
    /// Anybody's.
    Anyone,
}

/// Each None is "no limit".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Until the whole head of the answer is there.
    pub headers: Duration,
    /// Streaming: until the first meaningful event, from the moment the request was sent;
    /// comments and reasoning reset it.
    pub first_event: Duration,
    /// Streaming: silence between events afterwards.
    pub between_events: Duration,
    /// Not streaming: until the whole answer is there.
    pub whole: Duration,
    /// The whole attempt. None: no limit.
    pub total: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    Skip,
    Fail,
}

/// An entry of the top-level `plugins:`, or of the default chain.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginDefinition {
    pub plugin: PluginUse,
    /// Off unless a model switches it on.
    pub enabled: bool,
}

/// A plugin at its place in the chain of one deployment, switched on.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginUse {
    pub name: String,
    pub source: PluginSource,
    /// JSON; `Null` when nothing is configured.
    pub config: Value,
    /// None: the default of the plugin (`skip`, but `fail` for `model-rewrite`).
    pub on_error: Option<OnError>,
    pub limits: PluginLimits,
    /// Where it stands in the file, for messages.
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PluginSource {
    Shipped,
    /// Resolved against the folder of the configuration file.
    File(PathBuf),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginLimits {
    pub memory_bytes: usize,
    pub call: Duration,
    /// Bytes one call may return.
    pub output_bytes: usize,
    pub held_bytes: usize,
}
