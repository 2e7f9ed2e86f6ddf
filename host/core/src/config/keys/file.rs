//! The sections of a file, and those that are nobody else's.

use super::Status::{Approximated, Honoured};
use super::general::GENERAL;
use super::model::{MODEL, PROFILE};
use super::routing::{LITELLM, ROUTER};
use super::{Kind, OWN, Section, key, litellm};

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
    ignored: litellm::FILE,
    ..OWN
};

static CREDENTIAL: Section = Section {
    name: "credential_list[]",
    keys: &[
        key("credential_name", Kind::Text, Honoured, "required", "Its name."),
        key("credential_values", Kind::Object, Honoured, "none", "Parameters that a model takes from here unless it has its own, such as `api_key` and `api_base`."),
        key("credential_info", Kind::Any, Honoured, "none", "A description; not used."),
    ],
    ..OWN
};

pub(super) static PLUGIN: Section = Section {
    name: "plugins[]",
    keys: &[
        key("name", Kind::Text, Honoured, "required", "A shipped plugin, or any name for the component at `path`."),
        key("path", Kind::Text, Honoured, "the shipped plugin", "A component file, relative to the folder of this file."),
        key("enabled", Kind::Flag, Honoured, "`true`", "`false`: off unless a model switches it on."),
        key("config", Kind::Object, Honoured, "`{}`", "Settings of the plugin. Of variables, only the form `${VAR}` is substituted here."),
        key("on_error", Kind::Choice(&["skip", "fail"]), Honoured, "`skip`; `fail` for `model-rewrite`", "When the plugin fails: go on without it, or end the exchange with an error."),
        key("limits", Kind::Section(&LIMITS), Honoured, "", "What it may use."),
    ],
    ..OWN
};

static LIMITS: Section = Section {
    name: "plugins[].limits",
    keys: &[
        key("memory_mb", Kind::Size, Honoured, "64", "Memory of one instance."),
        key("call_ms", Kind::Size, Honoured, "100", "Time of one call. 1000 for `reasoning-keep` and `stable-prefix`, which read whole histories."),
        key("output_mb", Kind::Size, Honoured, "16", "What one call may return."),
        key("held_mb", Kind::Number, Honoured, "4", "Events that it may hold back."),
    ],
    ..OWN
};
