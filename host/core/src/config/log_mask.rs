//! `mask_headers` and `mask_json` of the request log: what it must not hold.

use super::Globs;
use super::findings::{At, Findings};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogMask {
    /// Names of headers, besides those that are always masked.
    pub headers: Globs,
    /// Values in bodies and events.
    pub json: Vec<JsonPath>,
}

/// The way from the top of a JSON text to values in it, such as `messages.*.content`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of this name, or the item of a list with this number (from 0).
    Named(String),
    /// Any member or item.
    Any,
}

impl JsonPath {
    /// Steps with dots between them; a step is a name, a number or `*`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("this path is empty");
        }
        if text.contains(['[', ']']) || text.starts_with(['$', '/']) {
            return Err("this is no path");
        }
        let steps = text.split('.').map(|step| match step {
            "" => Err("a step of this path is empty"),
            "*" => Ok(Step::Any),
            _ if step.contains('*') => Err("`*` stands for a whole step"),
            _ => Ok(Step::Named(step.to_owned())),
        });
        steps.collect::<Result<_, _>>().map(Self)
    }

    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// Of a `request_log`.
pub fn read(at: &At<'_>, findings: &mut Findings<'_>) -> LogMask {
    let mut mask = LogMask::default();
    let mut headers = Vec::new();
    for (at, pattern) in texts(at.get("mask_headers")) {
        let pattern = pattern.trim();
        let is_one =
            |c: char| c == '*' || (c.is_ascii_graphic() && !"\"(),/:;<=>?@[\\]{}".contains(c));
        if pattern.is_empty() || !pattern.chars().all(is_one) {
            let hint =
                "write a name such as `x-tenant`; `*` stands for any characters: `x-customer-*`";
            findings.error(&at, "no header can have this name", Some(hint.to_owned()));
        } else {
            headers.push(pattern);
        }
    }
    mask.headers = Globs::new(headers);
    for (at, path) in texts(at.get("mask_json")) {
        match JsonPath::parse(path) {
            Ok(path) => mask.json.push(path),
            Err(problem) => {
                let hint = "write names, numbers or `*` with dots between them, such as `user` or `messages.*.content`";
                findings.error(&at, problem, Some(hint.to_owned()));
            }
        }
    }
    mask
}

/// One text or a list of them, each with its place.
fn texts<'a>(at: Option<At<'a>>) -> Vec<(At<'a>, &'a str)> {
    let Some(at) = at else {
        return Vec::new();
    };
    let items: Vec<_> = match at.node.as_text() {
        Some(_) => vec![at],
        None => at.items().collect(),
    };
    let texts = items.into_iter().filter_map(|at| {
        let text = at.node.as_text()?;
        Some((at, text))
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_steps_with_dots() {
        let named = |name: &str| Step::Named(name.into());
        for (text, expected) in [
            ("user", Ok(vec![named("user")])),
            (
                "messages.*.content",
                Ok(vec![named("messages"), Step::Any, named("content")]),
            ),
            ("input.0", Ok(vec![named("input"), named("0")])),
            ("", Err("this path is empty")),
            ("a..b", Err("a step of this path is empty")),
            ("a.b*", Err("`*` stands for a whole step")),
            ("$.a", Err("this is no path")),
            ("messages[0]", Err("this is no path")),
        ] {
            let steps = JsonPath::parse(text).map(|path| path.0);
            assert_eq!(steps, expected, "{text}");
        }
    }
}
