//! Collects what is to be said about a file and those that it includes, with excerpts that show no secrets.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use super::Origin;
use super::diag::{Excerpt, Problem, Severity};
use super::env::is_reference;
use super::raw::{Mark, Node, SyntaxError, Value};
use super::secret::is_secret_name;

/// A value and the way to it.
#[derive(Debug, Clone)]
pub struct At<'a> {
    pub node: &'a Node,
    /// `model_list[2].litellm_params`; empty at the top.
    pub path: String,
}

impl<'a> At<'a> {
    pub fn top(node: &'a Node) -> Self {
        Self {
            node,
            path: String::new(),
        }
    }

    /// The value of a key, unless it is absent or null.
    pub fn get(&self, key: &str) -> Option<At<'a>> {
        Some(self.at(key, self.node.get(key)?))
    }

    /// The first of several names of a setting that is there.
    pub fn first(&self, keys: &[&str]) -> Option<At<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Its text.
    pub fn text(&self, keys: &[&str]) -> Option<&'a str> {
        self.first(keys)?.node.as_text()
    }

    pub fn at(&self, key: &str, node: &'a Node) -> At<'a> {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        At { node, path }
    }

    pub fn items(&self) -> impl Iterator<Item = At<'a>> {
        let path = self.path.clone();
        let items = self.node.items().iter().enumerate();
        items.map(move |(i, node)| At {
            node,
            path: format!("{path}[{i}]"),
        })
    }
}

/// The lines of a text as YAML counts them, with where they begin.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let rest = &text[from..];
        let Some(end) = rest.find(['\n', '\r']) else {
            start = None;
            return Some((from, rest));
        };
        let long = rest[end..].starts_with("\r\n");
        start = Some(from + end + if long { 2 } else { 1 });
        Some((from, &rest[..end]))
    })
}

/// The name that ends a text: `api_key` of `{a: b, "api_key"`.
fn word_before(text: &str) -> &str {
    let text = text.trim_end_matches(['"', '\'', ' ']);
    let start = text.rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    start.map_or(text, |at| {
        text[at..].trim_start_matches(|c: char| !c.is_alphanumeric())
    })
}

/// Whether a text is a URL with a password or a key in it.
fn tells_in_url(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    rest.contains('@') || is_secret_name(query)
}

/// A file.
struct Text<'a> {
    name: String,
    text: Cow<'a, str>,
    /// Bytes that are never shown.
    secrets: Vec<Range<usize>>,
}

/// A file that is named as a value.
pub struct Named {
    pub file: PathBuf,
    pub mark: Mark,
    pub path: String,
}

pub struct Findings<'a> {
    texts: Vec<Text<'a>>,
    pub problems: Vec<Problem>,
    pub files: Vec<Named>,
}

impl<'a> Findings<'a> {
    pub fn new(origin: &Origin, text: &'a str) -> Self {
        Self {
            texts: vec![Text {
                name: origin.file.clone(),
                text: Cow::Borrowed(text),
                secrets: Vec::new(),
            }],
            problems: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Whether this file can be used is for others to say.
    pub fn names_file(&mut self, at: &At<'_>, file: PathBuf) {
        self.files.push(Named {
            file,
            mark: at.node.mark,
            path: at.path.clone(),
        });
    }

    /// An included file. Its number, for the marks of its tree.
    pub fn also(&mut self, name: String, text: &str) -> usize {
        self.texts.push(Text {
            name,
            text: Cow::Owned(text.to_owned()),
            secrets: Vec::new(),
        });
        self.texts.len() - 1
    }

    /// `FILE:LINE`.
    pub fn place(&self, mark: Mark) -> String {
        format!("{}:{}", self.texts[mark.file].name, mark.line)
    }

    /// The file in which a place is.
    pub fn file(&self, mark: Mark) -> &str {
        &self.texts[mark.file].name
    }

    /// Never show the values of secrets below this node; to be called with the tree as it
    /// was written.
    pub fn hide_secrets(&mut self, node: &Node) {
        self.hide(node, false);
    }

    fn hide(&mut self, node: &Node, secret: bool) {
        match &node.value {
            Value::List(items) => items.iter().for_each(|item| self.hide(item, secret)),
            Value::Map(members) => {
                for member in members {
                    self.hide(&member.node, secret || is_secret_name(&member.key));
                }
            }
            Value::Text { text, .. } if (secret && !is_reference(text)) || tells_in_url(text) => {
                let (start, end) = node.mark.span;
                self.texts[node.mark.file].secrets.push(start..end);
            }
            Value::Number { .. } if secret => {
                let (start, end) = node.mark.span;
                self.texts[node.mark.file].secrets.push(start..end);
            }
            _ => {}
        }
    }

    pub fn error(&mut self, at: &At<'_>, message: impl Into<String>, hint: Option<String>) {
        self.push(Severity::Error, at.node.mark, &at.path, message, hint);
    }

    pub fn warn(&mut self, at: &At<'_>, message: impl Into<String>, hint: Option<String>) {
        self.push(Severity::Warning, at.node.mark, &at.path, message, hint);
    }

    /// An error that says better what has been warned of at this place.
    pub fn escalate(&mut self, at: &At<'_>, message: impl Into<String>, hint: Option<String>) {
        let mark = at.node.mark;
        let file = &self.texts[mark.file].name;
        self.problems.retain(|problem| !problem.is_at(file, mark));
        self.error(at, message, hint);
    }

    /// Say more about a problem at this place that has already been reported.
    pub fn amend(&mut self, mark: Mark, more: &str) {
        let file = &self.texts[mark.file].name;
        let mut problems = self.problems.iter_mut();
        if let Some(problem) = problems.find(|problem| problem.is_at(file, mark)) {
            problem.message.push_str(more);
        }
    }

    pub fn syntax(&mut self, error: SyntaxError) {
        // There is no tree that tells where secrets are: hide what follows their names,
        // and the next line when the value may stand there.
        let Text { text, secrets, .. } = &mut self.texts[error.mark.file];
        let mut spills = false;
        for (start, line) in lines(text) {
            let mut colons = line.match_indices(':').map(|(at, _)| at);
            let after = colons.find(|at| is_secret_name(word_before(&line[..*at])));
            let value = after.map(|at| line[at + 1..].trim());
            if let Some(at) = line.find("://").filter(|_| tells_in_url(line)) {
                secrets.push(start + at + 3..start + line.len());
            }
            if spills {
                secrets.push(start..start + line.len());
            }
            if let Some(at) = after.filter(|_| !value.is_some_and(is_reference)) {
                secrets.push(start + at + 1..start + line.len());
            }
            spills = value.is_some_and(|value| {
                value.is_empty() || value.starts_with(['|', '>', '"', '\'', '&', '!'])
            });
        }
        self.push(Severity::Error, error.mark, "", error.message, None);
    }

    pub fn push(
        &mut self,
        severity: Severity,
        mark: Mark,
        path: &str,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        let problem = Problem {
            severity,
            file: self.file(mark).to_owned(),
            line: mark.line,
            column: mark.column,
            path: path.replace(char::is_control, "?"),
            message: message.into(),
            hint,
            excerpt: self.excerpt(mark),
        };
        // What is reached through several aliases is said once.
        let same = |known: &Problem| {
            known.is_at(&problem.file, mark)
                && known.message == problem.message
                && (mark.line > 0 || known.path == path)
        };
        if !self.problems.iter().any(same) {
            self.problems.push(problem);
        }
    }

    fn excerpt(&self, mark: Mark) -> Option<Excerpt> {
        let number = (mark.line as usize).checked_sub(1)?;
        let file = &self.texts[mark.file];
        let (line_start, line) = lines(&file.text).nth(number)?;
        let shown: String = line
            .char_indices()
            .map(|(i, c)| match c {
                '\t' => ' ',
                ' ' => ' ',
                c if !file.hides(line_start + i) => c,
                _ => '*',
            })
            .collect();
        if shown.trim().is_empty() {
            return None;
        }
        let start = (mark.column as usize).saturating_sub(1);
        // A value of several lines is marked to the end of its first.
        let (from, to) = mark.span;
        let marked = file.text.get(from..to).unwrap_or_default();
        let len = marked.lines().next().unwrap_or_default().trim_end();
        let room = shown.chars().count().saturating_sub(start);
        Some(Excerpt {
            len: len.chars().count().clamp(1, room.max(1)),
            line: shown,
            start,
        })
    }

    /// In the order of the files.
    pub fn finish(mut self) -> Vec<Problem> {
        let texts = &self.texts;
        let number = |name: &str| texts.iter().position(|text| text.name == name);
        self.problems
            .sort_by_key(|problem| (number(&problem.file), problem.line, problem.column));
        self.problems
    }
}

impl Text<'_> {
    fn hides(&self, byte: usize) -> bool {
        self.secrets.iter().any(|secret| secret.contains(&byte))
    }
}

impl Problem {
    fn is_at(&self, file: &str, mark: Mark) -> bool {
        (self.line, self.column) == (mark.line, mark.column) && self.file == file
    }
}
