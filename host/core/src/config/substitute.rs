//! Puts the values of variables into a tree.

use super::diag::Severity;
use super::env::{Env, Forms, expand};
use super::findings::Findings;
use super::raw::{Node, Value};

/// Substitute variables in every text of a file, and report those that are not set. Keys
/// are left alone.
pub fn file(node: &mut Node, env: &dyn Env, findings: &mut Findings<'_>) {
    let Value::Map(members) = &mut node.value else {
        return;
    };
    for member in members {
        let path = member.key.clone();
        let place = match member.key.as_str() {
            "plugins" => Place::Plugins,
            "model_list" => Place::Models,
            "profiles" => Place::PluginSettings,
            _ => Place::Other,
        };
        Substitution { env, findings }.node(&mut member.node, &path, place);
    }
}

/// Where in the file a value stands, as far as it decides which forms are substituted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Other,
    /// Top-level `plugins`.
    Plugins,
    /// `model_list`.
    Models,
    PluginSettings,
}

impl Place {
    fn inside(self, key: &str) -> Self {
        match (self, key) {
            (Place::Plugins, "config") | (Place::Models, "plugins") => Place::PluginSettings,
            (Place::Models, _) => Place::Other,
            (place, _) => place,
        }
    }
}

struct Substitution<'s, 'f> {
    env: &'s dyn Env,
    findings: &'s mut Findings<'f>,
}

impl Substitution<'_, '_> {
    fn node(&mut self, node: &mut Node, path: &str, place: Place) {
        let mark = node.mark;
        match &mut node.value {
            Value::Text { text, unset } => {
                let forms = match place {
                    Place::PluginSettings => Forms::Braces,
                    _ => Forms::All,
                };
                let expanded = expand(text, forms, self.env);
                for name in &expanded.unset {
                    let message = format!("the variable `{name}` is not set");
                    self.findings
                        .push(Severity::Warning, mark, path, message, None);
                }
                *text = expanded.text;
                *unset = expanded.unset;
            }
            Value::List(items) => {
                for (i, item) in items.iter_mut().enumerate() {
                    self.node(item, &format!("{path}[{i}]"), place);
                }
            }
            Value::Map(members) => {
                for member in members {
                    let path = format!("{path}.{}", member.key);
                    let place = place.inside(&member.key);
                    self.node(&mut member.node, &path, place);
                }
            }
            Value::Null | Value::Bool { .. } | Value::Number { .. } => {}
        }
    }
}
