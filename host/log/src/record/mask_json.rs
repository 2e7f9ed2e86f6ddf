//! Values of a JSON text replaced, all other bytes left as they are.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use yallmp_core::config::{JsonPath, Step};

/// `"***"` as JSON text.
const HIDDEN: &str = "\"***\"";

/// The text with the values at these paths hidden; None if it has none.
///
/// # Errors
/// It is not JSON.
pub fn masked(text: &str, paths: &[JsonPath]) -> serde_json::Result<Option<String>> {
    let ways: Vec<&[Step]> = paths.iter().map(JsonPath::steps).collect();
    let whole: &RawValue = serde_json::from_str(text)?;
    let mut found = Vec::new();
    collect(whole.get(), &ways, &mut found)?;
    if found.is_empty() {
        return Ok(None);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for value in found {
        let at = value.as_ptr().addr() - text.as_ptr().addr();
        out.push_str(&text[from..at]);
        out.push_str(HIDDEN);
        from = at + value.len();
    }
    out.push_str(&text[from..]);
    Ok(Some(out))
}

/// The values to which one of the ways leads, in their order. They are parts of `value`.
fn collect<'a>(
    value: &'a str,
    ways: &[&[Step]],
    found: &mut Vec<&'a str>,
) -> serde_json::Result<()> {
    if ways.iter().any(|way| way.is_empty()) {
        found.push(value);
        return Ok(());
    }
    if !value.starts_with(['{', '[']) {
        return Ok(());
    }
    let Inside(parts) = serde_json::from_str(value)?;
    for (name, part) in parts {
        let further: Vec<&[Step]> = ways
            .iter()
            .filter_map(|way| match way.split_first()? {
                (Step::Any, rest) => Some(rest),
                (Step::Named(step), rest) => (*step == name).then_some(rest),
            })
            .collect();
        if !further.is_empty() {
            collect(part.get(), &further, found)?;
        }
    }
    Ok(())
}

/// Members of an object with their names, or items of a list with their numbers.
struct Inside<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Inside<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = Inside<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(member) = map.next_entry()? {
            parts.push(member);
        }
        Ok(Inside(parts))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(item) = list.next_element()? {
            parts.push((parts.len().to_string(), item));
        }
        Ok(Inside(parts))
    }
}
