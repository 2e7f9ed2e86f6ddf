//! What a model and its backend can be told, and what can be known of backends.

use super::super::raw::{Node, Value};
use super::Status::{Approximated, ByValue, Honoured};
use super::file::PLUGIN;
use super::general::{LOG_LEVELS, TIMEOUTS};
use super::{FIRST_EVENT, Family, Fate, Kind, OWN, Others, Section, Status, WHOLE_ANSWERS, key, litellm};

const TRIES: Status = Approximated("the number of tries, at least 1");

pub static MODEL: Section = Section {
    name: "model_list[]",
    keys: &[
        key("model_name", Kind::Text, Honoured, "required", "The name that clients ask for. May hold one `*`, such as `openai/*`."),
        key("litellm_params", Kind::Section(&PARAMS), Honoured, "required", "The backend, see below."),
        key("model_info", Kind::Section(&MODEL_INFO), Honoured, "none", "Facts about the model."),
        key("plugins", Kind::ModelPlugins(&PLUGIN), Honoured, "the top-level `plugins`", "Changes of the chain for this model. A map: `name: true`, `name: false` or `name: {settings}`, which are laid over the plugin's `config`. A list: exactly this chain. `[]`: no plugin."),
        key("timeouts", Kind::Section(&TIMEOUTS), Honoured, "`general_settings.timeouts`", "Time limits of this model."),
        key("weight", Kind::Number, Honoured, "", "Another place for that of `litellm_params`, which wins. So are the next two."),
        key("rpm", Kind::Count, Honoured, "", "Requests per minute."),
        key("tpm", Kind::Count, Honoured, "", "Tokens per minute."),
        key("request_log", Kind::ChoiceOrSection(LOG_LEVELS, &MODEL_LOG), Honoured, "`general_settings.request_log`", "How much of this model's exchanges is logged."),
    ],
    ignored: litellm::MODEL,
    ..OWN
};

static MODEL_LOG: Section = Section {
    name: "model_list[].request_log",
    keys: &[
        key("enabled", Kind::Flag, Honoured, "`true`", "`false` is the level `off`."),
        key("level", Kind::Choice(LOG_LEVELS), Honoured, "that of the file", "`full`, `metadata` or `off`."),
    ],
    ..OWN
};

static MODEL_INFO: Section = Section {
    name: "model_list[].model_info",
    keys: &[
        key("supports_reasoning", Kind::Flag, Honoured, "unknown", "Read when `litellm_params.supports_reasoning` is not there."),
    ],
    others: Others::Free,
    ..OWN
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
        key("timeout", Kind::Seconds, WHOLE_ANSWERS, "600", "Until a whole (not streamed) answer is there. Shortens `connect`, `headers` and `first_event` when it is less."),
        key("request_timeout", Kind::Seconds, Approximated("the same as `timeout`"), "", "Another name for `timeout`."),
        key("stream_timeout", Kind::Seconds, FIRST_EVENT, "15", "Streams: silence until the first meaningful event."),
        key("max_retries", Kind::Count, TRIES, "`router_settings.num_retries`", "Tries of this deployment."),
        key("num_retries", Kind::Count, TRIES, "", "Another name for `max_retries`."),
        key("supports_reasoning", Kind::Flag, Honoured, "`model_info.supports_reasoning`", "Whether the model can reason; see the plugin `reasoning-inject`."),
        key("profile", Kind::Text, Honoured, "by `api_base`, provider and model", "The profile of this backend by its name, or `none`; see [profiles.md](profiles.md)."),
        key("weight", Kind::Number, Honoured, "1, or `rpm`, or `tpm`, if all deployments of the model have it", "Share of the load among deployments of one model. 0 is a reserve that is asked last."),
        key("order", Kind::Count, Approximated("the deployments of the lowest order share the load, the others are reserves"), "1", "Priority among deployments of one model."),
        key("rpm", Kind::Count, Honoured, "none", "Requests per minute that this deployment takes."),
        key("tpm", Kind::Count, Honoured, "none", "Tokens per minute that this deployment takes."),
        key("extra_headers", Kind::TextMap, Honoured, "none", "Headers for the backend. They win over those of the client and of `api_key`; those of the connection itself (`Connection`, `Content-Length`, …) are not sent."),
        key("headers", Kind::TextMap, Honoured, "none", "Another name for `extra_headers`."),
        key("organization", Kind::Text, Honoured, "none", "Sent as `OpenAI-Organization`."),
        key("extra_body", Kind::Object, Honoured, "none", "Members laid over the request body, last of all."),
        key("drop_params", Kind::TextsOrFlag, ByValue(drop_params, "a list is honoured; `true`: `request-fix` takes out what the profile of the backend says that it refuses, which it does anyway"), "none", "Top-level members that are taken out of the request."),
        key("additional_drop_params", Kind::Texts, ByValue(additional_drop_params, "names are honoured; paths into members (`a.b`, `a[*]`) are ignored"), "none", "More of the same."),
        key("ssl_verify", Kind::FlagOrFile, Honoured, "`litellm_settings.ssl_verify`", "How the backend's certificate is checked: `true`, by the authorities of the system; a PEM file (relative to the folder of this file), by those in it alone; `false`, not at all."),
        key("litellm_credential_name", Kind::Text, Honoured, "none", "Takes what is missing here from the entry of `credential_list`."),
    ],
    families: &[Family {
        names: BODY_MEMBERS,
        key: key("temperature and others", Kind::Any, Honoured, "none", "Members of the request body that are set when the client did not set them."),
    }],
    ignored: litellm::PARAMS,
    ..OWN
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
    "repeat_penalty",
    "length_penalty",
    "typical_p",
    "min_tokens",
    "max_new_tokens",
    "ignore_eos",
    "stop_token_ids",
    "skip_special_tokens",
    "include_reasoning",
    "separate_reasoning",
    "reasoning_split",
    "thinking_budget",
    "enable_search",
    "transforms",
];

pub(super) fn drop_params(node: &Node) -> Fate {
    match &node.value {
        Value::List(_) => additional_drop_params(node),
        _ if node.as_flag() == Some(false) => Fate::Honoured,
        _ => Fate::Approximated(
            "`request-fix` takes out what the profile of the backend says that it refuses; name others in a list".into(),
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

/// Whether a name of a parameter to drop is a path into it.
pub fn is_path(name: &str) -> bool {
    name.contains(['.', '['])
}

pub(super) static PROFILE: Section = Section {
    name: "profiles[]",
    keys: &[
        key("name", Kind::Text, Honoured, "required", "Its name. That of a shipped profile changes it."),
        key("match", Kind::Section(&MATCH), Honoured, "none: chosen by name only", "What it is chosen by."),
        key("reasoning", Kind::Object, Honoured, "none", "Facts for `reasoning-inject`, `reasoning-normalize` and others. Members are laid over those of the shipped profile, null takes one away."),
        key("tools", Kind::Object, Honoured, "none", "Facts for `tool-call-fix` and others."),
        key("request", Kind::Object, Honoured, "none", "Facts about requests in general."),
        key("models", Kind::Entries(&REFINEMENT), Honoured, "none", "Facts about some models of this backend. All that match are laid over the profile, in order."),
    ],
    others: Others::Free,
    ..OWN
};

static MATCH: Section = Section {
    name: "profiles[].match",
    keys: &[
        key("hosts", Kind::Texts, Honoured, "none", "Patterns (`*` stands for anything) for the host of `api_base`; for host and port when it has a `:`, for all of the URL after `//` when it has a `/`."),
        key("providers", Kind::Texts, Honoured, "none", "Patterns for the provider prefix of `model`."),
        key("models", Kind::Texts, Honoured, "none", "Patterns for the model's name at the backend, with or without what stands before its last `/`."),
    ],
    ..OWN
};

static REFINEMENT: Section = Section {
    name: "profiles[].models[]",
    keys: &[
        key("match", Kind::Texts, Honoured, "required", "Patterns for the model's name, as above."),
        key("reasoning", Kind::Object, Honoured, "none", "Laid over that of the profile."),
        key("tools", Kind::Object, Honoured, "none", "Laid over that of the profile."),
        key("request", Kind::Object, Honoured, "none", "Laid over that of the profile."),
    ],
    others: Others::Free,
    ..OWN
};
