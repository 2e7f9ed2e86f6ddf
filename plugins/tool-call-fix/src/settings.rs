//! What the configuration says.

use alloc::rc::Rc;
use alloc::vec::Vec;

use yallmp_sdk::{Error, Json};

use crate::arguments::Policy;
use crate::formats::{self, FORMATS, Format, InThoughts, Openers, Rules};

pub const SCHEMA: &str = include_str!("../config.schema.json");

#[derive(Clone)]
pub struct Settings {
    /// How the text formats begin that are looked for.
    pub openers: Rc<Openers>,
    pub rules: Rules,
    pub names: bool,
    pub identity: bool,
    pub finish_reason: bool,
    pub arguments: Policy,
}

impl Settings {
    /// # Errors
    /// A format that there is not.
    pub fn read(config: &Json<'_>) -> Result<Self, Error> {
        let listed = config.get("formats").and_then(Json::as_array);
        let names = listed.map(|list| list.iter().filter_map(Json::as_str));
        let formats: Vec<&'static Format> = match names {
            None => FORMATS.to_vec(),
            Some(names) => formats::named(names).map_err(unknown_format)?,
        };
        let in_thoughts = match config.get("in_reasoning").and_then(Json::as_str) {
            Some("off") => InThoughts::Ignore,
            Some("anywhere") => InThoughts::Count,
            _ => InThoughts::AtTheEnd,
        };
        let on = |name: &str| config.get(name).and_then(Json::as_bool).unwrap_or(true);
        Ok(Settings {
            openers: Openers::of(&formats),
            rules: Rules {
                cautious: listed.is_none(),
                in_thoughts,
            },
            names: on("names"),
            identity: on("identity"),
            finish_reason: on("finish_reason"),
            arguments: Policy {
                mend: on("arguments"),
                convert: on("arguments") && on("types"),
            },
        })
    }
}

fn unknown_format(name: &str) -> Error {
    let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let known = known.join(", ");
    Error::new(
        "unknown-format",
        alloc::format!("`formats` names `{name}`, which is none of: {known}"),
    )
}
