//! Compares a tree with the tables of known keys: wrong types, unknown keys, keys given
//! twice, and what becomes of each key. Everything that comes after may assume that a
//! value which cannot be read has been complained about.

use indexmap::IndexMap;

use super::diag::Severity;
use super::findings::{At, Findings};
use super::keys::{FILE, Fate, Found, Key, KeyUse, Kind, MODEL, Section, Status};
use super::raw::{Mark, Node, Value};

pub struct Audit<'f, 'a> {
    pub findings: &'f mut Findings<'a>,
    /// Booleans and numbers must be such (JSON); text will not do.
    pub strict: bool,
    uses: IndexMap<(String, String), KeyUse>,
}

impl<'f, 'a> Audit<'f, 'a> {
    pub fn new(findings: &'f mut Findings<'a>, strict: bool) -> Self {
        Self {
            findings,
            strict,
            uses: IndexMap::new(),
        }
    }

    pub fn finish(self) -> Vec<KeyUse> {
        self.uses.into_values().collect()
    }

    /// `shape` is the path with `[]` for the entries of lists.
    pub fn section(&mut self, at: &At<'_>, shape: &str, section: &'static Section) {
        let mut seen: Vec<&str> = Vec::new();
        for member in at.node.members() {
            let value = at.at(&member.key, &member.node);
            let shape = join(shape, &member.key);
            if seen.contains(&member.key.as_str()) {
                let message = format!("`{}` is given twice; the last one counts", member.key);
                self.warn(member.mark, &value.path, message, None);
            }
            seen.push(&member.key);
            match section.find(&member.key) {
                Found::Key(key) => self.key(key, &value, &shape, member.mark),
                Found::Free => self.note(&shape, member.mark, Fate::Honoured),
                Found::Ignored(why) => {
                    self.note(&shape, member.mark, Fate::Ignored(why.to_owned()));
                }
                Found::Unknown(near) => {
                    self.note(&shape, member.mark, Fate::Ignored("unknown key".to_owned()));
                    let name = &member.key;
                    let hint = elsewhere(name, section, Depth::Sections)
                        .or_else(|| near.map(|near| format!("did you mean `{near}`?")))
                        .or_else(|| elsewhere(name, section, Depth::All));
                    let message = format!("unknown key `{}`: it has no effect", member.key);
                    self.warn(member.mark, &value.path, message, hint);
                }
            }
        }
    }

    fn key(&mut self, key: &'static Key, at: &At<'_>, shape: &str, mark: Mark) {
        let Some(nested) = self.value(key, at, shape) else {
            return;
        };
        // A section is told by its keys.
        if nested {
            return;
        }
        let fate = match &key.status {
            Status::Honoured => Fate::Honoured,
            Status::Approximated(how) => Fate::Approximated((*how).to_owned()),
            Status::ByValue(fate, _) => fate(at.node),
        };
        self.note(shape, mark, fate);
    }

    /// Check a value. None: it is wrong; true: it is a section with keys of its own.
    fn value(&mut self, key: &'static Key, at: &At<'_>, shape: &str) -> Option<bool> {
        // What is empty is as good as absent; what waits for a variable is reported there.
        if at.node.is_null() {
            return Some(false);
        }
        let waits = matches!(&at.node.value, Value::Text { unset, .. } if !unset.is_empty());
        if waits {
            return Some(false);
        }
        if !key.kind.accepts(at.node, self.strict) {
            if !(matches!(key.kind, Kind::TextMap) && self.texts(at)) {
                self.mistaken(&key.kind, at);
            }
            return None;
        }
        match &key.kind {
            Kind::Section(section)
            | Kind::ChoiceOrSection(_, section)
            | Kind::TextOrSection(_, section) => {
                self.section(at, shape, section);
                Some(!at.node.members().is_empty())
            }
            Kind::Entries(section) => {
                for item in at.items() {
                    self.entry(&item, &format!("{shape}[]"), section);
                }
                Some(!at.node.items().is_empty())
            }
            Kind::ModelPlugins(section) => {
                self.model_plugins(at, shape, section);
                Some(false)
            }
            _ => Some(false),
        }
    }

    fn mistaken(&mut self, kind: &Kind, at: &At<'_>) {
        let name = at.path.rsplit('.').next().unwrap_or(&at.path);
        let message = format!(
            "`{name}` must be {}, not {}",
            kind.expected(),
            found(kind, at.node)
        );
        self.findings.error(at, message, None);
    }

    /// What in a map is no text. False: it is no map.
    fn texts(&mut self, at: &At<'_>) -> bool {
        for member in at.node.members() {
            if !member.node.is_null() && member.node.as_words().is_none() {
                self.mistaken(&Kind::Text, &at.at(&member.key, &member.node));
            }
        }
        !at.node.members().is_empty()
    }

    fn entry(&mut self, at: &At<'_>, shape: &str, section: &'static Section) {
        if matches!(at.node.value, Value::Map(_)) {
            self.section(at, shape, section);
        } else {
            let message = format!("an entry must be a map, not {}", at.node.kind());
            self.findings.error(at, message, None);
        }
    }

    fn model_plugins(&mut self, at: &At<'_>, shape: &str, section: &'static Section) {
        for item in at.items() {
            match &item.node.value {
                Value::Text { .. } => {}
                Value::Map(_) => self.section(&item, &format!("{shape}[]"), section),
                _ => {
                    let message = format!(
                        "an entry must be the name of a plugin or a map, not {}",
                        item.node.kind()
                    );
                    self.findings.error(&item, message, None);
                }
            }
        }
        for member in at.node.members() {
            let value = at.at(&member.key, &member.node);
            let fits = matches!(
                member.node.value,
                Value::Bool { .. } | Value::Map(_) | Value::Null
            );
            if !fits {
                let message = format!(
                    "`{}` must be `true`, `false` or a map of settings, not {}",
                    member.key,
                    member.node.kind()
                );
                self.findings.error(&value, message, None);
            }
        }
    }

    fn note(&mut self, shape: &str, mark: Mark, fate: Fate) {
        let why = match &fate {
            Fate::Honoured => String::new(),
            Fate::Approximated(text) | Fate::Ignored(text) => text.clone(),
        };
        self.uses
            .entry((shape.to_owned(), why))
            .or_insert_with(|| KeyUse {
                path: shape.to_owned(),
                file: self.findings.file(mark).to_owned(),
                line: mark.line,
                count: 0,
                fate,
            })
            .count += 1;
    }

    fn warn(&mut self, mark: Mark, path: &str, message: String, hint: Option<String>) {
        self.findings
            .push(Severity::Warning, mark, path, message, hint);
    }
}

fn join(shape: &str, key: &str) -> String {
    if shape.is_empty() {
        key.to_owned()
    } else {
        format!("{shape}.{key}")
    }
}

/// What was found instead, for `must be …, not …`.
fn found(kind: &Kind, node: &Node) -> String {
    match (&node.value, kind) {
        (Value::Number { value, .. }, _) => format!("the number {value}"),
        (Value::Bool { value, .. }, _) => format!("`{value}`"),
        (Value::Text { text, .. }, Kind::Choice(_) | Kind::ChoiceOrSection(..)) => {
            format!("`{text}`")
        }
        (Value::Text { .. }, _) => "this text".to_owned(),
        // The kind is right, something inside is not.
        (Value::List(_), Kind::Texts | Kind::TextsOrFlag | Kind::NameLists) => {
            "this list".to_owned()
        }
        (Value::Map(_), Kind::NameLists | Kind::Aliases | Kind::TextMap) => "this map".to_owned(),
        _ => node.kind().to_owned(),
    }
}

/// Where a name is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    /// In the large sections, whose keys have names of their own.
    Sections,
    All,
}

/// A key that is known, but in another section.
fn elsewhere(name: &str, here: &Section, depth: Depth) -> Option<String> {
    let mut sections = vec![(&FILE, 0)];
    let mut at = 0;
    while let Some((section, level)) = sections.get(at).copied() {
        if !std::ptr::eq(section, here) && section.keys.iter().any(|key| key.name == name) {
            return Some(match level {
                0 => format!("`{name}` belongs to the top of the file"),
                _ => format!("`{name}` belongs into `{}`", section.name),
            });
        }
        let is_large = level == 0 || std::ptr::eq(section, &MODEL);
        if depth == Depth::All || is_large {
            sections.extend(section.keys.iter().filter_map(|key| match key.kind {
                Kind::Section(section) | Kind::Entries(section) => Some((section, level + 1)),
                _ => None,
            }));
        }
        at += 1;
    }
    None
}
