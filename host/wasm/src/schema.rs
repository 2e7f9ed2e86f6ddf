//! A plugin's configuration against the JSON schema that the plugin declares.

use serde_json::Value;

pub(crate) struct Schema(jsonschema::Validator);

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Such as `formats[2]`; empty for the whole.
    pub path: String,
    pub message: String,
}

impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "`config`: {}", self.message),
            path if path.starts_with('[') => write!(f, "`config{path}`: {}", self.message),
            path => write!(f, "`config.{path}`: {}", self.message),
        }
    }
}

impl Schema {
    pub fn parse(text: &str) -> Result<Self, String> {
        let schema: Value =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        jsonschema::draft202012::new(&schema)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub fn check(&self, config: &Value) -> Vec<ConfigProblem> {
        self.0
            .iter_errors(config)
            .map(|error| ConfigProblem {
                path: key_path(error.instance_path().as_str()),
                message: error.to_string(),
            })
            .collect()
    }
}

/// `/formats/2/name` → `formats[2].name`.
fn key_path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{part}]"));
            continue;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&part.replace("~1", "/").replace("~0", "~"));
    }
    path
}
