//! When a rule does something.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Deployment, Exchange, Glob, Json};

use crate::action::paths;
use crate::needle;
use crate::path::Path;
use crate::place::same;

/// All that is said must hold; of several patterns one must fit.
#[derive(Debug, Default)]
pub struct When {
    /// Patterns for the client's name of the model; empty: not said.
    model: Vec<Glob>,
    /// For the backend's.
    target: Vec<Glob>,
    deployment: Vec<Glob>,
    /// For the path of the API.
    api: Vec<Glob>,
    stream: Option<bool>,
    exists: Vec<Path>,
    equals: Vec<(Path, Json<'static>)>,
    matches: Vec<(Path, Vec<Glob>)>,
    not: Option<Box<When>>,
}

impl When {
    /// # Errors
    /// A path that is none, with the way out.
    pub fn read(json: &Json<'_>) -> Result<Self, String> {
        let names = |name| {
            texts(json.get(name))
                .iter()
                .map(|text| Glob::any_case(text))
                .collect()
        };
        let pairs = |name| {
            json.get(name)
                .and_then(Json::as_object)
                .into_iter()
                .flat_map(Object::iter)
        };
        let mut when = When {
            model: names("model"),
            target: names("target"),
            deployment: names("deployment"),
            api: names("api"),
            stream: json.get("stream").and_then(Json::as_bool),
            ..When::default()
        };
        if let Some(exists) = json.get("exists") {
            when.exists = paths(exists)?;
        }
        for (path, value) in pairs("equals") {
            when.equals
                .push((Path::parse(path)?, value.clone().into_owned()));
        }
        for (path, patterns) in pairs("matches") {
            let globs = texts(Some(patterns))
                .iter()
                .map(|text| Glob::new(text))
                .collect();
            when.matches.push((Path::parse(path)?, globs));
        }
        if let Some(not) = json.get("not") {
            when.not = Some(Box::new(When::read(not)?));
        }
        Ok(when)
    }

    /// Whether it can hold at this deployment at all.
    pub fn fits_deployment(&self, deployment: &Deployment) -> bool {
        let target = &deployment.target_model;
        any(&self.deployment, &deployment.id) && (target.contains('*') || any(&self.target, target))
    }

    /// Whether it can hold in this exchange.
    pub fn fits(&self, exchange: &Exchange) -> bool {
        let refused = self
            .not
            .as_ref()
            .is_some_and(|not| not.looks_at_no_path() && not.fits(exchange));
        self.facts(exchange) && !refused
    }

    /// Whether it holds for this value.
    pub fn holds(&self, exchange: &Exchange, json: &Json<'_>) -> bool {
        self.facts(exchange)
            && self.exists.iter().all(|path| !path.find(json).is_empty())
            && self
                .equals
                .iter()
                .all(|(path, wanted)| path.values(json).any(|value| same(value, wanted)))
            && self.matches.iter().all(|(path, globs)| {
                let fits = |text: &str| globs.iter().any(|glob| glob.fits(text));
                path.values(json).filter_map(Json::as_str).any(fits)
            })
            && !self
                .not
                .as_ref()
                .is_some_and(|not| not.holds(exchange, json))
    }

    fn facts(&self, exchange: &Exchange) -> bool {
        any(&self.model, &exchange.client_model)
            && any(&self.target, &exchange.target_model)
            && any(&self.deployment, &exchange.deployment.id)
            && any(&self.api, &exchange.path)
            && self
                .stream
                .is_none_or(|stream| stream == exchange.streaming)
    }

    fn looks_at_no_path(&self) -> bool {
        self.paths().next().is_none()
    }

    /// All paths, also those of `not`.
    pub fn paths(&self) -> Box<dyn Iterator<Item = &Path> + '_> {
        let own = self
            .exists
            .iter()
            .chain(self.equals.iter().map(|(path, _)| path))
            .chain(self.matches.iter().map(|(path, _)| path));
        Box::new(own.chain(self.not.iter().flat_map(|not| not.paths())))
    }

    /// Texts of which one is there if it holds.
    pub fn needles(&self) -> Option<Vec<String>> {
        let equals = self
            .equals
            .iter()
            .find_map(|(_, wanted)| needle::value(wanted));
        let one = equals.or_else(|| {
            let equal = self.equals.iter().map(|(path, _)| path);
            let mut paths = self.exists.iter().chain(equal);
            paths.find_map(Path::needle)
        });
        let matched = |(path, globs): &(Path, Vec<Glob>)| {
            let literals: Option<Vec<String>> = globs.iter().map(needle::glob).collect();
            literals.or_else(|| Some([path.needle()?].into()))
        };
        one.map(|needle| [needle].into())
            .or_else(|| self.matches.iter().find_map(matched))
    }
}

fn any(globs: &[Glob], name: &str) -> bool {
    globs.is_empty() || globs.iter().any(|glob| glob.fits(name))
}

/// A text, or the texts of a list.
pub fn texts(json: Option<&Json<'_>>) -> Vec<String> {
    match json {
        Some(Json::String(text)) => [text.as_str().to_string()].into(),
        Some(Json::Array(items)) => items
            .iter()
            .filter_map(|item| item.as_str().map(ToString::to_string))
            .collect(),
        _ => Vec::new(),
    }
}
