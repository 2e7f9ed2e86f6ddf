//! JSON Schemas without what the backend refuses. Only at places where a schema stands: a
//! property may itself be called `$schema` or `default`.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

use crate::alternatives;
use crate::facts::Schema as Facts;

/// How deep schemas may be nested, references followed; what is deeper becomes `{}`.
const MAX_DEPTH: u8 = 24;

/// How many schemas one may become when references are followed; what is more becomes `{}`.
const MAX_SCHEMAS: usize = 10_000;

/// Members whose members are schemas.
const MAPS: [&str; 5] = [
    "properties",
    "$defs",
    "definitions",
    "patternProperties",
    "dependentSchemas",
];

/// Members that are lists of schemas.
const LISTS: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];

/// Members that are a schema.
const SCHEMAS: [&str; 9] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
];

/// The schema that is taken instead; none if this one is.
pub fn fit(schema: &Json<'_>, facts: &Facts, strict: bool) -> Option<Json<'static>> {
    if *facts == Facts::default() {
        return None;
    }
    let schema = schema.clone().into_owned();
    let fitter = Fitter {
        root: &schema,
        facts,
        strict,
        made: Cell::new(0),
        open: RefCell::new(Vec::new()),
    };
    let fitting = fitter.schema(&schema, MAX_DEPTH);
    (fitting != schema).then_some(fitting)
}

struct Fitter<'f> {
    root: &'f Json<'static>,
    facts: &'f Facts,
    strict: bool,
    made: Cell<usize>,
    /// The references that are being followed.
    open: RefCell<Vec<String>>,
}

impl Fitter<'_> {
    fn schema(&self, schema: &Json<'static>, depth: u8) -> Json<'static> {
        self.made.set(self.made.get() + 1);
        let depth = depth.checked_sub(1);
        let depth = depth.filter(|_| self.made.get() <= MAX_SCHEMAS);
        let (Some(object), Some(depth)) = (schema.as_object(), depth) else {
            return match schema {
                Json::Bool(_) => schema.clone(),
                _ => Json::object(),
            };
        };
        let opened = self.open.borrow().len();
        let fitting = match self.inlined(object) {
            Some(inlined) => self.members(&inlined, depth),
            None => self.members(object, depth),
        };
        self.open.borrow_mut().truncate(opened);
        fitting
    }

    fn members(&self, object: &Object<'static>, depth: u8) -> Json<'static> {
        let mut out = Object::new();
        for (name, value) in object.iter() {
            if self.facts.drop.iter().any(|refused| refused == name) {
                continue;
            }
            if self.facts.inline_refs && matches!(name, "$defs" | "definitions") {
                continue;
            }
            let value = match value {
                Json::Object(members) if MAPS.contains(&name) => {
                    let fit = |(name, value): (&str, &Json<'static>)| {
                        (String::from(name), self.schema(value, depth))
                    };
                    let mut map = Object::new();
                    for (name, value) in members.iter().map(fit) {
                        map.set(&name, value);
                    }
                    map.into()
                }
                Json::Array(items) if LISTS.contains(&name) => {
                    let items = items.iter().map(|item| self.schema(item, depth));
                    Json::Array(items.collect())
                }
                Json::Object(_) if SCHEMAS.contains(&name) => self.schema(value, depth),
                other => other.clone(),
            };
            out.set(name, value);
        }
        self.adjust(&mut out);
        out.into()
    }

    /// The schema with what its reference names in it, which is then open. One that is open
    /// already leads in a circle: of it the type is told, and no more.
    fn inlined(&self, object: &Object<'static>) -> Option<Object<'static>> {
        if !self.facts.inline_refs || !object.contains("$ref") {
            return None;
        }
        let mut merged = object.clone();
        let mut open = self.open.borrow_mut();
        while let Some(Json::String(pointer)) = merged.remove("$ref") {
            let pointer = pointer.as_str().trim_start_matches('#');
            let target = self.root.pointer(pointer).and_then(Json::as_object);
            let known = open.iter().any(|known| known == pointer);
            for (name, value) in target.into_iter().flat_map(Object::iter) {
                if !merged.contains(name) && (!known || name == "type") {
                    merged.set(name, value.clone());
                }
            }
            open.push(String::from(pointer));
        }
        Some(merged)
    }

    fn adjust(&self, schema: &mut Object<'static>) {
        let facts = self.facts;
        if facts.const_as_enum
            && let Some(value) = schema.remove("const")
        {
            if let Some(kind) = kind(&value).filter(|_| !schema.contains("type")) {
                schema.set("type", kind);
            }
            schema.set("enum", Array::from_iter([value]));
        }
        if facts.drop_empty_additional {
            let additional = schema.get("additionalProperties").and_then(Json::as_object);
            if additional.is_some_and(Object::is_empty) {
                schema.remove("additionalProperties");
            }
        }
        if facts.drop_type_beside_any_of && schema.contains("anyOf") {
            schema.remove("type");
        }
        if facts.nullable {
            nullable(schema);
        }
        alternatives::flatten(schema, facts.any_of);
        if facts.complete {
            complete(schema);
        }
        if facts.strict_needs_required && self.strict {
            let names = schema.get("properties").and_then(Json::as_object);
            let names = names.map(|names| {
                names
                    .iter()
                    .map(|(name, _)| String::from(name))
                    .collect::<Vec<_>>()
            });
            if let Some(names) = names {
                let all: Array<'_> = names.into_iter().map(Json::from).collect();
                let has = schema
                    .get("required")
                    .and_then(Json::as_array)
                    .map_or(0, Array::len);
                if has != all.len() {
                    schema.set("required", all);
                }
            }
        }
    }
}

/// An array without `items` gets those that allow anything, an object without `properties` none.
fn complete(schema: &mut Object<'static>) {
    let kind = schema.get("type").and_then(Json::as_str);
    let (is_array, is_object) = (kind == Some("array"), kind == Some("object"));
    if is_array && !schema.contains("items") && !schema.contains("prefixItems") {
        schema.set("items", Json::object());
    }
    if is_object && !schema.contains("properties") {
        schema.set("properties", Json::object());
    }
}

/// `type: [T, "null"]` becomes `type: T` with `nullable`; several types become `anyOf`.
fn nullable(schema: &mut Object<'static>) {
    let Some(Json::Array(types)) = schema.get("type") else {
        return;
    };
    let is_null = |json: &Json<'_>| json.as_str() == Some("null");
    let others: Vec<Json<'static>> = types
        .iter()
        .filter(|json| !is_null(json))
        .cloned()
        .collect();
    let has_null = others.len() < types.len();
    if let [only] = others.as_slice() {
        schema.set("type", only.clone());
    } else if schema.contains("anyOf") {
        schema.remove("type");
    } else {
        let one = |kind| Object::from_iter([("type", kind)]).into();
        let all: Array<'static> = others.into_iter().map(one).collect();
        schema.remove("type");
        schema.set("anyOf", all);
    }
    if has_null {
        schema.set("nullable", true);
        if let Some(Json::Array(words)) = schema.get("enum") {
            let words: Array<'static> = words.iter().filter(|it| !it.is_null()).cloned().collect();
            schema.set("enum", words);
        }
    }
}

/// The type of a value.
fn kind(value: &Json<'_>) -> Option<&'static str> {
    match value {
        Json::String(_) => Some("string"),
        Json::Bool(_) => Some("boolean"),
        Json::Number(_) if value.as_i64().is_some() => Some("integer"),
        Json::Number(_) => Some("number"),
        _ => None,
    }
}
