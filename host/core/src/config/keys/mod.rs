//! Every key that this program or LiteLLM knows, with what becomes of it. The reader
//! checks files against these tables, and `docs/configuration.md` is written from them.

mod docs;
// Tables: a row is a line.
#[rustfmt::skip]
mod file;
#[rustfmt::skip]
mod general;
#[rustfmt::skip]
mod litellm;
#[rustfmt::skip]
mod model;
#[rustfmt::skip]
mod routing;

use super::raw::{Node, Value};

pub use docs::markdown;
pub use file::FILE;
pub use model::{BODY_MEMBERS, MODEL, PARAMS, is_path};

/// A map whose keys are known.
#[derive(Debug)]
pub struct Section {
    /// Heading in the documentation: `litellm_params`.
    pub name: &'static str,
    pub keys: &'static [Key],
    /// Keys that are treated alike.
    pub families: &'static [Family],
    /// LiteLLM's keys without effect here.
    pub ignored: &'static [Ignored],
    pub others: Others,
}

/// What becomes of keys that are in no table.
#[derive(Debug)]
pub enum Others {
    /// Probably misspelled: a warning with the nearest known key.
    Unknown,
    /// Any key may stand here.
    Free,
}

#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub status: Status,
    pub default: &'static str,
    /// One or two sentences, Markdown.
    pub about: &'static str,
}

/// A section that LiteLLM does not have: what is not in it is misspelled.
const OWN: Section = Section {
    name: "",
    keys: &[],
    families: &[],
    ignored: &[],
    others: Others::Unknown,
};

const WHOLE_ANSWERS: Status = Status::Approximated(
    "a limit for whole answers; streams are limited by `stream_timeout` and `timeouts`",
);
const FIRST_EVENT: Status =
    Status::Approximated("limits the silence before the first meaningful event, not the stream");

const fn key(
    name: &'static str,
    kind: Kind,
    status: Status,
    default: &'static str,
    about: &'static str,
) -> Key {
    Key {
        name,
        kind,
        status,
        default,
        about,
    }
}

#[derive(Debug)]
pub struct Family {
    pub names: &'static [&'static str],
    /// Its name stands for all.
    pub key: Key,
}

/// Keys that share a reason.
#[derive(Debug)]
pub struct Ignored {
    pub why: &'static str,
    pub names: &'static [&'static str],
}

#[derive(Debug)]
pub enum Status {
    Honoured,
    Approximated(&'static str),
    /// It depends on the value.
    ByValue(fn(&Node) -> Fate, &'static str),
}

/// What this program does with a key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Honoured,
    /// Read, but not exactly as LiteLLM reads it: how.
    Approximated(String),
    /// Has no effect: why.
    Ignored(String),
}

/// One key of a file, for the table of `yallmp check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// With `[]` for the entries of a list: `model_list[].litellm_params.api_base`.
    pub path: String,
    /// The file and line where it occurs first.
    pub file: String,
    pub line: u32,
    pub count: usize,
    pub fate: Fate,
}

/// The values that a key takes.
#[derive(Debug)]
pub enum Kind {
    Text,
    Flag,
    Count,
    Number,
    /// A number above 0.
    Size,
    Seconds,
    /// Seconds, or `off`.
    SecondsOrOff,
    /// A whole number, or `off`.
    CountOrOff,
    Port,
    Choice(&'static [&'static str]),
    /// One text or a list of them.
    Texts,
    /// Name → names, as a map or a list of maps.
    NameLists,
    /// Name → name.
    Aliases,
    TextMap,
    Object,
    Any,
    /// A list of texts, or a flag.
    TextsOrFlag,
    /// A flag, or a file.
    FlagOrFile,
    Section(&'static Section),
    /// A list of maps.
    Entries(&'static Section),
    /// A choice, or a section.
    ChoiceOrSection(&'static [&'static str], &'static Section),
    /// Text (what kind of, for messages), or a section.
    TextOrSection(&'static str, &'static Section),
    /// `plugins` of a model: a map of names or a list of names and entries.
    ModelPlugins(&'static Section),
}

/// What the tables say of a name.
pub enum Found {
    Key(&'static Key),
    Ignored(&'static str),
    Free,
    /// The nearest known name, if one is near.
    Unknown(Option<&'static str>),
}

impl Section {
    pub fn find(&'static self, name: &str) -> Found {
        if let Some(key) = self.keys.iter().find(|key| key.name == name) {
            return Found::Key(key);
        }
        if let Some(family) = self.families.iter().find(|f| f.names.contains(&name)) {
            return Found::Key(&family.key);
        }
        let ignored = |group: &&Ignored| group.names.contains(&name);
        if let Some(group) = self.ignored.iter().find(ignored) {
            return Found::Ignored(group.why);
        }
        // As in Compose files: room for anchors.
        if name.starts_with("x-") {
            return Found::Free;
        }
        match self.others {
            Others::Free => Found::Free,
            Others::Unknown => Found::Unknown(nearest(name, self.names())),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let keys = self.keys.iter().map(|key| key.name);
        let families = self.families.iter().flat_map(|family| family.names);
        let ignored = self.ignored.iter().flat_map(|group| group.names);
        keys.chain(families.copied()).chain(ignored.copied())
    }
}

/// The candidate that was probably meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .map(|candidate| {
            let other = candidate.to_lowercase();
            (strsim::damerau_levenshtein(&lower, &other), candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

impl Kind {
    /// What the value must be, for `must be …`.
    pub fn expected(&self) -> String {
        match self {
            Kind::Text => "text".into(),
            Kind::Flag => "`true` or `false`".into(),
            Kind::Count => "a whole number of 0 or more".into(),
            Kind::Number => "a number of 0 or more".into(),
            Kind::Size => "a number above 0".into(),
            Kind::Seconds => "a time in seconds (`30`, `1.5`, `30s`, `2m`)".into(),
            Kind::SecondsOrOff => "a time in seconds (`30`, `30s`, `2m`) or `off`".into(),
            Kind::CountOrOff => "a whole number or `off`".into(),
            Kind::Port => "a port number from 0 to 65535".into(),
            Kind::Choice(names) => one_of(names),
            Kind::Texts => "text or a list of texts".into(),
            Kind::NameLists => "a map (or list of maps) from a model to a list of models".into(),
            Kind::Aliases => "a map from a name to a model".into(),
            Kind::TextMap => "a map of texts".into(),
            Kind::Object | Kind::Section(_) => "a map".into(),
            Kind::Any => "anything".into(),
            Kind::TextsOrFlag => "a list of texts, or `true` or `false`".into(),
            Kind::FlagOrFile => "`true`, `false` or a file".into(),
            Kind::Entries(_) => "a list of maps".into(),
            Kind::ChoiceOrSection(names, _) => format!("{}, or a map", one_of(names)),
            Kind::TextOrSection(text, _) => format!("{text}, or a map"),
            Kind::ModelPlugins(_) => {
                "a map from plugins to `true`, `false` or settings, or a list of plugins".into()
            }
        }
    }

    /// Whether the value itself fits; what is inside sections is looked at by the caller.
    /// `strict`: booleans and numbers must be such, text will not do.
    pub fn accepts(&self, node: &Node, strict: bool) -> bool {
        let is_text = matches!(node.value, Value::Text { .. });
        match self {
            Kind::Text => node.as_text().is_some(),
            Kind::Flag => node.as_flag().is_some() && !(strict && is_text),
            Kind::Count => node.as_count().is_some() && !(strict && is_text),
            Kind::Number => node.as_number().is_some() && !(strict && is_text),
            Kind::Size => node.as_number().is_some_and(|size| size > 0.0) && !(strict && is_text),
            Kind::Seconds => node.as_seconds().is_some_and(|time| !time.is_zero()),
            Kind::SecondsOrOff => node.is_off() || node.as_seconds().is_some(),
            Kind::CountOrOff => node.is_off() || node.as_count().is_some(),
            Kind::Port => node.as_count().is_some_and(|port| port <= u16::MAX.into()),
            Kind::Choice(names) => chosen(names, node).is_some(),
            Kind::Texts => node.as_texts().is_some(),
            Kind::NameLists => node.as_name_lists().is_some(),
            Kind::Aliases => node.as_aliases().is_some(),
            Kind::TextMap => node.as_text_map().is_some(),
            Kind::Object | Kind::Section(_) => matches!(node.value, Value::Map(_)),
            Kind::Any => true,
            Kind::TextsOrFlag => node.as_flag().is_some() || node.as_texts().is_some(),
            Kind::FlagOrFile => node.as_flag().is_some() || node.as_text().is_some(),
            Kind::Entries(_) => matches!(node.value, Value::List(_)),
            Kind::TextOrSection(..) => {
                matches!(node.value, Value::Map(_)) || node.as_text().is_some()
            }
            Kind::ChoiceOrSection(names, _) => {
                matches!(node.value, Value::Map(_)) || chosen(names, node).is_some()
            }
            Kind::ModelPlugins(_) => matches!(node.value, Value::Map(_) | Value::List(_)),
        }
    }
}

/// Which of the names a value is; `off` may come as the boolean that YAML makes of it.
pub fn chosen(names: &[&'static str], node: &Node) -> Option<&'static str> {
    let text = match &node.value {
        Value::Bool { value: false, .. } => "off",
        _ => node.as_text()?,
    };
    names.iter().find(|name| **name == text).copied()
}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
