//! The keys that are read.

use super::super::raw::{Node, Value};
use super::Status::{Approximated, ByValue, Honoured};
use super::{Family, Fate, Key, Kind, Others, Section, Status, litellm};

const fn key(
    name: &'static str,
    kind: Kind,
    status: Status,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key { name, kind, status, default, about }
}

/// The whole file.
pub static FILE: Section = Section {
    name: "The file",
    keys: &[
        key("model_list", Kind::Entries(&MODEL), Honoured, "none", "The models. Entries with the same `model_name` are deployments of one model and share its load."),
        key("plugins", Kind::Entries(&PLUGIN), Honoured, "`model-rewrite`, `reasoning-keep`, `reasoning-inject`, `request-fix`, `tool-call-fix`, `reasoning-normalize`", "The chain of plugins. First is nearest the client, last nearest the backend. `[]` is an empty chain."),
        key("profiles", Kind::Entries(&PROFILE), Honoured, "those of `plugins/profiles.yaml`", "Facts about backends for plugins, see [profiles.md](profiles.md). A new name comes before the shipped ones, a shipped name changes that one."),
        key("router_settings", Kind::Section(&ROUTER), Honoured, "", "Retries, fallbacks, cooling down."),
        key("litellm_settings", Kind::Section(&LITELLM), Honoured, "", "Mostly the same as `router_settings`, which wins."),
        key("general_settings", Kind::Section(&GENERAL), Honoured, "", "The server itself."),
        key("include", Kind::Texts, Honoured, "none", "Further files, relative to the folder of this one. Their lists are put behind those of this file, everything else takes its place."),
        key("environment_variables", Kind::TextMap, Approximated("its variables can be used in this file; they are not put into the environment"), "none", "Variables for this file. They win over the environment."),
        key("credential_list", Kind::Entries(&CREDENTIAL), Honoured, "none", "Named sets of parameters, used through `litellm_credential_name`."),
    ],
    families: &[],
    ignored: litellm::FILE,
    others: Others::Unknown,
};

static CREDENTIAL: Section = Section {
    name: "credential_list[]",
    keys: &[
        key("credential_name", Kind::Text, Honoured, "required", "Its name."),
        key("credential_values", Kind::Object, Honoured, "none", "Parameters that a model takes from here unless it has its own, such as `api_key` and `api_base`."),
        key("credential_info", Kind::Any, Honoured, "none", "A description; not used."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

pub static MODEL: Section = Section {
    name: "model_list[]",
    keys: &[
        key("model_name", Kind::Text, Honoured, "required", "The name that clients ask for. May hold one `*`, such as `openai/*`."),
        key("litellm_params", Kind::Section(&PARAMS), Honoured, "required", "The backend, see below."),
        key("model_info", Kind::Section(&MODEL_INFO), Honoured, "none", "Facts about the model."),
        key("plugins", Kind::ModelPlugins(&PLUGIN), Honoured, "the top-level `plugins`", "Changes of the chain for this model. A map: `name: true`, `name: false` or `name: {settings}`, which are laid over the plugin's `config`. A list: exactly this chain. `[]`: no plugin."),
        key("timeouts", Kind::Section(&TIMEOUTS), Honoured, "`general_settings.timeouts`", "Time limits of this model."),
        key("request_log", Kind::ChoiceOrSection(LOG_LEVELS, &MODEL_LOG), Honoured, "`general_settings.request_log`", "How much of this model's exchanges is logged."),
    ],
    families: &[],
    ignored: litellm::MODEL,
    others: Others::Unknown,
};

const LOG_LEVELS: &[&str] = &["off", "metadata", "full"];

static MODEL_LOG: Section = Section {
    name: "model_list[].request_log",
    keys: &[
        key("enabled", Kind::Flag, Honoured, "`true`", "`false` is the level `off`."),
        key("level", Kind::Choice(LOG_LEVELS), Honoured, "that of the file", "`full`, `metadata` or `off`."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static MODEL_INFO: Section = Section {
    name: "model_list[].model_info",
    keys: &[
        key("supports_reasoning", Kind::Flag, Honoured, "unknown", "Read when `litellm_params.supports_reasoning` is not there."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Free,
};

pub static PARAMS: Section = Section {
    name: "model_list[].litellm_params",
    keys: &[
        key("model", Kind::Text, Honoured, "`model_name`", "`provider/name` or a name. A prefix that names a provider is cut off: `openai/x` is `x` at the backend."),
        key("api_base", Kind::Text, Honoured, "that of the provider", "URL of an OpenAI-compatible server, with or without `/v1`. `builtin://demo` is the built-in demonstration."),
        key("base_url", Kind::Text, Honoured, "", "Another name for `api_base`."),
        key("api_version", Kind::Text, Honoured, "none: its `/openai/v1`", "Azure only: the `api-version` of the deployment's URL."),
        key("api_key", Kind::Text, Honoured, "the provider's variable, such as `OPENAI_API_KEY`, if `api_base` is the provider's", "Sent as `Authorization: Bearer`, to Azure as `api-key`. Empty or absent: no such header."),
        key("custom_llm_provider", Kind::Text, Honoured, "the prefix of `model`", "The provider; `model` is then sent as it is."),
        key("target_model", Kind::Text, Honoured, "from `model`", "The model's name at the backend."),
        key("forward_model", Kind::Text, Honoured, "", "Another name for `target_model`."),
        key("timeout", Kind::Seconds, Approximated("a limit for whole answers; streams are limited by `stream_timeout` and `timeouts`"), "600", "Until a whole (not streamed) answer is there. Shortens `connect`, `headers` and `first_event` when it is less."),
        key("request_timeout", Kind::Seconds, Approximated("the same as `timeout`"), "", "Another name for `timeout`."),
        key("stream_timeout", Kind::Seconds, Approximated("limits the silence before the first meaningful event, not the stream"), "15", "Streams: silence until the first meaningful event."),
        key("max_retries", Kind::Count, Approximated("the number of tries, at least 1"), "`router_settings.num_retries`", "Tries of this deployment."),
        key("num_retries", Kind::Count, Approximated("the number of tries, at least 1"), "", "Another name for `max_retries`."),
        key("supports_reasoning", Kind::Flag, Honoured, "`model_info.supports_reasoning`", "Whether the model can reason; see the plugin `reasoning-inject`."),
        key("profile", Kind::Text, Honoured, "by `api_base`, provider and model", "The profile of this backend by its name, or `none`; see [profiles.md](profiles.md)."),
        key("weight", Kind::Number, Honoured, "1, or `rpm`, or `tpm`, if all deployments of the model have it", "Share of the load among deployments of one model. 0 is a reserve that is asked last."),
        key("order", Kind::Count, Approximated("the deployments of the lowest order share the load, the others are reserves"), "1", "Priority among deployments of one model."),
        key("rpm", Kind::Count, Honoured, "none", "Requests per minute that this deployment takes."),
        key("tpm", Kind::Count, Honoured, "none", "Tokens per minute that this deployment takes."),
        key("extra_headers", Kind::TextMap, Honoured, "none", "Headers for the backend."),
        key("headers", Kind::TextMap, Honoured, "none", "Another name for `extra_headers`."),
        key("organization", Kind::Text, Honoured, "none", "Sent as `OpenAI-Organization`."),
        key("extra_body", Kind::Object, Honoured, "none", "Members laid over the request body, last of all."),
        key("drop_params", Kind::TextsOrFlag, ByValue(drop_params, "a list is honoured; `true` is not needed: parameters are passed on, and the backend decides"), "none", "Top-level members that are taken out of the request."),
        key("additional_drop_params", Kind::Texts, ByValue(additional_drop_params, "names are honoured; paths into members (`a.b`, `a[*]`) are ignored"), "none", "More of the same."),
        key("ssl_verify", Kind::FlagOrFile, Honoured, "`litellm_settings.ssl_verify`", "How the backend's certificate is checked: `true`, by the authorities of the system; a PEM file (relative to the folder of this file), by those in it alone; `false`, not at all."),
        key("litellm_credential_name", Kind::Text, Honoured, "none", "Takes what is missing here from the entry of `credential_list`."),
    ],
    families: &[Family {
        names: BODY_MEMBERS,
        key: key("temperature and others", Kind::Any, Honoured, "none", "Members of the request body that are set when the client did not set them."),
    }],
    ignored: litellm::PARAMS,
    others: Others::Unknown,
};

/// Members of request bodies that a model may set for its clients.
pub const BODY_MEMBERS: &[&str] = &[
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "n",
    "stop",
    "seed",
    "user",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "presence_penalty",
    "frequency_penalty",
    "repetition_penalty",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "reasoning",
    "thinking",
    "enable_thinking",
    "verbosity",
    "chat_template_kwargs",
    "service_tier",
    "store",
    "modalities",
    "prediction",
    "provider",
    "safety_identifier",
    "prompt_cache_key",
    "web_search_options",
    "stream_options",
    "dimensions",
    "encoding_format",
    "keep_alive",
];

fn drop_params(node: &Node) -> Fate {
    match &node.value {
        Value::List(_) => additional_drop_params(node),
        _ => Fate::Ignored(
            "parameters are passed on as the client sent them; name those to drop in a list".into(),
        ),
    }
}

fn additional_drop_params(node: &Node) -> Fate {
    let texts = node.as_texts().unwrap_or_default();
    if texts.iter().any(|name| is_path(name)) {
        Fate::Approximated("only top-level members can be dropped; paths are ignored".into())
    } else {
        Fate::Honoured
    }
}

fn callbacks(node: &Node) -> Fate {
    let names = node.as_texts().unwrap_or_default();
    let other = names.iter().find(|name| !["otel", "prometheus"].contains(name));
    match other {
        None => Fate::Honoured,
        Some(other) if names.len() == 1 => Fate::Ignored(format!(
            "`{other}` would be a Python callback; there are `/metrics` and `general_settings.otlp`"
        )),
        Some(other) => Fate::Approximated(format!("`{other}` would be a Python callback, and is left out")),
    }
}

/// Whether a name of a parameter to drop is a path into it.
pub fn is_path(name: &str) -> bool {
    name.contains(['.', '['])
}

static PROFILE: Section = Section {
    name: "profiles[]",
    keys: &[
        key("name", Kind::Text, Honoured, "required", "Its name. That of a shipped profile changes it."),
        key("match", Kind::Section(&MATCH), Honoured, "none: chosen by name only", "What it is chosen by."),
        key("reasoning", Kind::Object, Honoured, "none", "Facts for `reasoning-inject`, `reasoning-normalize` and others. Members are laid over those of the shipped profile, null takes one away."),
        key("tools", Kind::Object, Honoured, "none", "Facts for `tool-call-fix` and others."),
        key("request", Kind::Object, Honoured, "none", "Facts about requests in general."),
        key("models", Kind::Entries(&REFINEMENT), Honoured, "none", "Facts about some models of this backend. All that match are laid over the profile, in order."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Free,
};

static MATCH: Section = Section {
    name: "profiles[].match",
    keys: &[
        key("hosts", Kind::Texts, Honoured, "none", "Patterns (`*` stands for anything) for the host of `api_base`; for host and port when it has a `:`, for all of the URL after `//` when it has a `/`."),
        key("providers", Kind::Texts, Honoured, "none", "Patterns for the provider prefix of `model`."),
        key("models", Kind::Texts, Honoured, "none", "Patterns for the model's name at the backend, with or without what stands before its last `/`."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static REFINEMENT: Section = Section {
    name: "profiles[].models[]",
    keys: &[
        key("match", Kind::Texts, Honoured, "required", "Patterns for the model's name, as above."),
        key("reasoning", Kind::Object, Honoured, "none", "Laid over that of the profile."),
        key("tools", Kind::Object, Honoured, "none", "Laid over that of the profile."),
        key("request", Kind::Object, Honoured, "none", "Laid over that of the profile."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Free,
};

static PLUGIN: Section = Section {
    name: "plugins[]",
    keys: &[
        key("name", Kind::Text, Honoured, "required", "A shipped plugin, or any name for the component at `path`."),
        key("path", Kind::Text, Honoured, "the shipped plugin", "A component file, relative to the folder of this file."),
        key("enabled", Kind::Flag, Honoured, "`true`", "`false`: off unless a model switches it on."),
        key("config", Kind::Object, Honoured, "`{}`", "Settings of the plugin. Of variables, only the form `${VAR}` is substituted here."),
        key("on_error", Kind::Choice(&["skip", "fail"]), Honoured, "`skip`; `fail` for `model-rewrite`", "When the plugin fails: go on without it, or end the exchange with an error."),
        key("limits", Kind::Section(&LIMITS), Honoured, "", "What it may use."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static LIMITS: Section = Section {
    name: "plugins[].limits",
    keys: &[
        key("memory_mb", Kind::Size, Honoured, "64", "Memory of one instance."),
        key("call_ms", Kind::Size, Honoured, "100", "Time of one call. 1000 for `reasoning-keep` and `stable-prefix`, which read whole histories."),
        key("output_mb", Kind::Size, Honoured, "16", "What one call may return."),
        key("held_mb", Kind::Number, Honoured, "4", "Events that it may hold back."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static TIMEOUTS: Section = Section {
    name: "timeouts",
    keys: &[
        key("connect", Kind::Seconds, Honoured, "5", "Until the connection stands."),
        key("headers", Kind::Seconds, Honoured, "the longer of `whole` and `first_event`", "Until the whole head of the answer is there. Many servers send it with the first event of a stream, or with the end of a whole answer."),
        key("first_event", Kind::Seconds, Honoured, "15", "Streams: silence until the first meaningful event; comments and reasoning start it anew."),
        key("between_events", Kind::Seconds, Honoured, "60", "Streams: silence between events after that."),
        key("whole", Kind::Seconds, Honoured, "600", "Until a whole (not streamed) answer is there."),
        key("total", Kind::SecondsOrOff, Honoured, "`off`", "The whole attempt, streamed or not."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static ROUTER: Section = Section {
    name: "router_settings",
    keys: &[
        key("num_retries", Kind::Count, Approximated("the number of tries on each deployment, at least 1; LiteLLM counts the retries after the first"), "3", "Tries on each deployment before the next one or the fallbacks."),
        key("max_retries", Kind::Count, Approximated("the same as `num_retries`"), "", "Another name for `num_retries`."),
        key("fallbacks", Kind::NameLists, Honoured, "none", "Models to try after a model, in order. `*` stands for every model."),
        key("default_fallbacks", Kind::Texts, Honoured, "none", "Models to try after one that has no fallbacks of its own."),
        key("context_window_fallbacks", Kind::NameLists, Honoured, "`fallbacks`", "Models to try when the request is too long."),
        key("content_policy_fallbacks", Kind::NameLists, Honoured, "none: the refusal goes to the client", "Models to try when the backend refuses the content."),
        key("timeout", Kind::Seconds, Approximated("a limit for whole answers; streams are limited by `stream_timeout` and `timeouts`"), "600", "For all models; see `litellm_params`."),
        key("stream_timeout", Kind::Seconds, Approximated("limits the silence before the first meaningful event, not the stream"), "15", "For all models; see `litellm_params`."),
        key("retry_after", Kind::SecondsOrOff, Honoured, "0.25", "Wait before the second try; doubles up to `max_backoff`."),
        key("max_backoff", Kind::SecondsOrOff, Honoured, "2", "The longest such wait."),
        key("max_retry_after", Kind::SecondsOrOff, Honoured, "5", "The longest `Retry-After` of a backend that is waited for; a longer one moves on at once."),
        key("allowed_fails", Kind::Count, Approximated("counts consecutive failures, not failures in a minute"), "3", "A deployment that failed more often than this, one time after the other, cools down."),
        key("cooldown_time", Kind::SecondsOrOff, Honoured, "5", "How long it cools down."),
        key("disable_cooldowns", Kind::Flag, Honoured, "`false`", "Never cool down."),
        key("model_group_alias", Kind::Aliases, Honoured, "none", "Other names for models."),
        key("routing_strategy", Kind::Text, ByValue(routing_strategy, "`simple-shuffle` is honoured; the others are not supported yet, `simple-shuffle` is used instead"), "`simple-shuffle`", "How the deployment is chosen: at random, by weight."),
    ],
    families: &[],
    ignored: litellm::ROUTER,
    others: Others::Unknown,
};

fn routing_strategy(node: &Node) -> Fate {
    match node.as_text() {
        Some("simple-shuffle") => Fate::Honoured,
        _ => Fate::Approximated("not supported yet; `simple-shuffle` is used".into()),
    }
}

static LITELLM: Section = Section {
    name: "litellm_settings",
    keys: &[
        key("num_retries", Kind::Count, Approximated("the number of tries, at least 1; LiteLLM counts the retries after the first"), "", "As in `router_settings`."),
        key("request_timeout", Kind::Seconds, Approximated("a limit for whole answers; streams are limited by `stream_timeout` and `timeouts`"), "", "As `router_settings.timeout`."),
        key("fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("default_fallbacks", Kind::Texts, Honoured, "", "As in `router_settings`."),
        key("context_window_fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("content_policy_fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("allowed_fails", Kind::Count, Approximated("counts consecutive failures, not failures in a minute"), "", "As in `router_settings`."),
        key("cooldown_time", Kind::SecondsOrOff, Honoured, "", "As in `router_settings`."),
        key("stream_timeout", Kind::Seconds, Approximated("limits the silence before the first meaningful event, not the stream"), "", "As in `router_settings`."),
        key("retry_after", Kind::SecondsOrOff, Honoured, "", "As in `router_settings`."),
        key("model_group_alias", Kind::Aliases, Honoured, "", "As in `router_settings`."),
        key("drop_params", Kind::Any, ByValue(drop_params, "`true` is not needed: parameters are passed on, and the backend decides"), "", "Only a model can drop parameters."),
        key("ssl_verify", Kind::FlagOrFile, Honoured, "`true`", "For all models; see `litellm_params`."),
        key("callbacks", Kind::Texts, ByValue(callbacks, "`otel` and `prometheus` are honoured, others ignored"), "none", "`otel` takes LiteLLM's variables `OTEL_ENDPOINT` and `OTEL_HEADERS` for `general_settings.otlp`; `prometheus` needs nothing, `/metrics` is there."),
        key("success_callback", Kind::Texts, ByValue(callbacks, "as `callbacks`"), "none", "Another name for `callbacks`."),
        key("turn_off_message_logging", Kind::Flag, Approximated("the request log keeps metadata only, unless `request_log.level` says otherwise"), "`false`", "Keep messages and answers out of the log."),
    ],
    families: &[],
    ignored: litellm::LITELLM,
    others: Others::Unknown,
};

static GENERAL: Section = Section {
    name: "general_settings",
    keys: &[
        key("master_key", Kind::Text, Honoured, "none", "What clients must send as `Authorization: Bearer` or `x-api-key`. Without one the proxy listens on loopback only."),
        key("server", Kind::Section(&SERVER), Honoured, "", "Where to listen."),
        key("inspector", Kind::Flag, Honoured, "`true`", "Serve the page `/ui`, and what it asks under `/ui/api`, to whoever may use the admin routes; see [inspector.md](inspector.md)."),
        key("enable_responses_endpoint", Kind::Flag, Honoured, "`false`", "Serve `POST /v1/responses`, for backends that have it."),
        key("request_log", Kind::ChoiceOrSection(LOG_LEVELS, &REQUEST_LOG), Honoured, "", "The log of requests and answers."),
        key("streaming", Kind::Section(&STREAMING), Honoured, "", "How streams are treated."),
        key("metrics", Kind::Section(&METRICS), Honoured, "", "Figures for Prometheus at `GET /metrics`, see [metrics.md](metrics.md)."),
        key("otlp", Kind::TextOrSection("the URL of a collector", &OTLP), Honoured, "`$OTEL_EXPORTER_OTLP_ENDPOINT`, else none", "Traces and metrics for an OpenTelemetry collector, see [otlp.md](otlp.md). A URL is short for the map with `endpoint`."),
        key("plugin_store", Kind::TextOrSection("`memory` or a `redis://` URL", &PLUGIN_STORE), Honoured, "`memory`", "Where plugins remember what outlives an exchange, see [plugin-store.md](plugin-store.md). A URL is short for the map with `url`."),
        key("timeouts", Kind::Section(&TIMEOUTS), Honoured, "", "Time limits of all models."),
        key("max_request_size_mb", Kind::Size, Honoured, "", "Another name for `server.max_body_mb`."),
        key("forward_client_headers_to_llm_api", Kind::Flag, Approximated("the client's headers are always passed on, less credentials and those of the connection"), "", "Nothing to set."),
    ],
    families: &[],
    ignored: litellm::GENERAL,
    others: Others::Unknown,
};

static SERVER: Section = Section {
    name: "general_settings.server",
    keys: &[
        key("host", Kind::Text, Honoured, "`127.0.0.1`", "Address to listen on. `--host` wins."),
        key("port", Kind::Port, Honoured, "17771", "0 lets the system choose. `--port` wins."),
        key("max_body_mb", Kind::Size, Honoured, "64", "Largest request body."),
        key("allow_remote_without_key", Kind::Flag, Honoured, "`false`", "Listen on an address that is not loopback although there is no `master_key`. Everybody who reaches it can then use your backends."),
        key("state_file", Kind::Text, Honoured, "`yallmp_state.json`", "Where models registered at run time are kept, relative to the working folder."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static OTLP: Section = Section {
    name: "general_settings.otlp",
    keys: &[
        key("endpoint", Kind::Text, Honoured, "`$OTEL_EXPORTER_OTLP_ENDPOINT`", "The collector, such as `http://localhost:4318`; `/v1/traces` and `/v1/metrics` are put behind it."),
        key("headers", Kind::TextMap, Honoured, "`$OTEL_EXPORTER_OTLP_HEADERS`", "Sent with every export, such as a key."),
        key("service_name", Kind::Text, Honoured, "`$OTEL_SERVICE_NAME`, else `yallmp`", "The resource's `service.name`."),
        key("traces", Kind::Flag, Honoured, "`true`", "Send spans."),
        key("metrics", Kind::Flag, Honoured, "`true`", "Send metrics."),
        key("enabled", Kind::Flag, Honoured, "`true`", "`false` sends nothing, whatever the environment says."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static METRICS: Section = Section {
    name: "general_settings.metrics",
    keys: &[
        key("enabled", Kind::Flag, Honoured, "`true`", "Answer `GET /metrics`."),
        key("public", Kind::Flag, Honoured, "`false`", "Answer it without a key and from anywhere. Otherwise it wants what `/admin` wants."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static PLUGIN_STORE: Section = Section {
    name: "general_settings.plugin_store",
    keys: &[
        key("path", Kind::Text, Honoured, "none", "A file that keeps the memory over a restart, relative to the working folder. For one process."),
        key("url", Kind::Text, Honoured, "none", "A Redis or Valkey server that several proxies share: `redis://user:password@host:6379/0`, or `rediss://` with TLS."),
        key("tenant_mb", Kind::Size, Honoured, "32", "What is kept for one client key. Not with `url`."),
        key("total_mb", Kind::Size, Honoured, "128", "What is kept for all. Not with `url`: there the server's `maxmemory` counts."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static REQUEST_LOG: Section = Section {
    name: "general_settings.request_log",
    keys: &[
        key("enabled", Kind::Flag, Honoured, "`true`", "`false` is the level `off`."),
        key("dir", Kind::Text, Honoured, "`logs/requests`", "Folder, relative to the working folder."),
        key("level", Kind::Choice(LOG_LEVELS), Honoured, "`full`", "`full`, `metadata` (no bodies) or `off`."),
        key("max_exchange_kb", Kind::Size, Honoured, "4096", "What is kept of one exchange."),
        key("max_files", Kind::CountOrOff, Honoured, "1000", "Older files are deleted."),
        key("max_total_mb", Kind::CountOrOff, Honoured, "512", "Older files are deleted."),
        key("max_age_days", Kind::CountOrOff, Honoured, "30", "Older files are deleted."),
        key("mask_headers", Kind::Texts, Honoured, "none", "Names of headers whose values are masked, besides those that look like secrets anyway; `*` stands for any characters."),
        key("mask_json", Kind::Texts, Honoured, "none", "Values that are masked in requests, answers and events: paths such as `user`, `messages.*.content`, `choices.*.delta.content`. See [log-format.md](log-format.md)."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

static STREAMING: Section = Section {
    name: "general_settings.streaming",
    keys: &[
        key("keep_alive", Kind::SecondsOrOff, Honoured, "15", "Send the client a comment when nothing went out for this long."),
        key("bad_event", Kind::Choice(&["skip", "fail"]), Honoured, "`skip`", "An event that is not JSON is left out and counted, or ends the stream with an error."),
        key("always_include_usage", Kind::Flag, Honoured, "`false`", "Ask the backend for usage also when the client did not, for the log. This changes the request."),
        key("max_event_kb", Kind::Size, Honoured, "8192", "Largest event."),
        key("max_preamble_kb", Kind::Number, Honoured, "256", "What is held back before the first meaningful event; over it the answer is passed on and can no longer be retried."),
    ],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};
