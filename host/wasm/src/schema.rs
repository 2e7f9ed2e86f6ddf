//! A plugin's configuration against the JSON schema that the plugin declares.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;
use yallmp_core::config::keys::nearest;
use yallmp_core::config::secret::is_secret_name;

pub(crate) struct Schema {
    json: Value,
    validator: jsonschema::Validator,
}

/// Words of an enumeration that the validator names all.
const SHORT: usize = 3;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// JSON pointer to the value, such as `/formats/2`; empty for the whole.
    pub pointer: String,
    /// The plugin has no setting of this name.
    pub unknown: bool,
    pub message: String,
    /// The way out, if one can be guessed.
    pub hint: Option<String>,
}

impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`config{}`: {}", key_path(&self.pointer), self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl Schema {
    pub fn parse(text: &str) -> Result<Self, String> {
        let json: Value =
            serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let validator = jsonschema::draft202012::new(&json).map_err(|error| error.to_string())?;
        Ok(Self { json, validator })
    }

    pub fn check(&self, config: &Value) -> Vec<ConfigProblem> {
        let mut problems = Vec::new();
        for error in self.validator.iter_errors(config) {
            self.tell(&error, &mut problems);
        }
        problems
    }

    fn tell(&self, error: &ValidationError<'_>, problems: &mut Vec<ConfigProblem>) {
        let pointer = error.instance_path().as_str();
        match error.kind() {
            Kind::AdditionalProperties { unexpected }
            | Kind::UnevaluatedProperties { unexpected } => {
                let known = self.siblings(error);
                problems.extend(unexpected.iter().map(|name| unknown(pointer, name, &known)));
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                match meant(context, pointer) {
                    Some(branch) => branch.iter().for_each(|error| self.tell(error, problems)),
                    None => problems.push(ConfigProblem {
                        message: neither(context),
                        ..plain(error)
                    }),
                }
            }
            Kind::Enum { options } => {
                let words = options.as_array().into_iter().flatten();
                let words: Vec<&str> = words.filter_map(Value::as_str).collect();
                let written = error.instance().as_str().unwrap_or_default();
                let hint = nearest(written, words.iter().copied());
                // Of long lists the validator's own words show the begin only.
                let all = || (words.len() > SHORT).then(|| format!("one of {}", listed(&words)));
                problems.push(ConfigProblem {
                    hint: hint.map(did_you_mean).or_else(all),
                    ..plain(error)
                });
            }
            _ => problems.push(plain(error)),
        }
    }

    /// The settings that the schema knows where it found one that it does not know.
    fn siblings(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let path = error.schema_path().as_str();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let known = self
            .json
            .pointer(parent)
            .and_then(|it| it.get("properties"));
        let known = known.and_then(Value::as_object).into_iter().flatten();
        known.map(|(name, _)| name.as_str()).collect()
    }
}

fn unknown(pointer: &str, name: &str, known: &[&str]) -> ConfigProblem {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => Some(did_you_mean(near)),
        None if known.is_empty() => None,
        None => Some(format!("settings here: {}", listed(known))),
    };
    ConfigProblem {
        pointer: format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
        unknown: true,
        message: "there is no such setting".to_owned(),
        hint,
    }
}

fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

fn listed(names: &[&str]) -> String {
    format!("`{}`", names.join("`, `"))
}

/// As the validator says it, but a secret is not repeated.
fn plain(error: &ValidationError<'_>) -> ConfigProblem {
    let pointer = error.instance_path().as_str();
    let message = match pointer.split('/').any(is_secret_name) {
        true => error.masked().to_string(),
        false => error.to_string(),
    };
    ConfigProblem {
        pointer: pointer.to_owned(),
        unknown: false,
        message,
        hint: None,
    }
}

/// Of several ways to write a setting, the one that was tried: the only one that objects to
/// something inside of the value and not to the value as such.
fn meant<'e>(
    branches: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e Vec<ValidationError<'static>>> {
    let inside = |error: &ValidationError<'_>| {
        let unknown = matches!(
            error.kind(),
            Kind::AdditionalProperties { .. } | Kind::UnevaluatedProperties { .. }
        );
        unknown || error.instance_path().as_str() != pointer
    };
    let mut tried = branches.iter().filter(|branch| branch.iter().all(inside));
    tried.next().filter(|_| tried.next().is_none())
}

/// What each of several ways has against a value.
fn neither(branches: &[Vec<ValidationError<'static>>]) -> String {
    let mut messages: Vec<_> = branches
        .iter()
        .filter_map(|branch| Some(plain(branch.first()?).message))
        .collect();
    messages.dedup();
    messages.join(", and ")
}

/// `/formats/2/name` → `.formats[2].name`.
fn key_path(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        match part.bytes().all(|byte| byte.is_ascii_digit()) {
            true => path.push_str(&format!("[{part}]")),
            false => path.push_str(&format!(".{}", part.replace("~1", "/").replace("~0", "~"))),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(schema: &Value, config: &Value) -> Vec<String> {
        let schema = Schema::parse(&schema.to_string()).unwrap();
        let problems = schema.check(config);
        problems.iter().map(ToString::to_string).collect()
    }

    fn settings() -> Value {
        json!({
            "additionalProperties": false,
            "properties": {
                "mode": {"enum": ["off", "end", "anywhere"]},
                "formats": {"anyOf": [
                    {"enum": ["auto", "all"]},
                    {"type": "array", "items": {"$ref": "#/$defs/format"}},
                ]},
                "api_key": {"type": "string", "maxLength": 3},
            },
            "$defs": {"format": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"a/name": {"type": "string"}},
            }},
        })
    }

    #[test]
    fn a_misspelled_setting_is_told_with_the_one_that_was_meant() {
        assert_eq!(
            problems(&settings(), &json!({"mdoe": "end"})),
            ["`config.mdoe`: there is no such setting (did you mean `mode`?)"]
        );
        assert_eq!(
            problems(&settings(), &json!({"other": 1})),
            [
                "`config.other`: there is no such setting (settings here: `mode`, `formats`, `api_key`)"
            ]
        );
    }

    #[test]
    fn a_misspelled_word_too() {
        assert_eq!(
            problems(&settings(), &json!({"mode": "anywere"})),
            [
                "`config.mode`: \"anywere\" is not one of \"off\", \"end\" or \"anywhere\" (did you mean `anywhere`?)"
            ]
        );
    }

    #[test]
    fn all_words_of_a_long_list_are_named() {
        let schema = json!({"properties": {"dialect": {"enum": ["a", "b", "c", "d"]}}});
        assert_eq!(
            problems(&schema, &json!({"dialect": "other"})),
            [
                "`config.dialect`: \"other\" is not one of \"a\", \"b\" or 2 other candidates (one of `a`, `b`, `c`, `d`)"
            ]
        );
    }

    #[test]
    fn of_several_ways_the_one_that_was_tried_counts() {
        assert_eq!(
            problems(
                &settings(),
                &json!({"formats": [{"a/nam": "x"}, {"a/name": 3}]})
            ),
            [
                "`config.formats[0].a/nam`: there is no such setting (did you mean `a/name`?)",
                "`config.formats[1].a/name`: 3 is not of type \"string\"",
            ]
        );
        assert_eq!(
            problems(&settings(), &json!({"formats": "al"})),
            [
                "`config.formats`: \"al\" is not one of \"auto\" or \"all\", and \"al\" is not of type \"array\""
            ]
        );
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let told = problems(&settings(), &json!({"api_key": "sk-1234"})).join("");
        assert!(!told.contains("sk-1234"), "{told}");
        assert!(told.contains("longer than 3"), "{told}");
    }
}
