//! One model from JSON, for `POST /admin/models`.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::audit::Audit;
use super::deployment::{Shared, deployment};
use super::diag::{Problem, Severity};
use super::findings::{At, Findings};
use super::keys::{Found, MODEL, PARAMS};
use super::plugins::{Catalogue, Paths};
use super::raw::Node;
use super::timeouts::Limits;
use super::{Config, Deployment, Origin};

/// A model to be registered at run time.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its id is `<model_name>#registered`.
    pub deployment: Deployment,
    /// Models to try after it, in order. Their names are not checked.
    pub fallbacks: Vec<String>,
    /// Fields without effect here.
    pub ignored: Vec<String>,
}

/// What is wrong with a registration; becomes a 400 whose `param` is `field`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FieldError {
    /// As the client wrote it, without `litellm_params.`; empty when it is about all.
    pub field: String,
    /// A sentence that names the field.
    pub message: String,
}

impl FieldError {
    fn new(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

/// Read a model from JSON. Its fields stand at the top or under `litellm_params`:
/// `model_name` (or `name`), `api_base` (or `base_url`), `api_key`, `target_model`,
/// `model`, `request_timeout`, `supports_reasoning`, `fallbacks` (string or list),
/// `plugins` and the other keys that a model of the file may have. What is not said comes
/// from `base`. Values are taken as they are: nothing is substituted, and a plugin cannot
/// be given a `path`.
pub fn registration(json: &Value, base: &Config) -> Result<Registration, FieldError> {
    let Fields {
        entry,
        fallbacks,
        ignored,
    } = fields(json)?;
    let node = Node::from_json(&entry);
    let at = At::top(&node);
    let origin = Origin {
        file: "the request".to_owned(),
        folder: PathBuf::new(),
    };
    let mut findings = Findings::new(&origin, "");
    let mut audit = Audit::new(&mut findings, true);
    audit.section(&at, "", &MODEL);
    let catalogue = Catalogue {
        list: base.plugins.clone(),
        paths: Paths::Refused,
    };
    let shared = Shared {
        timeouts: &Limits::of(&base.timeouts),
        trust: &base.trust,
        folder: None,
        plugins: &catalogue,
        chain: None,
        profiles: &base.profiles,
        credentials: Vec::new(),
        env: None,
    };
    let found = deployment(&at, &shared, &mut findings);
    let mut errors = findings.problems.into_iter();
    if let Some(problem) = errors.find(|problem| problem.severity == Severity::Error) {
        return Err(field_error(problem));
    }
    let Some((mut deployment, fault)) = found else {
        return Err(FieldError::new("model_name", "`model_name` cannot be used"));
    };
    if let Some(reason) = deployment.disabled {
        return Err(FieldError::new(fault.unwrap_or_default(), reason));
    }
    deployment.id = format!("{}#registered", deployment.model_name);
    Ok(Registration {
        deployment,
        fallbacks,
        ignored,
    })
}

struct Fields {
    /// In the shape of an entry of `model_list`.
    entry: Value,
    fallbacks: Vec<String>,
    ignored: Vec<String>,
}

fn fields(json: &Value) -> Result<Fields, FieldError> {
    let Value::Object(fields) = json else {
        return Err(FieldError::new("", "the body must be a JSON object"));
    };
    let mut entry = Map::new();
    let mut params = Map::new();
    let mut fallbacks = Vec::new();
    let nested = match fields.get("litellm_params") {
        None | Some(Value::Null) => None,
        Some(Value::Object(nested)) => Some(nested),
        Some(_) => {
            let message = "`litellm_params` must be an object";
            return Err(FieldError::new("litellm_params", message));
        }
    };
    // What stands at the top wins.
    for (name, value) in nested.into_iter().flatten().chain(fields) {
        match name.as_str() {
            "litellm_params" => {}
            "fallbacks" => fallbacks = names(value)?,
            "name" if !fields.contains_key("model_name") => {
                entry.insert("model_name".to_owned(), value.clone());
            }
            "name" => {}
            _ if matches!(MODEL.find(name), Found::Key(_)) => {
                entry.insert(name.clone(), value.clone());
            }
            _ => {
                params.insert(name.clone(), value.clone());
            }
        }
    }
    if entry.get("model_name").is_none_or(Value::is_null) {
        return Err(FieldError::new("model_name", "`model_name` is missing"));
    }
    let mut ignored = Vec::new();
    for name in params.keys() {
        match PARAMS.find(name) {
            Found::Unknown(Some(near)) => {
                let message = format!("`{name}` is not known; did you mean `{near}`?");
                return Err(FieldError::new(name, message));
            }
            Found::Unknown(None) | Found::Ignored(_) => ignored.push(name.clone()),
            Found::Key(_) | Found::Free => {}
        }
    }
    entry.insert("litellm_params".to_owned(), Value::Object(params));
    Ok(Fields {
        entry: Value::Object(entry),
        fallbacks,
        ignored,
    })
}

fn names(value: &Value) -> Result<Vec<String>, FieldError> {
    let names = match value {
        Value::Null => Some(Vec::new()),
        Value::String(name) => Some(vec![name.clone()]),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    };
    names.ok_or_else(|| {
        FieldError::new(
            "fallbacks",
            "`fallbacks` must be a string or a list of strings",
        )
    })
}

fn field_error(problem: Problem) -> FieldError {
    let field = problem.path.trim_start_matches("litellm_params.");
    let hint = problem.hint.map(|hint| format!(" ({hint})"));
    FieldError::new(field, problem.message + &hint.unwrap_or_default())
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
