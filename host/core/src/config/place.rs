//! Where a plugin and its settings are written, so that what the plugin itself finds wrong
//! with them can be shown like any other mistake in the file.

use std::fmt;
use std::sync::Arc;

use super::findings::At;
use super::raw::{Mark, Node, Value};

/// Where a plugin stands in the file. The default: nowhere, it is in the default chain.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Such as `plugins[2]` or `model_list[0].plugins.rules`.
    path: String,
    mark: Mark,
    /// Maps of settings, laid over each other: what a later one says counts.
    settings: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq)]
struct Written {
    path: String,
    node: Arc<Node>,
}

/// Something about a plugin that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// The plugin as such.
    Plugin,
    /// The value of a setting: a JSON pointer such as `/formats/2`, empty for all settings.
    Value(&'a str),
    /// The name of a setting, by the same pointer.
    Name(&'a str),
    /// What these words quote in backticks, if that is in the settings.
    Quoted(&'a str),
}

impl Place {
    pub(super) fn stands_at(&mut self, at: &At<'_>) {
        self.path.clone_from(&at.path);
        self.mark = at.node.mark;
    }

    /// These settings are laid over those that there are.
    pub(super) fn add_settings(&mut self, at: &At<'_>) {
        self.settings.push(Written {
            path: at.path.clone(),
            node: Arc::new(at.node.clone()),
        });
    }

    /// The place of a part, or of what is nearest to it.
    pub(super) fn find(&self, part: Part<'_>) -> (Mark, String) {
        let found = match part {
            Part::Plugin => None,
            Part::Value(pointer) => self.walk(pointer, false),
            Part::Name(pointer) => self.walk(pointer, true),
            Part::Quoted(words) => self.quoted(words).or_else(|| self.walk("", false)),
        };
        found.unwrap_or_else(|| (self.mark, self.path.clone()))
    }

    fn walk(&self, pointer: &str, name: bool) -> Option<(Mark, String)> {
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let parts: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
        let mut layers = self.settings.iter().rev();
        let layer = match parts.first() {
            Some(first) => layers.find(|layer| layer.says(first))?,
            None => layers.next()?,
        };
        let mut at = layer.at();
        let mut mark = at.node.mark;
        for part in &parts {
            let Some((next, named)) = step(&at, part) else {
                break;
            };
            mark = named.filter(|_| name).unwrap_or(next.node.mark);
            at = next;
        }
        Some((mark, at.path))
    }

    /// The last one quoted is the most exact one: "`formats` names `kimi`".
    fn quoted(&self, words: &str) -> Option<(Mark, String)> {
        let quoted: Vec<&str> = words.split('`').skip(1).step_by(2).collect();
        let layers = || self.settings.iter().rev();
        let mut candidates = quoted.into_iter().rev();
        candidates.find_map(|word| layers().find_map(|layer| search(layer.at(), word)))
    }
}

impl Written {
    fn at(&self) -> At<'_> {
        At {
            node: &self.node,
            path: self.path.clone(),
        }
    }

    fn says(&self, name: &str) -> bool {
        self.node.members().iter().any(|member| member.key == name)
    }
}

/// One step down, and where the name stands that led there.
fn step<'a>(at: &At<'a>, part: &str) -> Option<(At<'a>, Option<Mark>)> {
    if let Value::List(_) = at.node.value {
        return Some((at.items().nth(part.parse().ok()?)?, None));
    }
    let mut members = at.node.members().iter();
    let member = members.rfind(|member| member.key == part)?;
    Some((at.at(&member.key, &member.node), Some(member.mark)))
}

/// The first text or key here or below that is this word.
fn search(at: At<'_>, word: &str) -> Option<(Mark, String)> {
    match &at.node.value {
        Value::Text { text, .. } if text == word => Some((at.node.mark, at.path)),
        Value::List(_) => at.items().find_map(|item| search(item, word)),
        Value::Map(members) => members.iter().find_map(|member| {
            let value = at.at(&member.key, &member.node);
            match member.key == word {
                true => Some((member.mark, value.path)),
                false => search(value, word),
            }
        }),
        _ => None,
    }
}

/// The path of keys.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str("the default chain"),
            path => f.write_str(path),
        }
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
