//! From a model's name to its deployments: aliases, exact names, wildcards.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use super::cooldown::Cooldown;
use super::health::{Health, State};
use crate::config::{Config, Deployment};
use crate::error::ProxyError;

/// Aliases may point to aliases; a ring of them ends here.
const MAX_ALIASES: usize = 8;
/// Below this likeness (0 to 1) a hint would be a guess.
const LIKENESS: f64 = 0.8;

pub(super) struct Table {
    groups: Vec<Group>,
    exact: HashMap<String, usize>,
    /// Most specific first.
    wildcards: Vec<(Pattern, usize)>,
    aliases: BTreeMap<String, String>,
    /// By deployment id.
    states: HashMap<String, Arc<State>>,
}

/// All deployments with the same `model_name`.
pub(super) struct Group {
    pub name: Arc<str>,
    pub entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub deployment: Arc<Deployment>,
    pub state: Arc<State>,
    target: Target,
}

enum Target {
    Fixed(Arc<str>),
    Filled(Pattern),
}

/// A model's name as the table understands it.
pub(super) struct Found<'a> {
    pub group: &'a Group,
    /// After aliases.
    pub name: &'a str,
    /// What stands for the `*`.
    star: &'a str,
}

impl Entry {
    pub fn target(&self, found: &Found<'_>) -> Arc<str> {
        match &self.target {
            Target::Fixed(name) => name.clone(),
            Target::Filled(pattern) => pattern.fill(found.star).into(),
        }
    }
}

impl Table {
    pub fn new(config: &Config, health: &Health) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        let mut exact = HashMap::new();
        let mut wildcards: Vec<(Pattern, usize)> = Vec::new();
        let mut states = HashMap::new();
        for deployment in &config.deployments {
            let name = &deployment.model_name;
            let number = groups.iter().position(|group| *group.name == **name);
            let number = number.unwrap_or_else(|| {
                groups.push(Group {
                    name: name.as_str().into(),
                    entries: Vec::new(),
                });
                match Pattern::new(name) {
                    Some(pattern) => wildcards.push((pattern, groups.len() - 1)),
                    None => drop(exact.insert(name.clone(), groups.len() - 1)),
                }
                groups.len() - 1
            });
            let state = health.state(deployment);
            states.insert(deployment.id.clone(), state.clone());
            groups[number].entries.push(Entry {
                deployment: deployment.clone(),
                state,
                target: match Pattern::new(&deployment.target_model) {
                    Some(pattern) if name.contains('*') => Target::Filled(pattern),
                    _ => Target::Fixed(deployment.target_model.as_str().into()),
                },
            });
        }
        wildcards.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.literal()));
        Self {
            groups,
            exact,
            wildcards,
            aliases: config.router.aliases.clone(),
            states,
        }
    }

    /// An alias wins over a model of the same name: that is how traffic is led elsewhere.
    pub fn find<'a>(&'a self, model: &'a str) -> Option<Found<'a>> {
        let mut name = model;
        for _ in 0..MAX_ALIASES {
            match self.aliases.get(name) {
                Some(next) if next != name => name = next,
                _ => break,
            }
        }
        let found = |number: usize, star| Found {
            group: &self.groups[number],
            name,
            star,
        };
        if let Some(&number) = self.exact.get(name) {
            return Some(found(number, ""));
        }
        self.wildcards
            .iter()
            .find_map(|(pattern, number)| Some(found(*number, pattern.matches(name)?)))
    }

    pub fn state(&self, deployment: &Deployment) -> Option<&Arc<State>> {
        self.states.get(&deployment.id)
    }

    pub fn cooling(&self, now: Instant) -> Vec<(Arc<Deployment>, Option<Duration>)> {
        let entries = self.groups.iter().flat_map(|group| &group.entries);
        entries
            .map(|entry| (entry.deployment.clone(), entry.state.cooling(now)))
            .collect()
    }

    pub fn cooldowns(&self) -> Vec<(Arc<Deployment>, Vec<Cooldown>)> {
        let entries = self.groups.iter().flat_map(|group| &group.entries);
        entries
            .map(|entry| (entry.deployment.clone(), entry.state.cooldowns()))
            .collect()
    }

    /// 404 `model_not_found`.
    pub fn unknown(&self, model: &str) -> ProxyError {
        let hint = match self.nearest(model) {
            Some(name) => format!("did you mean `{name}`?"),
            None if self.groups.is_empty() => "no model is configured".to_owned(),
            None => "`GET /v1/models` lists the models that are".to_owned(),
        };
        let shown: String = model.chars().take(128).collect();
        ProxyError::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            format!("the model `{shown}` is not configured; {hint}"),
        )
        .param("model")
        .code("model_not_found")
    }

    fn nearest(&self, model: &str) -> Option<&str> {
        let model = model.to_lowercase();
        let names = self.exact.keys().chain(self.aliases.keys());
        names
            .map(|name| (strsim::jaro_winkler(&model, &name.to_lowercase()), name))
            .filter(|(likeness, _)| *likeness >= LIKENESS)
            // Ties go to the first in the alphabet, so that the hint is always the same.
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
            .map(|(_, name)| name.as_str())
    }
}

/// Text with one `*`.
#[derive(Debug)]
struct Pattern {
    before: String,
    after: String,
}

impl Pattern {
    fn new(text: &str) -> Option<Self> {
        let (before, after) = text.split_once('*')?;
        Some(Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    fn matches<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(self.before.as_str())?
            .strip_suffix(self.after.as_str())
    }

    fn fill(&self, star: &str) -> String {
        format!("{}{star}{}", self.before, self.after)
    }

    fn literal(&self) -> usize {
        self.before.len() + self.after.len()
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
