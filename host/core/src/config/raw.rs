//! What was written, and where: the YAML text as a tree with positions. Loose on purpose:
//! which keys and types are right is asked later, so that one mistake hides no other.

use std::fmt;

use serde::Deserialize;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::DuplicateKeyPolicy;

/// A place in a text. Line and column count from 1, the column in characters; `span` is
/// in bytes. All zero for what does not come from a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// 0 for the file itself, else the number of an included one.
    pub file: usize,
    pub line: u32,
    pub column: u32,
    pub span: (usize, usize),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub value: Value,
    pub mark: Mark,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    /// `text` is how it was written, unless it comes from JSON.
    Bool {
        value: bool,
        text: Option<String>,
    },
    Number {
        value: serde_json::Number,
        text: Option<String>,
    },
    Text {
        text: String,
        /// Variables in it that are not set.
        unset: Vec<String>,
    },
    List(Vec<Node>),
    /// In the order of the text; a key may occur twice, then the last one counts.
    Map(Vec<Member>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub key: String,
    pub mark: Mark,
    pub node: Node,
}

/// The text is not YAML, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub message: String,
    pub mark: Mark,
}

impl Node {
    /// The tree of a YAML text; an empty text is null. Anchors, aliases and merge keys are
    /// resolved, positions are those of the definition.
    pub fn parse(text: &str) -> Result<Node, SyntaxError> {
        Self::parse_in(0, text)
    }

    /// The same, for the text of an included file.
    pub fn parse_in(file: usize, text: &str) -> Result<Node, SyntaxError> {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::PassThrough,
            non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
            with_snippet: false,
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        };
        let mut node: Node =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| SyntaxError {
                message: plain_message(&error),
                mark: Mark {
                    file,
                    ..error.location().map(mark).unwrap_or_default()
                },
            })?;
        if file != 0 {
            node.belongs_to(file);
        }
        node.note_text(text);
        Ok(node)
    }

    fn belongs_to(&mut self, file: usize) {
        self.mark.file = file;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|item| item.belongs_to(file)),
            Value::Map(members) => members.iter_mut().for_each(|member| {
                member.mark.file = file;
                member.node.belongs_to(file);
            }),
            Value::Null | Value::Bool { .. } | Value::Number { .. } | Value::Text { .. } => {}
        }
    }

    /// The same tree from JSON, without positions. Scalars keep no text, so that a number
    /// is never taken for a string.
    pub fn from_json(json: &serde_json::Value) -> Node {
        use serde_json::Value as Json;
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool {
                value: *value,
                text: None,
            },
            Json::Number(value) => Value::Number {
                value: value.clone(),
                text: None,
            },
            Json::String(text) => Value::Text {
                text: text.clone(),
                unset: Vec::new(),
            },
            Json::Array(items) => Value::List(items.iter().map(Node::from_json).collect()),
            Json::Object(members) => Value::Map(
                members
                    .iter()
                    .map(|(key, value)| Member {
                        key: key.clone(),
                        mark: Mark::default(),
                        node: Node::from_json(value),
                    })
                    .collect(),
            ),
        };
        Node {
            value,
            mark: Mark::default(),
        }
    }

    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool { value, .. } => Json::Bool(*value),
            Value::Number { value, .. } => Json::Number(value.clone()),
            Value::Text { text, .. } => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(members) => Json::Object(
                members
                    .iter()
                    .map(|member| (member.key.clone(), member.node.to_json()))
                    .collect(),
            ),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Map(members) => members,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key, unless it is null.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let member = self.members().iter().rfind(|member| member.key == key)?;
        (!member.node.is_null()).then_some(&member.node)
    }

    /// The first variable here or below that is not set, and where.
    pub fn first_unset(&self) -> Option<(Mark, &str)> {
        match &self.value {
            Value::Text { unset, .. } => Some((self.mark, unset.first()?)),
            Value::List(items) => items.iter().find_map(Node::first_unset),
            Value::Map(members) => members.iter().find_map(|m| m.node.first_unset()),
            Value::Null | Value::Bool { .. } | Value::Number { .. } => None,
        }
    }

    /// For messages: what kind of value this is.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool { .. } => "a boolean",
            Value::Number { .. } => "a number",
            Value::Text { .. } => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// Keep how booleans and numbers were written: `model_name: 3.10` is "3.10" and not
    /// 3.1. `y` and `n` are booleans in YAML 1.1 on paper only; they become text.
    fn note_text(&mut self, source: &str) {
        let (start, end) = self.mark.span;
        match &mut self.value {
            Value::Bool { text, .. } | Value::Number { text, .. } => {
                let written = source.get(start..end).unwrap_or_default().trim();
                if matches!(written, "y" | "Y" | "n" | "N") {
                    self.value = Value::Text {
                        text: written.to_owned(),
                        unset: Vec::new(),
                    };
                } else {
                    *text = Some(written.to_owned());
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| item.note_text(source)),
            Value::Map(members) => members
                .iter_mut()
                .for_each(|member| member.node.note_text(source)),
            Value::Null | Value::Text { .. } => {}
        }
    }
}

fn mark(location: serde_saphyr::Location) -> Mark {
    let span = location.span();
    let start = span.byte_offset().unwrap_or(0) as usize;
    let len = span.byte_len().unwrap_or(0) as usize;
    Mark {
        file: 0,
        line: location.line() as u32,
        column: location.column() as u32,
        span: (start, start + len),
    }
}

/// The reader's message without the place, which stands elsewhere.
fn plain_message(error: &serde_saphyr::Error) -> String {
    let message = error.without_snippet().to_string();
    let place = error
        .location()
        .map(|at| format!(" at line {}, column {}", at.line(), at.column()));
    let plain = place
        .as_deref()
        .and_then(|place| message.strip_suffix(place));
    plain.unwrap_or(&message).to_owned()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Node {
            mark: mark(spanned.defined),
            value: spanned.value,
        })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool { value, text: None })
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(number(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let value = serde_json::Number::from_f64(value)
            .ok_or_else(|| E::custom("a number that is not finite"))?;
        Ok(Value::Number { value, text: None })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text {
            text: text.to_owned(),
            unset: Vec::new(),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            members.push(Member {
                mark: mark(key.defined),
                key: key.value,
                node: map.next_value()?,
            });
        }
        Ok(Value::Map(members))
    }
}

fn number(value: impl Into<serde_json::Number>) -> Value {
    Value::Number {
        value: value.into(),
        text: None,
    }
}

#[cfg(test)]
#[path = "raw_tests.rs"]
mod tests;
