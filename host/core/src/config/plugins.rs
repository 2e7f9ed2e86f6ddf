//! Which plugins run for a model, in which order, with which settings.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::defaults::{OPTIONAL_PLUGINS, SHIPPED_PLUGINS, default_chain, shipped_limits};
use super::findings::{At, Findings};
use super::keys::nearest;
use super::{OnError, Place, PluginDefinition, PluginLimits, PluginSource, PluginUse};

/// What models choose from: the top-level list, in order.
#[derive(Debug, Clone)]
pub struct Catalogue {
    pub list: Vec<PluginDefinition>,
    pub paths: Paths,
}

/// What `path` of a plugin means.
#[derive(Debug, Clone)]
pub enum Paths {
    /// Relative to the folder of the file.
    Below(std::path::PathBuf),
    /// Not allowed: the configuration comes over the network.
    Refused,
}

impl Catalogue {
    /// The top-level `plugins`, or the default chain.
    pub fn read(at: Option<&At<'_>>, folder: &Path, findings: &mut Findings<'_>) -> Self {
        let mut catalogue = Self {
            list: Vec::new(),
            paths: Paths::Below(folder.to_owned()),
        };
        let Some(at) = at else {
            catalogue.list = default_chain();
            return catalogue;
        };
        for entry in at.items() {
            let Some(name) = entry.get("name") else {
                if !entry.node.members().is_empty() {
                    findings.error(&entry, "a plugin needs a `name`", None);
                }
                continue;
            };
            let Some(name_text) = name.node.as_text() else {
                continue;
            };
            if catalogue.defined(name_text).is_some() {
                findings.error(
                    &name,
                    format!("the plugin `{name_text}` is listed twice"),
                    None,
                );
                continue;
            }
            let mut plugin = shipped(name_text);
            plugin.place.stands_at(&entry);
            if !catalogue.configure(&mut plugin, &entry, findings) {
                continue;
            }
            if plugin.source == PluginSource::Shipped && !is_shipped(name_text) {
                unknown(&name, name_text, &catalogue, findings);
                continue;
            }
            let enabled = entry.get("enabled").and_then(|flag| flag.node.as_flag());
            catalogue.list.push(PluginDefinition {
                plugin,
                enabled: enabled.unwrap_or(true),
            });
        }
        catalogue
    }

    fn defined(&self, name: &str) -> Option<&PluginDefinition> {
        self.list.iter().find(|known| known.plugin.name == name)
    }

    /// A plugin as defined by the file, or as shipped.
    fn find(&self, name: &str) -> Option<PluginUse> {
        let defined = self.defined(name).map(|known| known.plugin.clone());
        defined.or_else(|| is_shipped(name).then(|| shipped(name)))
    }

    /// Lay the keys of an entry over a plugin. False: the entry cannot be used.
    fn configure(
        &self,
        plugin: &mut PluginUse,
        entry: &At<'_>,
        findings: &mut Findings<'_>,
    ) -> bool {
        if let Some(path) = entry.get("path") {
            let Paths::Below(folder) = &self.paths else {
                findings.error(&path, "`path` is not allowed here", None);
                return false;
            };
            let Some(text) = path.node.as_text() else {
                return false;
            };
            plugin.source = PluginSource::File(folder.join(text));
        }
        if let Some(config) = entry.get("config") {
            overlay(plugin, &config);
        }
        match entry.get("on_error").and_then(|at| at.node.as_text()) {
            Some("skip") => plugin.on_error = Some(OnError::Skip),
            Some("fail") => plugin.on_error = Some(OnError::Fail),
            _ => {}
        }
        if let Some(own) = entry.get("limits") {
            limits(&mut plugin.limits, &own);
        }
        true
    }
}

/// The chain of a model: what it says about plugins, or the top-level list.
pub fn chain(
    at: Option<&At<'_>>,
    catalogue: &Catalogue,
    findings: &mut Findings<'_>,
) -> Vec<PluginUse> {
    let enabled = || {
        let list = catalogue.list.iter().filter(|known| known.enabled);
        list.map(|known| known.plugin.clone()).collect()
    };
    match at {
        None => enabled(),
        Some(at) if matches!(at.node.value, super::raw::Value::List(_)) => {
            exactly(at, catalogue, findings)
        }
        Some(at) => changed(at, catalogue, findings),
    }
}

/// A list: these plugins and no others.
fn exactly(at: &At<'_>, catalogue: &Catalogue, findings: &mut Findings<'_>) -> Vec<PluginUse> {
    let mut chain: Vec<PluginUse> = Vec::new();
    for entry in at.items() {
        let name_at = entry.get("name").unwrap_or_else(|| entry.clone());
        let Some(name) = name_at.node.as_text() else {
            if !entry.node.members().is_empty() {
                findings.error(&entry, "a plugin needs a `name`", None);
            }
            continue;
        };
        if matches!(entry.node.value, super::raw::Value::Number { .. }) {
            continue;
        }
        if chain.iter().any(|known| known.name == name) {
            findings.error(
                &name_at,
                format!("the plugin `{name}` is listed twice"),
                None,
            );
            continue;
        }
        let known = catalogue.find(name);
        if known.is_none() && entry.get("path").is_none() {
            unknown(&name_at, name, catalogue, findings);
            continue;
        }
        let mut plugin = known.unwrap_or_else(|| shipped(name));
        plugin.place.stands_at(&entry);
        let is_on = entry.get("enabled").and_then(|flag| flag.node.as_flag()) != Some(false);
        if catalogue.configure(&mut plugin, &entry, findings) && is_on {
            chain.push(plugin);
        }
    }
    chain
}

/// A map: the top-level list with changes. A shipped plugin that the list does not have
/// comes after it, nearest the backend.
fn changed(at: &At<'_>, catalogue: &Catalogue, findings: &mut Findings<'_>) -> Vec<PluginUse> {
    let mut candidates: Vec<PluginDefinition> = catalogue.list.clone();
    for member in at.node.members() {
        let value = at.at(&member.key, &member.node);
        let mut known = candidates.iter_mut();
        let index = known.position(|known| known.plugin.name == member.key);
        let index = match (index, catalogue.find(&member.key)) {
            (Some(index), _) => index,
            (None, Some(plugin)) => {
                let enabled = false;
                candidates.push(PluginDefinition { plugin, enabled });
                candidates.len() - 1
            }
            (None, None) => {
                unknown(&value, &member.key, catalogue, findings);
                continue;
            }
        };
        let candidate = &mut candidates[index];
        match &member.node.value {
            super::raw::Value::Bool { value, .. } => candidate.enabled = *value,
            super::raw::Value::Map(_) => {
                candidate.enabled = true;
                candidate.plugin.place.stands_at(&value);
                overlay(&mut candidate.plugin, &value);
            }
            _ => {}
        }
    }
    let enabled = candidates.into_iter().filter(|known| known.enabled);
    enabled.map(|known| known.plugin).collect()
}

fn is_shipped(name: &str) -> bool {
    all_shipped().any(|known| known == name)
}

fn all_shipped<'a>() -> impl Iterator<Item = &'a str> {
    SHIPPED_PLUGINS.into_iter().chain(OPTIONAL_PLUGINS)
}

fn shipped(name: &str) -> PluginUse {
    PluginUse {
        name: name.to_owned(),
        source: PluginSource::Shipped,
        config: Value::Null,
        on_error: None,
        limits: shipped_limits(name),
        place: Place::default(),
    }
}

fn unknown(at: &At<'_>, name: &str, catalogue: &Catalogue, findings: &mut Findings<'_>) {
    let defined = catalogue
        .list
        .iter()
        .map(|known| known.plugin.name.as_str());
    let hint = match nearest(name, defined.chain(all_shipped())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "shipped are {}; any other needs a `path` in the top-level `plugins`",
            all_shipped()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    findings.error(at, format!("there is no plugin `{name}`"), Some(hint));
}

/// Settings are replaced member by member.
fn overlay(plugin: &mut PluginUse, at: &At<'_>) {
    let Value::Object(own) = at.node.to_json() else {
        return;
    };
    plugin.place.add_settings(at);
    if let Value::Object(members) = &mut plugin.config {
        members.extend(own);
    } else {
        plugin.config = Value::Object(own);
    }
}

fn limits(limits: &mut PluginLimits, own: &At<'_>) {
    let number = |key| own.get(key)?.node.as_number();
    let megabytes = |key| Some((number(key)? * f64::from(1 << 20)) as usize);
    if let Some(bytes) = megabytes("memory_mb") {
        limits.memory_bytes = bytes;
    }
    if let Some(bytes) = megabytes("output_mb") {
        limits.output_bytes = bytes;
    }
    if let Some(bytes) = megabytes("held_mb") {
        limits.held_bytes = bytes;
    }
    if let Some(ms) = number("call_ms") {
        limits.call = Duration::from_micros((ms * 1000.0) as u64);
    }
}
