//! Which settings are secrets, by their names.

use serde_json::Value;

/// What stands for a secret in anything that is shown or handed to plugins.
pub const MASK: &str = "***";

const PATTERNS: [&str; 8] = [
    "key",
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "authorization",
    "cookie",
];

/// Whether a setting or header of this name holds a secret: `api_key`,
/// `aws_session_token`, `x-auth-token`, `Authorization`. Rather one too many.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PATTERNS.iter().any(|pattern| name.contains(pattern))
}

/// Replace every text below a secret name. Numbers and booleans stay: `max_tokens: 100`
/// is no secret.
pub fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if is_secret_name(name) {
                    mask_texts(value);
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn mask_texts(value: &mut Value) {
    match value {
        Value::String(text) => MASK.clone_into(text),
        Value::Object(members) => members.values_mut().for_each(mask_texts),
        Value::Array(items) => items.iter_mut().for_each(mask_texts),
        _ => {}
    }
}
