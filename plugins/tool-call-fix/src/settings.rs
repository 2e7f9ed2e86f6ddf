//! What the configuration says.

use alloc::rc::Rc;
use alloc::vec::Vec;

use yallmp_sdk::{Error, Json};

use crate::arguments::Policy;
use crate::formats::{self, FORMATS, Format, InThoughts, Openers, Rules, Unknown};
use crate::tools::types::Liberties;

pub const SCHEMA: &str = include_str!("../config.schema.json");

#[derive(Clone)]
pub struct Settings {
    /// How the text formats begin that are looked for.
    pub openers: Rc<Openers>,
    /// Nobody says which format the model writes. Then text wakes the plugin only if it looks
    /// like a call: an instance for each answer of each model would be too much.
    pub guesses: bool,
    pub rules: Rules,
    pub names: bool,
    pub identity: bool,
    pub finish_reason: bool,
    pub arguments: Policy,
    /// Chunks get what libraries of clients count on.
    pub chunks: bool,
    pub liberties: Liberties,
}

impl Settings {
    /// `profile`: what is known of the backend, as JSON.
    ///
    /// # Errors
    /// A format that there is not.
    pub fn read(config: &Json<'_>, profile: &str) -> Result<Self, Error> {
        let listed = config.get("formats").and_then(Json::as_array);
        let said = match (listed, config.get("formats").and_then(Json::as_str)) {
            (Some(names), _) => {
                let names = names.iter().filter_map(Json::as_str);
                Some(formats::named(names).map_err(unknown_format)?)
            }
            (None, Some("all")) => Some(FORMATS.to_vec()),
            (None, _) => of_profile(profile),
        };
        let openers = match &said {
            Some(formats) => Openers::of(formats),
            None => Openers::of(FORMATS),
        };
        let text = |name: &str| config.get(name).and_then(Json::as_str);
        let in_thoughts = match text("in_reasoning") {
            Some("off") => InThoughts::Ignore,
            Some("anywhere") => InThoughts::Count,
            _ => InThoughts::AtTheEnd,
        };
        let on = |name: &str| config.get(name).and_then(Json::as_bool).unwrap_or(true);
        let also = |name: &str| config.get(name).and_then(Json::as_bool) == Some(true);
        Ok(Settings {
            openers,
            guesses: said.is_none(),
            rules: Rules {
                unknown: match text("unknown_tools") {
                    Some("call") => Some(Unknown::Call),
                    Some("text") => Some(Unknown::Text),
                    Some("drop") => Some(Unknown::Drop),
                    _ => None,
                },
                named: listed.is_some(),
                in_thoughts,
                drops_text_after: text("text_after") == Some("drop"),
                drops_broken: text("broken") == Some("drop"),
            },
            names: on("names"),
            identity: on("identity"),
            finish_reason: on("finish_reason"),
            arguments: Policy {
                mend: on("arguments"),
                convert: on("arguments") && on("types"),
                buffer: also("buffer"),
            },
            chunks: also("chunks"),
            liberties: Liberties {
                lists: also("lists"),
                any_case: also("any_case"),
            },
        })
    }
}

/// The formats of the backend's model, if they are known, and those that any model falls into.
fn of_profile(profile: &str) -> Option<Vec<&'static Format>> {
    let profile = Json::parse(profile).ok()?;
    let names = profile.pointer("/tools/formats")?.as_array()?;
    let names = names.iter().filter_map(Json::as_str);
    let known = names.filter(|name| formats::named([*name]).is_ok());
    formats::named(known.chain(EVERYBODYS)).ok()
}

/// What models write whatever they were trained for.
const EVERYBODYS: [&str; 3] = ["hermes", "anthropic", "bare_json"];

fn unknown_format(name: &str) -> Error {
    let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    let known = known.join(", ");
    Error::new(
        "unknown-format",
        alloc::format!("`formats` names `{name}`, which is none of: {known}"),
    )
}
