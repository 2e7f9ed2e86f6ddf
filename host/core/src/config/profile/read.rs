//! From text to profiles.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::Origin;
use super::super::findings::{At, Findings};
use super::super::raw::Node;
use super::merge::lay;
use super::pattern::Globs;
use super::{Entry, Profiles, Refinement, SHIPPED};

/// The shipped file. A test proves that it has no mistakes.
pub fn shipped() -> Profiles {
    let origin = Origin {
        file: "profiles.yaml".to_owned(),
        folder: PathBuf::new(),
    };
    let mut findings = Findings::new(&origin, SHIPPED);
    let tree = Node::parse(SHIPPED).unwrap_or_else(|_| Node::from_json(&Value::Null));
    let top = At::top(&tree);
    let mut profiles = Profiles {
        list: Vec::new(),
        families: Arc::default(),
    };
    profiles.extend(top.get("profiles").as_ref(), true, &mut findings);
    profiles.families = top
        .get("models")
        .map(|at| refinements(&at))
        .unwrap_or_default()
        .into();
    profiles
}

impl Profiles {
    /// Shipped profiles, changed by the `profiles` of a configuration.
    pub fn read(at: Option<&At<'_>>, findings: &mut Findings<'_>) -> Self {
        let mut profiles = Self::default();
        profiles.extend(at, false, findings);
        profiles
    }

    /// An entry of a new name comes before what is there. One of a known name changes that
    /// profile and takes it to the new ones.
    fn extend(&mut self, at: Option<&At<'_>>, shipped: bool, findings: &mut Findings<'_>) {
        let mut list: Vec<Arc<Entry>> = Vec::new();
        for item in at.iter().flat_map(|at| at.items()) {
            let Some(name) = item.get("name") else {
                if !item.node.members().is_empty() {
                    findings.error(&item, "a profile needs a `name`", None);
                }
                continue;
            };
            let Some(text) = name.node.as_text() else {
                continue;
            };
            if text == "none" || list.iter().any(|known| known.name == text) {
                let message = match text {
                    "none" => "`none` stands for no profile".to_owned(),
                    _ => format!("the profile `{text}` is listed twice"),
                };
                findings.error(&name, message, None);
                continue;
            }
            let known = self.list.iter().find(|known| known.name == text);
            let mut entry = known.map(|known| Entry::clone(known)).unwrap_or_default();
            text.clone_into(&mut entry.name);
            if !shipped {
                entry.place = findings.place(item.node.mark);
            }
            entry.change(&item);
            list.push(Arc::new(entry));
        }
        let old = self.list.drain(..);
        let kept: Vec<_> = old
            .filter(|old| list.iter().all(|new| new.name != old.name))
            .collect();
        list.extend(kept);
        self.list = list;
    }
}

impl Entry {
    fn change(&mut self, at: &At<'_>) {
        let globs = |key: &str| at.get("match")?.get(key).map(|at| globs(&at));
        self.hosts = globs("hosts").unwrap_or_else(|| self.hosts.clone());
        self.providers = globs("providers").unwrap_or_else(|| self.providers.clone());
        self.models = globs("models").unwrap_or_else(|| self.models.clone());
        lay(
            &members(at, &["name", "match", "models"]),
            &mut self.members,
        );
        let own = at.get("models").map(|at| refinements(&at));
        self.refinements.extend(own.unwrap_or_default());
    }
}

fn refinements(at: &At<'_>) -> Vec<Refinement> {
    at.items()
        .map(|item| Refinement {
            globs: item.get("match").map(|at| globs(&at)).unwrap_or_default(),
            members: members(&item, &["match"]),
        })
        .collect()
}

fn globs(at: &At<'_>) -> Globs {
    Globs::new(at.node.as_texts().unwrap_or_default())
}

/// All members but those that this program reads itself.
fn members(at: &At<'_>, own: &[&str]) -> Map<String, Value> {
    let members = at.node.members().iter();
    members
        .filter(|member| !own.contains(&member.key.as_str()))
        .map(|member| (member.key.clone(), member.node.to_json()))
        .collect()
}
