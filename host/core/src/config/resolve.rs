//! From the tree of a file to a [`Config`].

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use super::audit::Audit;
use super::deployment::{Shared, deployment};
use super::draft::Draft;
use super::env::{Env, Forms, Overlay, expand};
use super::findings::{At, Findings};
use super::include::include;
use super::keys::FILE;
use super::plugins::Catalogue;
use super::raw::{Mark, Node, Value};
use super::router::Sections;
use super::timeouts::Limits;
use super::trust::trust;
use super::{
    Config, Deployment, Loaded, Origin, Profiles, Read, Report, general, otlp, plugin_store,
    router, substitute,
};

/// Read a configuration that includes no other file. With an error in it there is none, but
/// the report is whole.
pub fn load(text: &str, origin: &Origin, env: &dyn Env) -> Result<Loaded, Report> {
    load_with(text, origin, env, &|_| {
        Err("no files are read here".to_owned())
    })
}

/// The same with a way to read files that it includes.
pub fn load_with(
    text: &str,
    origin: &Origin,
    env: &dyn Env,
    read: Read<'_>,
) -> Result<Loaded, Report> {
    draft(text, origin, env, read).load()
}

/// The same while others may still have something to say about it.
pub fn draft<'a>(text: &'a str, origin: &Origin, env: &dyn Env, read: Read<'_>) -> Draft<'a> {
    let mut findings = Findings::new(origin, text);
    let mut keys = Vec::new();
    let config = match Node::parse(text) {
        Err(error) => {
            findings.syntax(error);
            None
        }
        Ok(mut tree) => {
            findings.hide_secrets(&tree);
            include(&mut tree, read, &mut findings);
            let env = Overlay {
                variables: own_variables(&tree, env),
                below: env,
            };
            substitute::file(&mut tree, &env, &mut findings);
            if matches!(tree.value, Value::Map(_) | Value::Null) {
                let mut audit = Audit::new(&mut findings, false);
                audit.section(&At::top(&tree), "", &FILE);
                keys = audit.finish();
                Some(config(&tree, origin, &env, &mut findings))
            } else {
                let message = format!("the file must be a map, not {}", tree.kind());
                findings.error(&At::top(&tree), message, None);
                None
            }
        }
    };
    Draft {
        config,
        findings,
        keys,
    }
}

/// `environment_variables`; their values may use the environment.
fn own_variables(tree: &Node, env: &dyn Env) -> BTreeMap<String, String> {
    let section = tree.get("environment_variables");
    let members = section.map(Node::members).unwrap_or_default();
    let variables = members.iter().filter_map(|member| {
        let written = match &member.node.value {
            Value::Bool { text, .. } => text.as_deref()?,
            _ => member.node.as_text()?,
        };
        let value = expand(written, Forms::All, env);
        value
            .unset
            .is_empty()
            .then(|| (member.key.clone(), value.text))
    });
    variables.collect()
}

fn config(tree: &Node, origin: &Origin, env: &dyn Env, findings: &mut Findings<'_>) -> Config {
    let top = At::top(tree);
    let nothing = Node {
        value: Value::Null,
        mark: Mark::default(),
    };
    let general = top.get("general_settings");
    let general = general.unwrap_or_else(|| At {
        node: &nothing,
        path: "general_settings".to_owned(),
    });
    let sections = Sections {
        router: top.get("router_settings"),
        litellm: top.get("litellm_settings"),
    };
    let named = Limits::named(
        sections
            .get("timeout")
            .or_else(|| sections.get("request_timeout")),
        sections.get("stream_timeout"),
    );
    let limits = Limits::exact(general.get("timeouts").as_ref()).over(&named);
    let plugins = top.get("plugins");
    let catalogue = Catalogue::read(plugins.as_ref(), &origin.folder, findings);
    let profiles = Profiles::read(top.get("profiles").as_ref(), findings);
    let verify = sections
        .litellm
        .as_ref()
        .and_then(|at| at.get("ssl_verify"));
    let verify = verify.and_then(|at| trust(&at, Some(&origin.folder), findings));
    let all_trust = verify.unwrap_or_default();
    let shared = Shared {
        timeouts: &limits,
        trust: &all_trust,
        folder: Some(&origin.folder),
        plugins: &catalogue,
        chain: plugins.clone(),
        profiles: &profiles,
        credentials: credentials(&top),
        env: Some(env),
    };
    let mut deployments = Vec::new();
    let mut orders = Vec::new();
    if let Some(models) = top.get("model_list") {
        for entry in models
            .items()
            .filter(|entry| !entry.node.members().is_empty())
        {
            if let Some((found, _)) = deployment(&entry, &shared, findings) {
                orders.push(Share::of(&entry));
                deployments.push(found);
            }
        }
    }
    number(&mut deployments);
    spread(&mut deployments, &orders);

    let router = router::settings(&sections, findings);
    router::check_names(&sections, &router, &deployments, findings);
    let private = sections
        .litellm
        .as_ref()
        .and_then(|at| at.get("turn_off_message_logging"));
    let private = private.and_then(|at| at.node.as_flag()).unwrap_or(false);
    let callbacks = ["callbacks", "success_callback"];
    let callbacks = callbacks.map(|key| sections.litellm.as_ref()?.get(key));
    let otel = callbacks.into_iter().flatten().find(|at| {
        let names = at.node.as_texts().unwrap_or_default();
        names.contains(&"otel")
    });
    let responses = general.get("enable_responses_endpoint");
    Config {
        server: general::server(&general),
        master_key: general::master_key(&general, env, findings),
        responses_endpoint: responses.and_then(|at| at.node.as_flag()).unwrap_or(false),
        request_log: general::request_log(general.get("request_log").as_ref(), private, findings),
        router,
        streaming: general::streaming(general.get("streaming").as_ref()),
        plugin_store: plugin_store::read(general.get("plugin_store").as_ref(), findings),
        metrics: general::metrics(general.get("metrics").as_ref()),
        otlp: otlp::read(general.get("otlp").as_ref(), otel.as_ref(), env, findings),
        plugins: catalogue.list,
        profiles,
        timeouts: limits.resolve(),
        trust: all_trust,
        deployments: deployments.into_iter().map(Arc::new).collect(),
    }
}

fn credentials<'a>(top: &At<'a>) -> Vec<(&'a str, At<'a>)> {
    let list = top.get("credential_list");
    let entries: Vec<_> = list.iter().flat_map(At::items).collect();
    let named = entries.iter().filter_map(|entry| {
        let name = entry.get("credential_name")?.node.as_text()?;
        Some((name, entry.get("credential_values")?))
    });
    named.collect()
}

/// Count the deployments of each model from 1.
fn number(deployments: &mut [Deployment]) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for deployment in deployments {
        let count = counts.entry(deployment.model_name.clone()).or_default();
        *count += 1;
        deployment.id = format!("{}#{count}", deployment.model_name);
    }
}

/// What an entry says about its share of the load.
struct Share {
    weight: Option<f64>,
    order: u64,
}

impl Share {
    fn of(entry: &At<'_>) -> Self {
        let params = entry.get("litellm_params");
        let get = |key| params.as_ref()?.get(key);
        Self {
            weight: get("weight")
                .or_else(|| entry.get("weight"))
                .and_then(|at| at.node.as_number()),
            order: get("order").and_then(|at| at.node.as_count()).unwrap_or(1),
        }
    }
}

/// As LiteLLM does: without weights, `rpm` or else `tpm` are the weights, if every
/// deployment of the model has it. Weights may be fractions. A higher `order` is a
/// reserve.
fn spread(deployments: &mut [Deployment], shares: &[Share]) {
    let mut models: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, deployment) in deployments.iter().enumerate() {
        models
            .entry(deployment.model_name.clone())
            .or_default()
            .push(i);
    }
    for group in models.into_values() {
        let weights: Vec<_> = group.iter().map(|i| shares[*i].weight).collect();
        if weights.iter().all(Option::is_none) {
            let all = |rate: fn(&Deployment) -> Option<u32>| {
                let rates = group.iter().map(|i| rate(&deployments[*i]));
                rates.collect::<Option<Vec<u32>>>()
            };
            let rates =
                all(|deployment| deployment.rpm).or_else(|| all(|deployment| deployment.tpm));
            for (i, rate) in group.iter().zip(rates.unwrap_or_default()) {
                deployments[*i].weight = rate;
            }
        } else if weights.iter().flatten().any(|weight| weight.fract() != 0.0) {
            for (i, weight) in group.iter().zip(weights) {
                deployments[*i].weight = (weight.unwrap_or(1.0) * 1000.0).ceil() as u32;
            }
        }
        let first = group.iter().map(|i| shares[*i].order).min();
        for i in group {
            if Some(shares[i].order) != first {
                deployments[i].weight = 0;
            }
        }
    }
}
