//! Broken arguments, mended by the smallest step that gives an object. Text that is a strict
//! JSON object is never touched, except to make values fit the schema.

pub mod convert;
pub mod elements;
pub mod rewrite;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::tools::types::Schema;
use rewrite::{Leniency, rewrite};

/// How often an object may be wrapped in a string.
const MAX_WRAPPERS: u8 = 2;

const STEPS: [Leniency; 4] = [
    Leniency::Strict,
    Leniency::Strings,
    Leniency::Stray,
    Leniency::Loose,
];

/// What may be done to mend arguments.
#[derive(Debug, Clone, Copy)]
pub struct Means<'s> {
    /// The schema of the arguments; none: values stay as they are.
    pub schema: Option<Schema<'s>>,
    /// Whether closing brackets that are missing at the end may be added. Never for an answer
    /// that was cut: a call that is not whole must not look whole.
    pub close: bool,
}

/// The objects that `text` means: one for a call, more if several calls' arguments came as one.
/// None: nothing certain can be made of it.
pub fn repair(text: &str, means: Means<'_>) -> Option<Vec<String>> {
    let text = unfence(text.trim());
    if matches!(text, "" | "null" | "\"\"") {
        return Some([String::from("{}")].into());
    }
    let whole = Means {
        close: false,
        ..means
    };
    objects(text, whole, MAX_WRAPPERS)
        .or_else(|| headless(text, whole))
        .or_else(|| {
            let closed = means.close.then(|| objects(text, means, MAX_WRAPPERS));
            closed.flatten()
        })
}

/// One object or several in a row, or a string that holds such.
fn objects(text: &str, means: Means<'_>, wrappers: u8) -> Option<Vec<String>> {
    if text.starts_with('"') {
        let wrapped = Json::parse(text).ok()?;
        return objects(wrapped.as_str()?.trim(), means, wrappers.checked_sub(1)?);
    }
    STEPS.into_iter().find_map(|leniency| {
        let mut objects: Vec<String> = Vec::new();
        let mut rest = text;
        while rest.starts_with('{') {
            let object = rewrite(rest, leniency, means.close, means.schema)?;
            if !objects.contains(&object.json) {
                objects.push(object.json);
            }
            rest = object
                .rest
                .trim_start_matches([' ', '\t', '\r', '\n', ',', ';']);
        }
        let is_over = rest
            .trim_start_matches(['}', ']', ' ', '\t', '\r', '\n'])
            .is_empty();
        (is_over && !objects.is_empty()).then_some(objects)
    })
}

/// The opening brace was lost, perhaps with the quote after it. Only if all names are known.
fn headless(text: &str, means: Means<'_>) -> Option<Vec<String>> {
    let schema = means.schema?;
    ["{", "{\""].into_iter().find_map(|head| {
        let objects = objects(&(head.to_string() + text), means, 0)?;
        let [only] = objects.as_slice() else {
            return None;
        };
        let json = Json::parse(only).ok()?;
        let known = json
            .as_object()?
            .iter()
            .all(|(name, _)| schema.property(name).is_some());
        known.then_some(objects)
    })
}

/// What stands inside a code fence, if the text is one.
fn unfence(text: &str) -> &str {
    let inside = || {
        let inside = text.strip_prefix("```")?.strip_suffix("```")?;
        let (language, body) = inside.split_once('\n')?;
        language
            .chars()
            .all(char::is_alphanumeric)
            .then(|| body.trim())
    };
    inside().unwrap_or(text)
}
