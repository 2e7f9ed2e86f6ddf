//! Paths: the part of JSONPath (RFC 9535) that names places one by one. `$.` may be left out,
//! as in LiteLLM's `additional_drop_params`, and names may hold `-`.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Name(String),
    /// From the end, if it is below 0.
    Index(i64),
    /// Every item or member.
    Any,
    /// The items or members of which this is true.
    Filter(Filter),
}

/// What is said of `@`: the place that `path` leads to from there exists, has a value or has
/// not. As in the RFC, a place that does not exist has no value, so it differs from all.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub path: Path,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Exists,
    Equals(Json<'static>),
    Differs(Json<'static>),
}

impl Path {
    /// # Errors
    /// What is wrong, with the way out, for a person.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, rest: text };
        let path = reader.path("$")?;
        match reader.rest {
            "" => Ok(path),
            rest => reader.wrong(&format!("`{rest}` is not understood")),
        }
    }

    /// The name that the path begins with, if it does.
    pub fn root(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Whether it can lead to one place only.
    pub fn is_single(&self) -> bool {
        let single = |step: &Step| matches!(step, Step::Name(_) | Step::Index(_));
        self.steps.iter().all(single)
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Reader<'_> {
    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("the path `{}`: {what}", self.text))
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// From `root` (`$`, `@`) on, as far as there are steps. A path may begin with a name.
    fn path(&mut self, root: &str) -> Result<Path, String> {
        let mut steps = Vec::new();
        if !self.take(root) && !self.rest.starts_with('[') {
            steps.push(Step::Name(self.name()?));
        }
        loop {
            if self.take("..") {
                return self.wrong(
                    "`..` is not supported; name the way, with `[*]` for every item of a list",
                );
            }
            let step = if self.take(".*") {
                Step::Any
            } else if self.take(".") {
                Step::Name(self.name()?)
            } else if self.take("[") {
                self.bracket()?
            } else {
                return Ok(Path { steps });
            };
            steps.push(step);
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || !c.is_ascii();
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return self
                .wrong("a name is missing; one with other characters is written `['the name']`");
        }
        self.rest = rest;
        Ok(name.to_string())
    }

    /// After `[`.
    fn bracket(&mut self) -> Result<Step, String> {
        self.space();
        let step = if self.take("*") {
            Step::Any
        } else if self.take("?") {
            Step::Filter(self.filter()?)
        } else if self.rest.starts_with(['\'', '"']) {
            Step::Name(self.quoted()?)
        } else {
            let end = self.rest.find(']').unwrap_or(self.rest.len());
            let (number, rest) = self.rest.split_at(end);
            let Ok(index) = number.trim().parse() else {
                return self.wrong(&format!(
                    "`[{number}]` is none of `[0]`, `[-1]`, `[*]`, `['name']` and `[?@.name == 'value']`"
                ));
            };
            self.rest = rest;
            Step::Index(index)
        };
        self.space();
        if self.take("]") {
            Ok(step)
        } else {
            self.wrong("`]` is missing")
        }
    }

    fn filter(&mut self) -> Result<Filter, String> {
        self.space();
        if !self.rest.starts_with('@') {
            return self.wrong("what follows `?` begins with `@`, as in `[?@.role == 'system']`");
        }
        let path = self.path("@")?;
        if !path.is_single() {
            return self.wrong("a path inside of a filter leads to one place: names and indexes");
        }
        self.space();
        let test = if self.take("==") {
            Test::Equals(self.literal()?)
        } else if self.take("!=") {
            Test::Differs(self.literal()?)
        } else {
            Test::Exists
        };
        Ok(Filter { path, test })
    }

    fn literal(&mut self) -> Result<Json<'static>, String> {
        self.space();
        if self.rest.starts_with(['\'', '"']) {
            return Ok(self.quoted()?.into());
        }
        let end = self.rest.find(']').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        match Json::parse(word) {
            Ok(json @ (Json::Null | Json::Bool(_) | Json::Number(_))) => {
                self.rest = rest;
                Ok(json.into_owned())
            }
            _ => self.wrong(&format!(
                "`{}` is none of `'text'`, a number, `true`, `false` and `null`; \
                 a filter makes one comparison",
                word.trim()
            )),
        }
    }

    /// At a quote. There are no escapes: what holds one kind of quote is put into the other.
    fn quoted(&mut self) -> Result<String, String> {
        let quote = if self.rest.starts_with('"') {
            '"'
        } else {
            '\''
        };
        self.rest = &self.rest[1..];
        match self.rest.split_once(quote) {
            Some((text, rest)) => {
                self.rest = rest;
                Ok(text.to_string())
            }
            None => self.wrong(&format!("the closing {quote} is missing")),
        }
    }
}
