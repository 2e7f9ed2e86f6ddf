//! Texts without which a rule does nothing, so that the proxy need not call for it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{Glob, Interest, Json};

use crate::path::{Path, Step, Test};

/// What `any-of` takes at most.
const MAX_NEEDLES: usize = 64;
const MAX_BYTES: usize = 128;

/// A string in its quotes, if JSON has only one usual way to write it.
pub fn quoted(text: &str) -> Option<String> {
    is_plain(text)
        .then(|| format!("\"{text}\""))
        .filter(|it| it.len() <= MAX_BYTES)
}

/// Characters that no writer escapes.
fn is_plain(text: &str) -> bool {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '-' | '.' | ':' | ' ' | ',' | '$' | '*' | '#')
    };
    !text.is_empty() && text.chars().all(plain)
}

pub fn value(json: &Json<'_>) -> Option<String> {
    quoted(json.as_str()?)
}

/// A text that fits is inside of the string, with who knows what around it.
pub fn glob(glob: &Glob) -> Option<String> {
    let literal = glob.literal();
    (is_plain(literal) && literal.len() <= MAX_BYTES && literal.len() > 2).then(|| literal.into())
}

impl Path {
    /// A text that is there if the path leads somewhere.
    pub fn needle(&self) -> Option<String> {
        needle(&self.steps)
    }

    /// A text that is there if the path leads to a place that exists or can be made.
    pub fn needle_to_put(&self) -> Option<String> {
        needle(&self.steps[..self.fixed()])
    }
}

/// What a filter compares with is rarer than a name, and the last name rarer than the first.
fn needle(steps: &[Step]) -> Option<String> {
    let compared = steps.iter().find_map(|step| match step {
        Step::Filter(filter) => match &filter.test {
            Test::Equals(wanted) => value(wanted).or_else(|| filter.path.needle()),
            Test::Exists => filter.path.needle(),
            Test::Differs(_) => None,
        },
        _ => None,
    });
    let named = || {
        steps.iter().rev().find_map(|step| match step {
            Step::Name(name) => quoted(name),
            _ => None,
        })
    };
    compared.or_else(named)
}

/// The narrowest interest for rules, each with the texts of which it needs one; none: a rule
/// that needs no text.
pub fn interest(rules: impl Iterator<Item = Option<Vec<String>>>) -> Interest {
    let mut needles: Vec<String> = Vec::new();
    let mut any = false;
    for rule in rules {
        let Some(rule) = rule else {
            return Interest::All;
        };
        any = true;
        for needle in rule {
            if !needles.contains(&needle) {
                needles.push(needle);
            }
        }
    }
    match (any, needles.len()) {
        (false, _) => Interest::None,
        (true, 1..=MAX_NEEDLES) => Interest::AnyOf(needles),
        _ => Interest::All,
    }
}
