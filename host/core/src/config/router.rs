//! `router_settings`, and what `litellm_settings` says of the same.

use std::collections::BTreeMap;
use std::time::Duration;

use super::findings::{At, Findings};
use super::keys::nearest;
use super::{Deployment, Fallbacks, RouterSettings};

/// The first of the two sections that has a key; `router_settings` wins, as in LiteLLM.
pub struct Sections<'a> {
    pub router: Option<At<'a>>,
    pub litellm: Option<At<'a>>,
}

impl<'a> Sections<'a> {
    pub fn get(&self, key: &str) -> Option<At<'a>> {
        let router = self.router.as_ref().and_then(|at| at.get(key));
        router.or_else(|| self.litellm.as_ref()?.get(key))
    }

    fn time(&self, key: &str, default: Duration) -> Duration {
        let time = self.get(key).and_then(|at| {
            let off = at.node.is_off().then_some(Duration::ZERO);
            off.or_else(|| at.node.as_seconds())
        });
        time.unwrap_or(default)
    }

    fn count(&self, key: &str) -> Option<u32> {
        let count = self.get(key)?.node.as_count()?;
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn lists(&self, key: &str) -> BTreeMap<String, Vec<String>> {
        let at = self.get(key);
        let lists = at.and_then(|at| at.node.as_name_lists());
        let mut map: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, models) in lists.unwrap_or_default() {
            let list = map.entry(name.to_owned()).or_default();
            list.extend(models.into_iter().map(str::to_owned));
        }
        map
    }
}

pub fn settings(sections: &Sections<'_>, findings: &mut Findings<'_>) -> RouterSettings {
    let base = RouterSettings::default();
    let tries = sections
        .count("num_retries")
        .or_else(|| sections.count("max_retries"));
    let backoff = sections.time("retry_after", base.backoff);
    let never = sections
        .get("disable_cooldowns")
        .and_then(|at| at.node.as_flag());
    if let Some(at) = sections.get("routing_strategy")
        && let Some(name) = at.node.as_text()
        && name != "simple-shuffle"
    {
        let message = format!("`{name}` is not supported yet; `simple-shuffle` is used");
        findings.warn(&at, message, None);
    }
    let default = sections.get("default_fallbacks");
    let default = default.and_then(|at| {
        let names = at.node.as_texts()?;
        Some(names.into_iter().map(str::to_owned).collect())
    });
    let aliases = sections.get("model_group_alias");
    let aliases = aliases
        .and_then(|at| at.node.as_aliases())
        .unwrap_or_default();
    RouterSettings {
        tries: tries.unwrap_or(base.tries).max(1),
        fallbacks: Fallbacks {
            general: sections.lists("fallbacks"),
            default: default.unwrap_or_default(),
            context_window: sections.lists("context_window_fallbacks"),
            content_policy: sections.lists("content_policy_fallbacks"),
        },
        backoff,
        max_backoff: sections.time("max_backoff", base.max_backoff).max(backoff),
        max_retry_after: sections.time("max_retry_after", base.max_retry_after),
        allowed_fails: sections
            .count("allowed_fails")
            .unwrap_or(base.allowed_fails),
        cooldown: match never {
            Some(true) => Duration::ZERO,
            _ => sections.time("cooldown_time", base.cooldown),
        },
        aliases: aliases
            .into_iter()
            .map(|(name, model)| (name.to_owned(), model.to_owned()))
            .collect(),
    }
}

/// Warn of names that are no model. Not an error: a model may be registered later.
pub fn check_names(
    sections: &Sections<'_>,
    settings: &RouterSettings,
    deployments: &[Deployment],
    findings: &mut Findings<'_>,
) {
    let names: Vec<&str> = deployments
        .iter()
        .map(|deployment| deployment.model_name.as_str())
        .chain(settings.aliases.keys().map(String::as_str))
        .collect();
    let mut check = |key: &str, used: Vec<&str>| {
        let Some(at) = sections.get(key) else {
            return;
        };
        let mut said = Vec::new();
        for name in used {
            if said.contains(&name) || names.iter().any(|pattern| matches(pattern, name)) {
                continue;
            }
            said.push(name);
            let hint = nearest(name, names.iter().copied());
            let hint = hint.map(|near| format!("did you mean `{near}`?"));
            let message = format!("`{key}` names `{name}`, which is no model of this file");
            findings.warn(&at, message, hint);
        }
    };
    let lists = |map: &'_ BTreeMap<String, Vec<String>>| -> Vec<String> {
        let names = map.iter().flat_map(|(name, models)| {
            let own = (name != "*").then_some(name);
            own.into_iter().chain(models)
        });
        names.cloned().collect()
    };
    let fallbacks = &settings.fallbacks;
    for (key, map) in [
        ("fallbacks", &fallbacks.general),
        ("context_window_fallbacks", &fallbacks.context_window),
        ("content_policy_fallbacks", &fallbacks.content_policy),
    ] {
        let used = lists(map);
        check(key, used.iter().map(String::as_str).collect());
    }
    let default = fallbacks.default.iter().map(String::as_str);
    check("default_fallbacks", default.collect());
    let aliases = settings.aliases.values().map(String::as_str);
    check("model_group_alias", aliases.collect());
}

/// Whether a name is meant by a `model_name`, which may hold one `*`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}
