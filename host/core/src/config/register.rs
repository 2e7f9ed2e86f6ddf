//! One model from JSON, for `POST /admin/models`.

use serde_json::Value;

use super::{Config, Deployment};

/// A model to be registered at run time.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Its id is `<model_name>#registered`.
    pub deployment: Deployment,
    /// Models to try after it, in order. Their names are not checked.
    pub fallbacks: Vec<String>,
}

/// What is wrong with a registration; becomes a 400 whose `param` is `field`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

/// Read a model from JSON. Its fields stand at the top or under `litellm_params`:
/// `model_name` (or `name`), `api_base` (or `base_url`), `api_key`, `target_model`,
/// `model`, `request_timeout`, `supports_reasoning`, `fallbacks` (string or list),
/// `plugins` and the other keys that a model of the file may have. What is not said comes
/// from `base`. Values are taken as they are: nothing is substituted, and a plugin cannot
/// be given a `path`.
pub fn registration(json: &Value, base: &Config) -> Result<Registration, FieldError> {
    let _ = (json, base);
    Err(FieldError {
        field: "model_name".into(),
        message: "is missing".into(),
    })
}
