//! Variables in the values of a file: `${VAR}`, `${VAR:-default}`, `$VAR` and LiteLLM's
//! `os.environ/VAR`; `$$` is a dollar.

use std::collections::{BTreeMap, HashMap};

/// Where variables come from. The process environment lives in `yallmp`; tests use a map.
pub trait Env {
    fn get(&self, name: &str) -> Option<String>;
}

impl Env for BTreeMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        BTreeMap::get(self, name).cloned()
    }
}

impl Env for HashMap<String, String> {
    fn get(&self, name: &str) -> Option<String> {
        HashMap::get(self, name).cloned()
    }
}

/// `environment_variables:` of a file, before the real environment, as in LiteLLM.
pub(super) struct Overlay<'a> {
    pub variables: BTreeMap<String, String>,
    pub below: &'a dyn Env,
}

impl Env for Overlay<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let own = self.variables.get(name).cloned();
        own.or_else(|| self.below.get(name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forms {
    All,
    /// `${VAR}` and `$$` only: in the settings of plugins, where `$schema` is no variable.
    Braces,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    pub text: String,
    /// Variables that are not set, in order; they stay as written.
    pub unset: Vec<String>,
}

const LITELLM: &str = "os.environ/";

/// Whether the whole text is one reference, so that it shows no secret itself.
pub(super) fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix(LITELLM).or_else(|| {
        let rest = text.strip_prefix('$')?;
        let braced = rest
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        Some(braced.unwrap_or(rest))
    });
    name.is_some_and(|name| !name.is_empty() && name_length(name) == name.len())
}

pub(super) fn expand(text: &str, forms: Forms, env: &dyn Env) -> Expanded {
    if forms == Forms::All
        && let Some(name) = text.trim().strip_prefix(LITELLM)
        && !name.is_empty()
        && name_length(name) == name.len()
    {
        return match env.get(name) {
            Some(text) => Expanded {
                text,
                unset: Vec::new(),
            },
            None => Expanded {
                text: text.to_owned(),
                unset: vec![name.to_owned()],
            },
        };
    }
    let mut out = String::with_capacity(text.len());
    let mut unset = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with("$$") {
            out.push('$');
            rest = &rest[2..];
            continue;
        }
        let Some(reference) = Reference::at_start(rest, forms) else {
            out.push('$');
            rest = &rest[1..];
            continue;
        };
        let value = env.get(reference.name);
        match (value, reference.default) {
            (Some(value), None) => out.push_str(&value),
            // As in a shell, `:-` also stands in for an empty value.
            (Some(value), Some(_)) if !value.is_empty() => out.push_str(&value),
            (_, Some(default)) => out.push_str(default),
            (None, None) => {
                out.push_str(&rest[..reference.len]);
                unset.push(reference.name.to_owned());
            }
        }
        rest = &rest[reference.len..];
    }
    out.push_str(rest);
    Expanded { text: out, unset }
}

struct Reference<'a> {
    name: &'a str,
    default: Option<&'a str>,
    /// Of the whole reference, in bytes.
    len: usize,
}

impl<'a> Reference<'a> {
    /// `text` starts with a dollar.
    fn at_start(text: &'a str, forms: Forms) -> Option<Self> {
        let Some(inside) = text.strip_prefix("${") else {
            let len = name_length(&text[1..]);
            return (forms == Forms::All && len > 0).then(|| Self {
                name: &text[1..1 + len],
                default: None,
                len: 1 + len,
            });
        };
        let end = inside.find('}')?;
        let inside = &inside[..end];
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        (!name.is_empty() && name_length(name) == name.len()).then_some(Self {
            name,
            default,
            len: end + 3,
        })
    }
}

/// Bytes of the variable name at the start of a text.
fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len())
}

#[cfg(test)]
#[path = "env_tests.rs"]
mod tests;
