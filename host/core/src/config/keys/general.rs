//! The server itself: where it listens, what it logs, how it treats streams.

use super::Status::{Approximated, Honoured};
use super::{Kind, OWN, Section, key, litellm};

pub(super) static GENERAL: Section = Section {
    name: "general_settings",
    keys: &[
        key("master_key", Kind::Text, Honoured, "`$LITELLM_MASTER_KEY`, else none", "What clients must send as `Authorization: Bearer` or `x-api-key`. Without one the proxy listens on loopback only."),
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
    ignored: litellm::GENERAL,
    ..OWN
};

static SERVER: Section = Section {
    name: "general_settings.server",
    keys: &[
        key("host", Kind::Text, Honoured, "`127.0.0.1`", "Address to listen on. `--host` wins."),
        key("port", Kind::Port, Honoured, "17771", "0 lets the system choose. `--port` wins."),
        key("max_body_mb", Kind::Size, Honoured, "64", "Largest request body."),
        key("allow_remote_without_key", Kind::Flag, Honoured, "`false`", "Listen on an address that is not loopback although there is no `master_key`. Everybody who reaches it can then use your backends."),
        key("allowed_origins", Kind::Texts, Honoured, "those of this machine", "Web pages that may use the API (CORS), such as `https://chat.example`; `*` for all, which without a `master_key` lets every page that you open use your backends."),
        key("state_file", Kind::Text, Honoured, "`yallmp_state.json`", "Where models registered at run time are kept, relative to the working folder."),
    ],
    ..OWN
};

pub(super) static TIMEOUTS: Section = Section {
    name: "timeouts",
    keys: &[
        key("connect", Kind::Seconds, Honoured, "5", "Until the connection stands."),
        key("headers", Kind::Seconds, Honoured, "the longer of `whole` and `first_event`", "Until the whole head of the answer is there. Many servers send it with the first event of a stream, or with the end of a whole answer."),
        key("first_event", Kind::Seconds, Honoured, "15", "Streams: silence until the first meaningful event; comments and reasoning start it anew."),
        key("between_events", Kind::Seconds, Honoured, "60", "Streams: silence between events after that."),
        key("whole", Kind::Seconds, Honoured, "600", "Until a whole (not streamed) answer is there."),
        key("total", Kind::SecondsOrOff, Honoured, "`off`", "The whole attempt, streamed or not."),
    ],
    ..OWN
};

pub(super) const LOG_LEVELS: &[&str] = &["off", "metadata", "full"];

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
    ..OWN
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
    ..OWN
};

static METRICS: Section = Section {
    name: "general_settings.metrics",
    keys: &[
        key("enabled", Kind::Flag, Honoured, "`true`", "Answer `GET /metrics`."),
        key("public", Kind::Flag, Honoured, "`false`", "Answer it without a key and from anywhere. Otherwise it wants what `/admin` wants."),
    ],
    ..OWN
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
    ..OWN
};

static PLUGIN_STORE: Section = Section {
    name: "general_settings.plugin_store",
    keys: &[
        key("path", Kind::Text, Honoured, "none", "A file that keeps the memory over a restart, relative to the working folder. For one process."),
        key("url", Kind::Text, Honoured, "none", "A Redis or Valkey server that several proxies share: `redis://user:password@host:6379/0`, or `rediss://` with TLS."),
        key("tenant_mb", Kind::Size, Honoured, "32", "What is kept for one client key. Not with `url`."),
        key("total_mb", Kind::Size, Honoured, "128", "What is kept for all. Not with `url`: there the server's `maxmemory` counts."),
    ],
    ..OWN
};
