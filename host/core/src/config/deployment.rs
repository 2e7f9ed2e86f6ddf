//! One entry of `model_list`.

use std::path::Path;

use serde_json::{Map, Value};

use super::env::Env;
use super::findings::{At, Findings};
use super::general::log_level;
use super::headers::headers;
use super::keys::{BODY_MEMBERS, is_path, nearest};
use super::plugins::{Catalogue, chain};
use super::provider;
use super::raw::{Mark, Member, Node};
use super::reach::{Fault, Reach};
use super::secret;
use super::timeouts::Limits;
use super::trust::trust;
use super::{Backend, Deployment, Profile, Profiles, Trust};

/// The plugin that puts a deployment's own name for a model into the request.
const RENAMER: &str = "model-rewrite";

/// What all models of a file share.
pub struct Shared<'a> {
    pub timeouts: &'a Limits,
    pub trust: &'a Trust,
    /// What files are relative to. None: a model may not name any.
    pub folder: Option<&'a Path>,
    pub plugins: &'a Catalogue,
    /// The top-level `plugins`.
    pub chain: Option<At<'a>>,
    pub profiles: &'a Profiles,
    /// Entries of `credential_list`, by name.
    pub credentials: Vec<(&'a str, At<'a>)>,
    /// None: keys are not looked for there.
    pub env: Option<&'a dyn Env>,
}

/// Read an entry. None: it is too broken, which has been reported. With the key that is at
/// fault if the deployment is disabled.
///
/// Its id is that of the first deployment of its name.
pub fn deployment(
    entry: &At<'_>,
    shared: &Shared<'_>,
    findings: &mut Findings<'_>,
) -> Option<(Deployment, Option<&'static str>)> {
    let name = model_name(entry, findings);
    let params = entry.get("litellm_params");
    if params.is_none() {
        let hint = Some("it needs `litellm_params:` with `model` or `api_base`".to_owned());
        findings.error(entry, "`litellm_params` is missing", hint);
    }
    let (name, params) = (name?, params?);
    let merged = with_credentials(&params, shared, findings);
    let params = At {
        node: merged.as_ref().unwrap_or(params.node),
        path: params.path,
    };

    let waiting = waiting_for(entry, &params);
    let waits = waiting.is_some();
    let mut fault = waiting.map(|(mark, reason)| {
        findings.amend(mark, &format!("; `{name}` is disabled"));
        Fault::new("litellm_params", reason)
    });
    let (provider, target) = provider_and_target(name, &params);
    if fault.is_none() {
        fault = bad_wildcard(name, target);
    }

    let reach = Reach::read(
        &params,
        (provider, target),
        shared.env,
        &mut fault,
        findings,
    );
    if let Some(fault) = &fault
        && !waits
    {
        findings.warn(
            entry,
            format!("`{name}` is disabled: {}", fault.reason),
            None,
        );
    }

    let supports = params
        .get("supports_reasoning")
        .or_else(|| entry.get("model_info")?.get("supports_reasoning"));
    let profile = profile(
        &params,
        &reach.backend,
        (provider, target),
        shared,
        findings,
    );
    let mut deployment = Deployment::new(name, reach.backend);
    deployment.profile = profile;
    deployment.target_model = target.to_owned();
    deployment.provider = provider.to_owned();
    deployment.api_key = reach.api_key;
    deployment.key_header = reach.key_header;
    let own = params.get("ssl_verify");
    let own = own.and_then(|at| trust(&at, shared.folder, findings));
    deployment.trust = own.unwrap_or_else(|| shared.trust.clone());
    deployment.weight = weight(entry, &params);
    deployment.rpm = count(&params, &["rpm"]).or_else(|| count(entry, &["rpm"]));
    deployment.tpm = count(&params, &["tpm"]).or_else(|| count(entry, &["tpm"]));
    deployment.tries = count(&params, &["max_retries", "num_retries"]).map(|tries| tries.max(1));
    deployment.timeouts = limits(entry, &params).over(shared.timeouts).resolve();
    deployment.extra_headers = headers(&params, findings);
    deployment.default_body = default_body(&params);
    deployment.extra_body = extra_body(&params);
    deployment.drop_params = drop_params(&params);
    deployment.supports_reasoning = supports.and_then(|flag| flag.node.as_flag());
    if let Some(info) = entry.get("model_info") {
        deployment.model_info = info.node.to_json();
    }
    deployment.params = shown_params(&params, &deployment.backend);
    deployment.plugins = chain(entry.get("plugins").as_ref(), shared.plugins, findings);
    if fault.is_none() {
        see_that_it_is_renamed(&deployment, entry, shared, findings);
    }
    deployment.log_level = entry.get("request_log").as_ref().and_then(log_level);
    let key = fault.as_ref().map(|fault| fault.key);
    deployment.disabled = fault.map(|fault| fault.reason);
    Some((deployment, key))
}

/// A warning where the backend has another name for the model, and no plugin of the chain says it.
fn see_that_it_is_renamed(
    deployment: &Deployment,
    entry: &At<'_>,
    shared: &Shared<'_>,
    findings: &mut Findings<'_>,
) {
    let is_renamed = deployment.plugins.iter().any(|it| it.name == RENAMER);
    if is_renamed || deployment.target_model == deployment.model_name {
        return;
    }
    let chain = entry.get("plugins").or_else(|| shared.chain.clone());
    let message = format!(
        "`{RENAMER}` is not in this chain: backends are asked for models by the names that clients use"
    );
    let hint = format!("add `{RENAMER}`, unless another plugin does the same");
    findings.warn(chain.as_ref().unwrap_or(entry), message, Some(hint));
}

fn provider_and_target<'a>(name: &'a str, params: &At<'a>) -> (&'a str, &'a str) {
    let model = params.text(&["model"]).unwrap_or(name);
    let (provider, rest) = match params.text(&["custom_llm_provider"]) {
        Some(provider) => {
            let prefix = model
                .split_once('/')
                .filter(|(first, _)| *first == provider);
            (provider, prefix.map_or(model, |(_, rest)| rest))
        }
        None => provider::split(model),
    };
    let target = params
        .text(&["target_model", "forward_model"])
        .unwrap_or(rest);
    (provider, target)
}

fn profile(
    params: &At<'_>,
    backend: &Backend,
    (provider, target): (&str, &str),
    shared: &Shared<'_>,
    findings: &mut Findings<'_>,
) -> Profile {
    let named = params.get("profile");
    let name = named.as_ref().and_then(|at| at.node.as_text());
    let chosen = shared.profiles.choose(name, backend, provider, target);
    chosen.unwrap_or_else(|unknown| {
        if let (Some(at), Some(name)) = (&named, name) {
            let near = nearest(name, unknown.known.iter().map(String::as_str));
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are: none, {}", unknown.known.join(", ")),
            };
            findings.error(at, format!("there is no profile `{name}`"), Some(hint));
        }
        Profile::default()
    })
}

fn model_name<'a>(entry: &At<'a>, findings: &mut Findings<'_>) -> Option<&'a str> {
    let Some(name) = entry.get("model_name") else {
        findings.error(entry, "`model_name` is missing", None);
        return None;
    };
    let text = name.node.as_text()?;
    if text.trim().is_empty() {
        findings.error(&name, "`model_name` is empty", None);
        return None;
    }
    // It is shown in terminals and headers.
    if text.contains(char::is_control) {
        findings.error(&name, "`model_name` holds a control character", None);
        return None;
    }
    Some(text)
}

/// The parameters together with those of the credential that they name.
fn with_credentials(
    params: &At<'_>,
    shared: &Shared<'_>,
    findings: &mut Findings<'_>,
) -> Option<Node> {
    let named = params.get("litellm_credential_name")?;
    let name = named.node.as_text()?;
    let mut known = shared.credentials.iter();
    let Some((_, values)) = known.find(|(known, _)| *known == name) else {
        findings.error(&named, format!("`credential_list` has no `{name}`"), None);
        return None;
    };
    let own: Vec<Member> = params.node.members().to_vec();
    let missing = values.node.members().iter();
    let missing = missing.filter(|member| params.get(&member.key).is_none());
    Some(Node {
        value: super::raw::Value::Map(missing.cloned().chain(own).collect()),
        mark: params.node.mark,
    })
}

/// The place and the reason when something that the backend must have waits for a
/// variable.
fn waiting_for(entry: &At<'_>, params: &At<'_>) -> Option<(Mark, String)> {
    const NEEDED: [&str; 14] = [
        "model",
        "custom_llm_provider",
        "api_base",
        "base_url",
        "api_key",
        "api_version",
        "ssl_verify",
        "target_model",
        "forward_model",
        "organization",
        "extra_headers",
        "headers",
        "extra_body",
        "litellm_credential_name",
    ];
    let name = entry.get("model_name").into_iter();
    let needed = NEEDED.iter().filter_map(|key| params.get(key));
    let (mark, variable) = name.chain(needed).find_map(|at| at.node.first_unset())?;
    Some((mark, format!("the variable `{variable}` is not set")))
}

fn bad_wildcard(name: &str, target: &str) -> Option<Fault> {
    let reason = if name.matches('*').count() > 1 {
        "`model_name` may hold one `*`"
    } else if target.contains('*') && !name.contains('*') {
        "its `model` has a `*`, its `model_name` has none"
    } else {
        return None;
    };
    Some(Fault::new("model_name", reason))
}

fn limits(entry: &At<'_>, params: &At<'_>) -> Limits {
    let named = Limits::named(
        params.first(&["timeout", "request_timeout"]),
        params.get("stream_timeout"),
    );
    Limits::exact(entry.get("timeouts").as_ref()).over(&named)
}

/// By itself; fractions are sorted out among the deployments of one model.
fn weight(entry: &At<'_>, params: &At<'_>) -> u32 {
    let weight = params.get("weight").or_else(|| entry.get("weight"));
    let weight = weight.and_then(|at| at.node.as_number());
    weight.map_or(1, |weight| weight.ceil() as u32)
}

fn default_body(params: &At<'_>) -> Map<String, Value> {
    let members = params.node.members().iter();
    members
        .filter(|member| BODY_MEMBERS.contains(&member.key.as_str()) && !member.node.is_null())
        .map(|member| (member.key.clone(), member.node.to_json()))
        .collect()
}

fn extra_body(params: &At<'_>) -> Map<String, Value> {
    match params.get("extra_body").map(|body| body.node.to_json()) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn drop_params(params: &At<'_>) -> Vec<String> {
    // `drop_params: true` is LiteLLM's other meaning of this key.
    let lists = ["drop_params", "additional_drop_params"]
        .iter()
        .filter_map(|key| {
            let at = params.get(key)?;
            let is_flag = *key == "drop_params" && at.node.as_flag().is_some();
            (!is_flag).then(|| at.node.as_texts()).flatten()
        });
    let names = lists.flatten().filter(|name| !is_path(name));
    names.map(str::to_owned).collect()
}

/// What plugins may know of the parameters.
fn shown_params(params: &At<'_>, backend: &Backend) -> String {
    let mut shown = params.node.to_json();
    secret::mask(&mut shown);
    if let (Value::Object(members), Backend::Http { base }) = (&mut shown, backend) {
        for key in ["api_base", "base_url"] {
            if let Some(value) = members.get_mut(key) {
                *value = Value::String(base.clone());
            }
        }
    }
    shown.to_string()
}

fn count(params: &At<'_>, keys: &[&str]) -> Option<u32> {
    let count = params.first(keys)?.node.as_count()?;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}
