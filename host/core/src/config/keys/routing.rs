//! What follows a failure, in the two places where LiteLLM has it.

use super::super::raw::Node;
use super::Status::{Approximated, ByValue, Honoured};
use super::model::drop_params;
use super::{FIRST_EVENT, Fate, Kind, OWN, Section, Status, WHOLE_ANSWERS, key, litellm};

const CONSECUTIVE: Status = Approximated("counts consecutive failures, not failures in a minute");

pub(super) static ROUTER: Section = Section {
    name: "router_settings",
    keys: &[
        key("num_retries", Kind::Count, Approximated("the number of tries on each deployment, at least 1; LiteLLM counts the retries after the first"), "3", "Tries on each deployment before the next one or the fallbacks."),
        key("max_retries", Kind::Count, Approximated("the same as `num_retries`"), "", "Another name for `num_retries`."),
        key("fallbacks", Kind::NameLists, Honoured, "none", "Models to try after a model, in order. `*` stands for every model."),
        key("default_fallbacks", Kind::Texts, Honoured, "none", "Models to try after one that has no fallbacks of its own."),
        key("context_window_fallbacks", Kind::NameLists, Honoured, "`fallbacks`", "Models to try when the request is too long."),
        key("content_policy_fallbacks", Kind::NameLists, Honoured, "none: the refusal goes to the client", "Models to try when the backend refuses the content."),
        key("timeout", Kind::Seconds, WHOLE_ANSWERS, "600", "For all models; see `litellm_params`."),
        key("stream_timeout", Kind::Seconds, FIRST_EVENT, "15", "For all models; see `litellm_params`."),
        key("retry_after", Kind::SecondsOrOff, Honoured, "0.25", "Wait before the second try; doubles up to `max_backoff`."),
        key("max_backoff", Kind::SecondsOrOff, Honoured, "2", "The longest such wait."),
        key("max_retry_after", Kind::SecondsOrOff, Honoured, "5", "The longest `Retry-After` of a backend that is waited for; a longer one moves on at once."),
        key("allowed_fails", Kind::Count, CONSECUTIVE, "3", "A deployment that failed more often than this, one time after the other, cools down."),
        key("cooldown_time", Kind::SecondsOrOff, Honoured, "5", "How long it cools down."),
        key("disable_cooldowns", Kind::Flag, Honoured, "`false`", "Never cool down."),
        key("model_group_alias", Kind::Aliases, Honoured, "none", "Other names for models."),
        key("routing_strategy", Kind::Text, ByValue(routing_strategy, "`simple-shuffle` is honoured; the others are not supported yet, `simple-shuffle` is used instead"), "`simple-shuffle`", "How the deployment is chosen: at random, by weight."),
    ],
    ignored: litellm::ROUTER,
    ..OWN
};

pub(super) static LITELLM: Section = Section {
    name: "litellm_settings",
    keys: &[
        key("num_retries", Kind::Count, Approximated("the number of tries, at least 1; LiteLLM counts the retries after the first"), "", "As in `router_settings`."),
        key("request_timeout", Kind::Seconds, WHOLE_ANSWERS, "", "As `router_settings.timeout`."),
        key("fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("default_fallbacks", Kind::Texts, Honoured, "", "As in `router_settings`."),
        key("context_window_fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("content_policy_fallbacks", Kind::NameLists, Honoured, "", "As in `router_settings`."),
        key("allowed_fails", Kind::Count, CONSECUTIVE, "", "As in `router_settings`."),
        key("cooldown_time", Kind::SecondsOrOff, Honoured, "", "As in `router_settings`."),
        key("stream_timeout", Kind::Seconds, FIRST_EVENT, "", "As in `router_settings`."),
        key("retry_after", Kind::SecondsOrOff, Honoured, "", "As in `router_settings`."),
        key("model_group_alias", Kind::Aliases, Honoured, "", "As in `router_settings`."),
        key("drop_params", Kind::Any, ByValue(drop_params, "as `true` of a model"), "", "A list of parameters belongs to a model."),
        key("ssl_verify", Kind::FlagOrFile, Honoured, "`true`", "For all models; see `litellm_params`."),
        key("callbacks", Kind::Texts, ByValue(callbacks, "`otel` and `prometheus` are honoured, others ignored"), "none", "`otel` takes LiteLLM's variables `OTEL_ENDPOINT` and `OTEL_HEADERS` for `general_settings.otlp`; `prometheus` needs nothing, `/metrics` is there."),
        key("success_callback", Kind::Texts, ByValue(callbacks, "as `callbacks`"), "none", "Another name for `callbacks`."),
        key("turn_off_message_logging", Kind::Flag, Approximated("the request log keeps metadata only, unless `request_log.level` says otherwise"), "`false`", "Keep messages and answers out of the log."),
    ],
    ignored: litellm::LITELLM,
    ..OWN
};

fn routing_strategy(node: &Node) -> Fate {
    match node.as_text() {
        Some("simple-shuffle") => Fate::Honoured,
        _ => Fate::Approximated("not supported yet; `simple-shuffle` is used".into()),
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
