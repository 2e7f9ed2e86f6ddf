//! What a value means as text, number, time and so on. Each reading is None when the value
//! is something else; what is then said about it is in `audit`.
//!
//! Files are read generously: a number may stand where text is due (as it was written),
//! and text that holds a number may stand for one, because a variable is always text. JSON
//! is not, see [`super::raw::Node::from_json`].

use std::time::Duration;

use super::raw::{Node, Value};

impl Node {
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            Value::Number { text, .. } => text.as_deref(),
            // `no` and `off` are words before they are booleans.
            Value::Bool { text, .. } => text
                .as_deref()
                .filter(|text| !matches!(text.to_ascii_lowercase().as_str(), "true" | "false")),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    pub fn as_flag(&self) -> Option<bool> {
        match &self.value {
            Value::Bool { value, .. } => Some(*value),
            Value::Text { text, .. } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A number that is not negative.
    pub fn as_number(&self) -> Option<f64> {
        let number = match &self.value {
            Value::Number { value, .. } => value.as_f64()?,
            Value::Text { text, .. } => text.trim().parse().ok()?,
            _ => return None,
        };
        (number.is_finite() && number >= 0.0).then_some(number)
    }

    /// A whole number that is not negative.
    pub fn as_count(&self) -> Option<u64> {
        // Above this, a float is no longer exact; no setting is that large.
        const EXACT: f64 = 9e15;
        let number = self.as_number()?;
        (number.fract() == 0.0 && number <= EXACT).then_some(number as u64)
    }

    /// Seconds as a number, or text with a unit: `1.5`, `"30s"`, `500ms`, `2m`, `1h`.
    pub fn as_seconds(&self) -> Option<Duration> {
        let seconds = match self.as_number() {
            Some(seconds) => seconds,
            None => {
                let Value::Text { text, .. } = &self.value else {
                    return None;
                };
                let text = text.trim();
                let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
                let (number, unit) = text.split_at(unit_at);
                let number: f64 = number.trim().parse().ok()?;
                number
                    * match unit {
                        "ms" => 0.001,
                        "s" => 1.0,
                        "m" | "min" => 60.0,
                        "h" => 3600.0,
                        "d" => 86400.0,
                        _ => return None,
                    }
            }
        };
        // A century is as good as for ever, and far from overflow.
        const LONGEST: f64 = 100.0 * 365.0 * 86400.0;
        (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(LONGEST)))
    }

    /// `false`, `off`, `none` or 0: the setting is switched off.
    pub fn is_off(&self) -> bool {
        match &self.value {
            Value::Bool { value, .. } => !value,
            Value::Number { value, .. } => value.as_f64() == Some(0.0),
            Value::Text { text, .. } => {
                matches!(text.as_str(), "off" | "none" | "no" | "false" | "0")
            }
            _ => false,
        }
    }

    /// One text or a list of texts.
    pub fn as_texts(&self) -> Option<Vec<&str>> {
        match &self.value {
            Value::List(items) => items.iter().map(Node::as_text).collect(),
            _ => Some(vec![self.as_text()?]),
        }
    }

    /// A map, or a list of maps one after the other (as LiteLLM writes fallbacks), from
    /// names to one name or a list of names.
    pub fn as_name_lists(&self) -> Option<Vec<(&str, Vec<&str>)>> {
        match &self.value {
            Value::List(items) => items
                .iter()
                .map(Node::as_name_lists)
                .collect::<Option<Vec<_>>>()
                .map(|lists| lists.concat()),
            Value::Map(members) => members
                .iter()
                .filter(|member| !member.node.is_null())
                .map(|member| Some((member.key.as_str(), member.node.as_texts()?)))
                .collect(),
            _ => None,
        }
    }

    /// `model_group_alias`: name → name, or → a map with `model`.
    pub fn as_aliases(&self) -> Option<Vec<(&str, &str)>> {
        let Value::Map(members) = &self.value else {
            return None;
        };
        members
            .iter()
            .map(|member| {
                let target = member.node.get("model").unwrap_or(&member.node);
                // A list has one model that answers: the first.
                let target = target.items().first().unwrap_or(target);
                Some((member.key.as_str(), target.as_text()?))
            })
            .collect()
    }

    /// A map of texts, such as headers.
    pub fn as_text_map(&self) -> Option<Vec<(&str, &str)>> {
        let Value::Map(members) = &self.value else {
            return None;
        };
        members
            .iter()
            .filter(|member| !member.node.is_null())
            .map(|member| Some((member.key.as_str(), member.node.as_words()?)))
            .collect()
    }

    /// A text of a map of them. Header values are often flags.
    pub fn as_words(&self) -> Option<&str> {
        match &self.value {
            Value::Bool {
                text: Some(text), ..
            } => Some(text),
            _ => self.as_text(),
        }
    }
}
