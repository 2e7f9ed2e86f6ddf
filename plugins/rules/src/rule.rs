use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Deployment, Error, Exchange, Interest, Json, Result};

use crate::action::{Action, WORDS};
use crate::needle;
use crate::path::Path;
use crate::when::When;

/// What rules are for: the members of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The request's body.
    Request,
    /// A whole answer.
    Response,
    /// One event of a stream.
    Events,
}

impl Section {
    pub fn name(self) -> &'static str {
        match self {
            Section::Request => "request",
            Section::Response => "response",
            Section::Events => "events",
        }
    }
}

#[derive(Debug)]
pub struct Rule {
    /// Its own, or `request-1` for the first of the requests'.
    pub name: String,
    pub when: When,
    actions: Vec<Action>,
    /// It was said already that it changed something.
    pub told: bool,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    Nothing,
    Changed,
    /// The event itself was dropped.
    Dropped,
}

/// The rules of a section that can matter at this deployment.
///
/// # Errors
/// A rule that makes no sense: which one, why, and what to do.
pub fn read(config: &Json<'_>, section: Section, deployment: &Deployment) -> Result<Vec<Rule>> {
    let rules = config.get(section.name()).and_then(Json::as_array);
    let mut read = Vec::new();
    for (number, rule) in rules.into_iter().flatten().enumerate() {
        let own = rule.get("name").and_then(Json::as_str);
        let place = format!("{}-{}", section.name(), number + 1);
        let named = own.map_or_else(|| place.clone(), |own| format!("{place} (`{own}`)"));
        let name = own.map_or(place, ToString::to_string);
        let rule = Rule::read(rule, section, name)
            .map_err(|what| Error::new("bad-rule", format!("rule {named}: {what}")))?;
        read.push(rule);
    }
    read.retain(|rule| rule.when.fits_deployment(deployment));
    Ok(read)
}

/// What these rules have to be called for.
pub fn interest(rules: &[Rule]) -> Interest {
    needle::interest(rules.iter().map(Rule::needles))
}

impl Rule {
    fn read(json: &Json<'_>, section: Section, name: String) -> Result<Self, String> {
        let wrong = |word: &str, what: String| format!("`{word}`: {what}");
        let mut when = When::default();
        let mut actions = Vec::new();
        for (word, what) in json.as_object().into_iter().flat_map(Object::iter) {
            if word == "when" {
                when = When::read(what).map_err(|what| wrong(word, what))?;
                continue;
            }
            let read = Action::read(word, what).map_err(|what| wrong(word, what))?;
            if let Some(what) = read.iter().find_map(|action| refused(action, section)) {
                return Err(wrong(word, what));
            }
            actions.extend(read);
        }
        if actions.is_empty() {
            let words = WORDS.join("`, `");
            return Err(format!("it does nothing; say one of `{words}`"));
        }
        let rootless = |path: &Path| path.root().is_none();
        if section == Section::Request && when.paths().any(rootless) {
            return Err(wrong("when", NO_ROOT.to_string()));
        }
        Ok(Rule {
            name,
            when,
            actions,
            told: false,
        })
    }

    pub fn apply(&self, exchange: &Exchange, json: &mut Json<'_>) -> Applied {
        if !self.when.holds(exchange, json) {
            return Applied::Nothing;
        }
        let mut applied = Applied::Nothing;
        for action in &self.actions {
            if action.drops_all() {
                return Applied::Dropped;
            }
            if action.apply(json) {
                applied = Applied::Changed;
            }
        }
        applied
    }

    /// The members of the body that it reads or writes.
    pub fn roots(&self) -> impl Iterator<Item = &str> {
        let read = self.when.paths().map(Path::root);
        read.chain(self.actions.iter().flat_map(Action::roots))
            .flatten()
    }

    /// Texts of which one is there if it does something; none: it may do so without any.
    fn needles(&self) -> Option<Vec<String>> {
        let acted = || self.actions.iter().map(Action::needle).collect();
        self.when.needles().or_else(acted)
    }
}

const NO_ROOT: &str = "a path into the request begins with the name of a member";

/// Why a section cannot have this action.
fn refused(action: &Action, section: Section) -> Option<String> {
    if action.drops_all() {
        let here = section == Section::Events;
        return (!here)
            .then(|| "only an event can be dropped whole; name what to drop".to_string());
    }
    let roots = action.roots();
    if section == Section::Request && roots.contains(&None) {
        return Some(NO_ROOT.to_string());
    }
    None
}
