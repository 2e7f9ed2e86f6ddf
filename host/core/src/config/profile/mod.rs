//! What is known of a backend: facts for plugins, chosen by host, provider or model. The
//! facts are data; `plugins/profiles.yaml` ships them, `profiles:` of a configuration
//! changes them, and this program reads none of them itself.

mod merge;
mod pattern;
mod read;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value};

use super::Backend;
use merge::lay;
use pattern::Address;
pub use pattern::Globs;

/// The text of the shipped file.
pub const SHIPPED: &str = include_str!("../../../../../plugins/profiles.yaml");

/// Texts of one wildcard deployment that are kept; clients choose the names.
const KEPT: usize = 256;

/// The profiles of one configuration. The default is the shipped file.
#[derive(Debug, Clone)]
pub struct Profiles {
    /// Those of the configuration first; a name occurs once.
    list: Vec<Arc<Entry>>,
    families: Arc<[Refinement]>,
}

/// One profile as written.
#[derive(Debug, Clone, Default)]
struct Entry {
    name: String,
    /// Where it stands: `config.yaml:12`; empty for the shipped file.
    place: String,
    hosts: Globs,
    providers: Globs,
    models: Globs,
    /// What plugins read: `reasoning`, `tools`, `request`, and what others want.
    members: Map<String, Value>,
    /// In order; later ones are laid over earlier ones.
    refinements: Vec<Refinement>,
}

/// Members for the models that match.
#[derive(Debug, Clone, Default)]
struct Refinement {
    globs: Globs,
    members: Map<String, Value>,
}

/// How a profile came to a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    /// `litellm_params.profile`.
    Named,
    Host(String),
    Provider(String),
    Model(String),
}

/// A name that no profile has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownProfile {
    /// Names that there are.
    pub known: Vec<String>,
}

impl Default for Profiles {
    fn default() -> Self {
        static READ: OnceLock<Profiles> = OnceLock::new();
        READ.get_or_init(read::shipped).clone()
    }
}

impl Profiles {
    /// The profile of a deployment. `named` is `litellm_params.profile`: a name, or `none`.
    pub(super) fn choose(
        &self,
        named: Option<&str>,
        backend: &Backend,
        provider: &str,
        model: &str,
    ) -> Result<Profile, UnknownProfile> {
        let (entry, reason) = match named {
            Some("none") => return Ok(Profile::default()),
            Some(name) => match self.list.iter().find(|entry| entry.name == name) {
                Some(entry) => (Some(entry), Some(Reason::Named)),
                None => {
                    let known = self.list.iter().map(|entry| entry.name.clone());
                    return Err(UnknownProfile {
                        known: known.collect(),
                    });
                }
            },
            None => self.find(backend, provider, model).unzip(),
        };
        Ok(Profile::new(
            entry.cloned(),
            reason,
            self.families.clone(),
            model,
        ))
    }

    /// The configuration before the shipped file, a host before a provider before a model.
    fn find(
        &self,
        backend: &Backend,
        provider: &str,
        model: &str,
    ) -> Option<(&Arc<Entry>, Reason)> {
        let address = match backend {
            Backend::Http { base } => Some(Address::of(base)),
            Backend::Demo => None,
        };
        let host = |entry: &Entry| {
            let address = address.as_ref()?;
            let glob = entry.hosts.find(|glob| address.fits(glob))?;
            Some(Reason::Host(glob.to_owned()))
        };
        let provider = |entry: &Entry| {
            let glob = entry.providers.matching(provider)?;
            Some(Reason::Provider(glob.to_owned()))
        };
        let model = |entry: &Entry| Some(Reason::Model(entry.models.of_model(model)?.to_owned()));
        let (own, shipped): (Vec<_>, Vec<_>) = self.list.iter().partition(|it| !it.is_shipped());
        [own, shipped].iter().find_map(|group| {
            let first = |sign: &dyn Fn(&Entry) -> Option<Reason>| {
                group.iter().find_map(|entry| Some((*entry, sign(entry)?)))
            };
            first(&host)
                .or_else(|| first(&provider))
                .or_else(|| first(&model))
        })
    }
}

impl Entry {
    fn is_shipped(&self) -> bool {
        self.place.is_empty()
    }
}

/// The facts that the plugins of one deployment get.
///
/// A wildcard deployment learns its model with the request, so the part of a profile that
/// depends on the model is resolved here, for each name once, and not by plugins: they would
/// each have to carry all refinements and match globs for every exchange.
#[derive(Debug, Clone, Default)]
pub struct Profile(Arc<Resolved>);

#[derive(Debug)]
struct Resolved {
    entry: Option<Arc<Entry>>,
    reason: Option<Reason>,
    families: Arc<[Refinement]>,
    /// The model that `text` is for; may hold `*`, and is then no model that a refinement
    /// could be about.
    model: String,
    text: Arc<str>,
    others: Mutex<HashMap<String, Arc<str>>>,
}

impl Default for Resolved {
    fn default() -> Self {
        Self {
            entry: None,
            reason: None,
            families: Arc::default(),
            model: String::new(),
            text: "{}".into(),
            others: Mutex::default(),
        }
    }
}

impl Profile {
    fn new(
        entry: Option<Arc<Entry>>,
        reason: Option<Reason>,
        families: Arc<[Refinement]>,
        model: &str,
    ) -> Self {
        let mut resolved = Resolved {
            entry,
            reason,
            families,
            model: model.to_owned(),
            ..Resolved::default()
        };
        resolved.text = resolved.json(model).into();
        Self(Arc::new(resolved))
    }

    /// None when the server is not known. There may be facts about the model all the same.
    pub fn name(&self) -> Option<&str> {
        Some(&self.0.entry.as_ref()?.name)
    }

    /// The facts for a model of this deployment, as the text of a JSON object: `{}` when
    /// there are none.
    pub fn text(&self, model: &str) -> Arc<str> {
        let resolved = &*self.0;
        if model == resolved.model || *resolved.text == *"{}" && resolved.families.is_empty() {
            return resolved.text.clone();
        }
        let mut others = resolved
            .others
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = others.get(model) {
            return text.clone();
        }
        if others.len() >= KEPT {
            others.clear();
        }
        let text: Arc<str> = resolved.json(model).into();
        others.insert(model.to_owned(), text.clone());
        text
    }
}

impl Resolved {
    /// Facts about the model's family, then those about the server, then those about the
    /// model at this server; what comes later wins.
    fn json(&self, model: &str) -> String {
        let mut facts = Map::new();
        if let Some(entry) = &self.entry {
            facts.insert("name".to_owned(), entry.name.as_str().into());
        }
        for family in self.families_of(model) {
            lay(&family.members, &mut facts);
        }
        if let Some(entry) = &self.entry {
            lay(&entry.members, &mut facts);
            for (_, refinement) in refinements(&entry.refinements, model) {
                lay(&refinement.members, &mut facts);
            }
        }
        Value::Object(facts).to_string()
    }

    fn families_of<'s>(&'s self, model: &str) -> impl Iterator<Item = &'s Refinement> {
        refinements(&self.families, model).map(|(_, family)| family)
    }
}

/// Those that match, with the glob that does. What is only a pattern itself matches none.
fn refinements<'r>(
    all: &'r [Refinement],
    model: &str,
) -> impl Iterator<Item = (&'r str, &'r Refinement)> {
    let model = if model.contains('*') { "" } else { model };
    all.iter()
        .filter_map(move |it| Some((it.globs.of_model(model)?, it)))
}

/// `deepseek (host `api.deepseek.com`, shipped; models `deepseek-v4*`)`
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resolved = &*self.0;
        let mut why = Vec::new();
        match (&resolved.entry, &resolved.reason) {
            (Some(entry), Some(reason)) => {
                f.write_str(&entry.name)?;
                let place = if entry.is_shipped() {
                    "shipped"
                } else {
                    &entry.place
                };
                why.push(format!("{reason}, {place}"));
            }
            _ => f.write_str("none")?,
        }
        let model = &resolved.model;
        let own = resolved.entry.iter().flat_map(|entry| &*entry.refinements);
        let globs: Vec<String> = [&*resolved.families]
            .into_iter()
            .flat_map(|families| refinements(families, model).map(|(glob, _)| glob))
            .chain(own.filter_map(|it| it.globs.of_model(model).filter(|_| !model.contains('*'))))
            .map(|glob| format!("`{glob}`"))
            .collect();
        if model.contains('*') && !resolved.families.is_empty() {
            why.push("the rest depends on the model".to_owned());
        } else if !globs.is_empty() {
            why.push(format!("models {}", globs.join(", ")));
        }
        match why.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", why.join("; ")),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Named => f.write_str("named by the model"),
            Reason::Host(glob) => write!(f, "host `{glob}`"),
            Reason::Provider(glob) => write!(f, "provider `{glob}`"),
            Reason::Model(glob) => write!(f, "model `{glob}`"),
        }
    }
}
