//! Lists and objects that stand in a text as elements of XML.
//!
//! ```text
//! <file><path>a.rs</path></file><file><path>b.rs</path></file>
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::tools::types::{Schema, Types};

/// How deep elements may be nested.
const MAX_DEPTH: u8 = 32;

/// Longer names are none.
const MAX_NAME: usize = 128;

/// What elements mean; none if anything else stands there. `token` stands before every tag.
///
/// Elements are the items of a list if the schema wants one, or if all are called `item`; else the
/// members of an object, and those of one name a list. What is inside of them is a text: its type
/// is left to who knows all of the schema.
pub fn json(text: &str, token: &str, schema: Option<Schema<'_>>) -> Option<Json<'static>> {
    let reader = Reader { token };
    let elements = reader.elements(text)?;
    reader.value(&elements, schema, MAX_DEPTH)
}

/// What a text can be.
const SCALAR: Types = Types::STRING
    .with(Types::NUMBER)
    .with(Types::BOOLEAN)
    .with(Types::NULL);

struct Reader<'t> {
    token: &'t str,
}

struct Element<'t> {
    name: &'t str,
    inside: &'t str,
}

impl Reader<'_> {
    /// The elements that the text consists of.
    fn elements<'t>(&self, text: &'t str) -> Option<Vec<Element<'t>>> {
        let mut elements = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let inner = rest.strip_prefix(self.token)?.strip_prefix('<')?;
            let (name, inside) = inner.split_once('>')?;
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_name) {
                return None;
            }
            let close = format!("{}</{name}>", self.token);
            let end = self.closing(inside, name, &close)?;
            elements.push(Element {
                name,
                inside: &inside[..end],
            });
            rest = inside[end + close.len()..].trim();
        }
        (!elements.is_empty()).then_some(elements)
    }

    /// Where the element that is open ends, others of its name in it aside.
    fn closing(&self, text: &str, name: &str, close: &str) -> Option<usize> {
        let open = format!("{}<{name}>", self.token);
        let (mut from, mut depth) = (0, 0);
        loop {
            let end = from + text[from..].find(close)?;
            depth += text[from..end].matches(&open).count();
            if depth == 0 {
                return Some(end);
            }
            depth -= 1;
            from = end + close.len();
        }
    }

    fn value(
        &self,
        elements: &[Element<'_>],
        schema: Option<Schema<'_>>,
        depth: u8,
    ) -> Option<Json<'static>> {
        let depth = depth.checked_sub(1)?;
        let wants = schema.map_or(Types::ANY, Schema::types);
        let wants_list = wants.has(Types::ARRAY) && !wants.has(Types::OBJECT);
        if wants_list || elements.iter().all(|element| element.name == "item") {
            let items = schema.and_then(Schema::items);
            return self.list(elements, items, depth).map(Json::from);
        }
        let mut object = Object::new();
        for (at, element) in elements.iter().enumerate() {
            let same = |other: &&Element<'_>| other.name == element.name;
            if elements[..at].iter().any(|other| same(&other)) {
                continue;
            }
            let all: Vec<&Element<'_>> = elements.iter().filter(same).collect();
            let member = schema.and_then(|schema| schema.property(element.name));
            let value = match all.as_slice() {
                [one] => self.inside(one, member, depth)?,
                several => {
                    let items = member.and_then(Schema::items);
                    self.list(several.iter().copied(), items, depth)?.into()
                }
            };
            object.set(element.name, value);
        }
        Some(object.into())
    }

    /// Without tokens tags stand in lines of their own, and so do values.
    fn text<'t>(&self, inside: &'t str) -> &'t str {
        let own_lines = self.token.is_empty();
        let inner = inside.strip_prefix('\n').filter(|_| own_lines);
        let inner = inner.unwrap_or(inside);
        let cut = inner.strip_suffix('\n').filter(|_| own_lines);
        cut.unwrap_or(inner)
    }

    fn list<'e>(
        &self,
        elements: impl IntoIterator<Item = &'e Element<'e>>,
        items: Option<Schema<'_>>,
        depth: u8,
    ) -> Option<Array<'static>> {
        let read = |element| self.inside(element, items, depth);
        elements.into_iter().map(read).collect()
    }

    fn inside(
        &self,
        element: &Element<'_>,
        schema: Option<Schema<'_>>,
        depth: u8,
    ) -> Option<Json<'static>> {
        let wants_text = schema.is_some_and(|schema| schema.types() == Types::STRING);
        let elements = self.elements(element.inside).filter(|_| !wants_text);
        let Some(elements) = elements else {
            let text = self.text(element.inside);
            let wants = schema.map_or(Types::ANY, Schema::types);
            return match text.trim().bytes().next() {
                _ if wants.has(SCALAR) => Some(Json::from(String::from(text))),
                None if wants.has(Types::ARRAY) => Some(Array::new().into()),
                None => Some(Object::new().into()),
                // JSON, perhaps.
                Some(b'[' | b'{') => Some(Json::from(String::from(text))),
                Some(_) => None,
            };
        };
        // One element where a list is due may be its only item.
        let items = schema.and_then(Schema::items);
        let is_item = items.is_some_and(|items| {
            let known = |element: &Element<'_>| items.property(element.name).is_some();
            elements.iter().all(known)
        });
        match is_item {
            true => {
                let item = self.value(&elements, items, depth)?;
                Some(core::iter::once(item).collect::<Array<'_>>().into())
            }
            false => self.value(&elements, schema, depth),
        }
    }
}
