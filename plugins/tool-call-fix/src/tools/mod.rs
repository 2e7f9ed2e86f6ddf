//! The tools that the request offers.

pub mod names;
mod skim;
pub mod types;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::OnceCell;

use yallmp_sdk::Json;

use types::{Liberties, Schema};

/// One offered tool.
#[derive(Debug)]
pub struct Tool {
    pub name: String,
    /// The JSON Schema of the arguments, as it stands in the request.
    parameters: String,
    parsed: OnceCell<Option<Json<'static>>>,
    liberties: Liberties,
}

impl Tool {
    pub fn schema(&self) -> Option<Schema<'_>> {
        let parse = || Some(Json::parse(&self.parameters).ok()?.into_owned());
        let root = self.parsed.get_or_init(parse).as_ref().map(Schema::root);
        root.map(|schema| schema.with(self.liberties))
    }

    /// The arguments that the schema names, in its order.
    pub fn argument_names(&self) -> impl Iterator<Item = &str> {
        let names = self.schema().and_then(Schema::properties);
        names
            .into_iter()
            .flat_map(|names| names.iter().map(|(name, _)| name))
    }

    /// What an argument may be; none if the schema does not know it.
    pub fn argument(&self, name: &str) -> Option<Schema<'_>> {
        self.schema()?.property(name)
    }
}

/// The tools of a request, in their order.
#[derive(Debug, Default)]
pub struct Tools(Vec<Tool>);

impl Tools {
    /// From the JSON text of the request's `tools`.
    pub fn read(text: &str, liberties: Liberties) -> Self {
        let tool = |(name, parameters): skim::Function<'_>| Tool {
            name: name.into_owned(),
            parameters: parameters.to_string(),
            parsed: OnceCell::new(),
            liberties,
        };
        Tools(skim::functions(text).into_iter().map(tool).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|tool| tool.name.as_str())
    }

    /// The tool that exactly this name has.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.name == name)
    }

    /// The tool that a name means; see [`names`].
    pub fn resolve(&self, name: &str) -> Option<&Tool> {
        names::resolve(name, self.names()).map(|index| &self.0[index])
    }
}

#[cfg(test)]
mod tests;
