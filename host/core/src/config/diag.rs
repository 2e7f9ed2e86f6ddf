//! Everything that is wrong with a file, at once: each problem with its place, the line
//! it stands on and, where there is one, the way out.

use std::fmt;

use super::keys::KeyUse;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One thing to say about the configuration. Texts hold no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub file: String,
    /// Line and column count from 1, the column in characters. 0: not about a place.
    pub line: u32,
    pub column: u32,
    /// Such as `model_list[2].litellm_params.api_base`; empty for the file itself.
    pub path: String,
    pub message: String,
    pub hint: Option<String>,
    pub excerpt: Option<Excerpt>,
}

/// The line of a problem, secrets replaced by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub line: String,
    /// What the carets stand under, in characters from 0.
    pub start: usize,
    pub len: usize,
}

/// What was found in one file: its problems in the order of the file, and what became of
/// every key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub problems: Vec<Problem>,
    pub keys: Vec<KeyUse>,
}

impl Report {
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    }
}

/// Readable without colour:
///
/// ```text
/// error: `timeout` must be a number of seconds, not a list
///   --> litellm_config.yaml:4:16 (model_list[0].litellm_params.timeout)
///    |
///  4 |       timeout: [1]
///    |                ^^^
///    = hint: write `30` or `30s`
/// ```
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{severity}: {}", self.message)?;
        let number = self.line.to_string();
        let margin = " ".repeat(number.len() + 1);
        write!(f, "{margin}--> {}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        if !self.path.is_empty() {
            write!(f, " ({})", self.path)?;
        }
        writeln!(f)?;
        if let Some(excerpt) = &self.excerpt {
            let carets = "^".repeat(excerpt.len.max(1));
            let before = " ".repeat(excerpt.start);
            writeln!(f, "{margin} |")?;
            writeln!(f, " {number} | {}", excerpt.line)?;
            writeln!(f, "{margin} | {before}{carets}")?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "{margin} = hint: {hint}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    /// All problems, errors first, with an empty line between two.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems: Vec<_> = self.problems.iter().collect();
        problems.sort_by_key(|problem| problem.severity);
        for (i, problem) in problems.into_iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}
