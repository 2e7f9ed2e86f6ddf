//! A deployment that says nothing about itself.

use serde_json::{Map, Value};

use super::{Backend, Deployment, Timeouts};

impl Deployment {
    /// With the same name on both sides, no key, no plugins and all defaults.
    pub fn new(model: &str, backend: Backend) -> Self {
        Self {
            id: format!("{model}#1"),
            model_name: model.to_owned(),
            target_model: model.to_owned(),
            provider: String::new(),
            backend,
            api_key: None,
            weight: 1,
            rpm: None,
            tpm: None,
            tries: None,
            timeouts: Timeouts::default(),
            extra_headers: Vec::new(),
            extra_body: Map::new(),
            drop_params: Vec::new(),
            supports_reasoning: None,
            model_info: Value::Object(Map::new()),
            params: "{}".to_owned(),
            plugins: Vec::new(),
            log_level: None,
            disabled: None,
        }
    }
}
