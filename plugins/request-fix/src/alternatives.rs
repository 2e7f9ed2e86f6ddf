//! `anyOf`, `oneOf` and `allOf` for backends that do not take them as JSON Schema means them:
//! what one schema can say is said by one.

use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

/// How a backend takes alternatives that no single schema can say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnyOf {
    /// As they are.
    #[default]
    Leave,
    /// `anyOf`, and nothing beside it.
    Alone,
    /// Not at all: the first one stands for all.
    First,
}

type Schema = Object<'static>;

/// Where alternatives stand.
const LISTS: [&str; 2] = ["anyOf", "oneOf"];
/// What a schema says about itself, whatever its alternatives say.
const OWN: [&str; 2] = ["title", "description"];

/// `schema`: its members fit already.
pub fn flatten(schema: &mut Schema, how: AnyOf) {
    if how == AnyOf::Leave {
        return;
    }
    let whole = schema.get("allOf").and_then(Json::as_array);
    if let Some(only) = whole
        .filter(|all| all.len() == 1)
        .and_then(|all| all.get(0)?.as_object())
    {
        let only = only.clone();
        schema.remove("allOf");
        overlay(schema, &only);
    }
    for list in LISTS {
        let Some(mut all) = alternatives(schema, list) else {
            continue;
        };
        schema.remove(list);
        let count = all.len();
        all.retain(|one| kind(one) != Some("null"));
        let is_nullable = schema.get("nullable").and_then(Json::as_bool) == Some(true);
        let or_null = is_nullable || all.len() < count;
        if !restrict(schema, &all) && !one_of(schema, &all) {
            settle(schema, all, how, or_null);
        }
        if or_null && !schema.contains("anyOf") {
            schema.set("nullable", true);
        }
    }
}

/// A list of schemas that are objects, without repetitions; alternatives in alternatives are
/// alternatives.
fn alternatives(schema: &Schema, list: &str) -> Option<Vec<Schema>> {
    let mut all: Vec<Schema> = Vec::new();
    for one in schema.get(list)?.as_array()?.iter() {
        let one = one.as_object()?;
        let inner = alternatives(one, "anyOf").filter(|_| one.len() == 1);
        for one in inner.unwrap_or_else(|| [one.clone()].into()) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    Some(all)
}

fn kind(schema: &Schema) -> Option<&str> {
    schema.get("type")?.as_str()
}

/// Alternatives without a type only restrict a schema that has one, such as
/// `anyOf: [{required: [a]}, {required: [b]}]`. What they tell of properties is kept.
fn restrict(schema: &mut Schema, all: &[Schema]) -> bool {
    let has_type = |one: &Schema| one.contains("type") || one.contains("enum");
    if kind(schema).is_none() || all.iter().any(has_type) {
        return false;
    }
    for one in all {
        add_properties(schema, one);
    }
    true
}

/// One alternative, or several plain ones of one type, say the same as a schema alone.
fn one_of(schema: &mut Schema, all: &[Schema]) -> bool {
    let [first, others @ ..] = all else {
        return true;
    };
    if others.is_empty() {
        overlay(schema, first);
        return true;
    }
    let same = others.iter().all(|one| kind(one) == kind(first));
    let plain = matches!(
        kind(first),
        Some("string" | "number" | "integer" | "boolean")
    );
    if !same || !plain {
        return false;
    }
    if let Some(kind) = first.get("type") {
        schema.set("type", kind.clone());
    }
    let words = all.iter().map(|one| one.get("enum")?.as_array());
    if let Some(lists) = words.collect::<Option<Vec<_>>>() {
        let mut words: Vec<Json<'static>> = Vec::new();
        for word in lists.into_iter().flat_map(Array::iter) {
            if !words.contains(word) {
                words.push(word.clone());
            }
        }
        schema.set("enum", Array::from_iter(words));
    }
    true
}

fn settle(schema: &mut Schema, mut all: Vec<Schema>, how: AnyOf, or_null: bool) {
    if how == AnyOf::First {
        overlay(schema, &all.swap_remove(0));
        return;
    }
    for one in &mut all {
        for name in OWN {
            if let Some(own) = schema.get(name).filter(|_| !one.contains(name)) {
                one.set(name, own.clone());
            }
        }
        if or_null {
            one.set("nullable", true);
        }
    }
    // What was told apart by its description may now be the same.
    let mut told: Vec<Schema> = Vec::new();
    for one in all {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    *schema = match told.len() {
        1 => told.swap_remove(0),
        _ => {
            let told: Array<'static> = told.into_iter().map(Json::from).collect();
            Object::from_iter([("anyOf", told)])
        }
    };
}

/// Lays an alternative over the schema; what the schema says about itself stays.
fn overlay(schema: &mut Schema, one: &Schema) {
    add_properties(schema, one);
    let stays = |name: &str| name == "properties" || OWN.contains(&name);
    for (name, value) in one.iter() {
        if !(stays(name) && schema.contains(name)) {
            schema.set(name, value.clone());
        }
    }
}

fn add_properties(schema: &mut Schema, one: &Schema) {
    let more = one.get("properties").and_then(Json::as_object);
    for (name, property) in more.into_iter().flat_map(Object::iter) {
        let own = schema.get("properties").and_then(Json::as_object);
        let mut own = own.cloned().unwrap_or_default();
        if !own.contains(name) {
            own.set(name, property.clone());
            schema.set("properties", own);
        }
    }
}
