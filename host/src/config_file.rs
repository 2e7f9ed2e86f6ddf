//! The configuration as a file: finding it, reading it, and the `.env` beside it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use yallmp_core::config::{self, Draft, Env, Loaded, Origin, Report};

/// Looked for in the working folder when nothing else is said.
pub const DEFAULT_FILE: &str = "litellm_config.yaml";

/// Name the file when no `--config` does, in this order.
const VARIABLES: [&str; 2] = ["YALLMP_CONFIG", "YALLM_CONFIG"];

/// The environment of this process.
pub struct ProcessEnv;

impl Env for ProcessEnv {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// The environment, and below it what `.env` says: a variable that is set wins.
struct WithDotEnv<'a> {
    environment: &'a dyn Env,
    dot_env: &'a BTreeMap<String, String>,
}

impl Env for WithDotEnv<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let set = self.environment.get(name);
        set.or_else(|| self.dot_env.get(name).cloned())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    #[error(
        "there is no `{DEFAULT_FILE}` in this folder; name a file with `--config` or in `$YALLMP_CONFIG`"
    )]
    NoDefault,
    #[error("cannot read the configuration `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the configuration `{}` is not UTF-8", path.display())]
    NotText { path: PathBuf },
    #[error("cannot read `{}`", path.display())]
    DotEnvUnreadable { path: PathBuf, source: io::Error },
    /// The line itself may hold a secret.
    #[error("`{}`, line {line}: this is not `NAME=value`", path.display())]
    DotEnv { path: PathBuf, line: usize },
}

/// A configuration file with everything that belongs to it, not yet understood.
pub struct ConfigFile {
    pub path: PathBuf,
    text: String,
    dot_env: BTreeMap<String, String>,
}

impl ConfigFile {
    /// The file that is meant: `given`, else what the environment names, else
    /// [`DEFAULT_FILE`].
    pub fn find(given: Option<&Path>, env: &dyn Env) -> PathBuf {
        if let Some(path) = given {
            return path.to_owned();
        }
        let named = VARIABLES.iter().filter_map(|name| env.get(name));
        let mut named = named.filter(|path| !path.is_empty());
        PathBuf::from(named.next().unwrap_or_else(|| DEFAULT_FILE.to_owned()))
    }

    /// Read a file, and the `.env` beside it if there is one.
    pub fn read(path: &Path) -> Result<Self, ConfigFileError> {
        let bytes = std::fs::read(path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound && path == Path::new(DEFAULT_FILE) {
                return ConfigFileError::NoDefault;
            }
            ConfigFileError::Unreadable {
                path: path.to_owned(),
                source,
            }
        })?;
        let text = String::from_utf8(bytes).map_err(|_| ConfigFileError::NotText {
            path: path.to_owned(),
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
            dot_env: dot_env(&path.with_file_name(".env"))?,
        })
    }

    /// Understand it.
    pub fn load(&self, env: &dyn Env) -> Result<Loaded, Report> {
        self.draft(env).load()
    }

    /// The same while there may be more to say about it.
    pub fn draft(&self, env: &dyn Env) -> Draft<'_> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let origin = Origin {
            file: self.path.display().to_string(),
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
        };
        let env = WithDotEnv {
            environment: env,
            dot_env: &self.dot_env,
        };
        let read = |path: &str| text_of(&folder.join(path)).map_err(|error| error.to_string());
        config::draft(&self.text, &origin, &env, &read)
    }

    /// The variables that `.env` brought in, to be told at start.
    pub fn from_dot_env(&self, env: &dyn Env) -> Vec<&str> {
        let names = self.dot_env.keys().map(String::as_str);
        names.filter(|name| env.get(name).is_none()).collect()
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    String::from_utf8(std::fs::read(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The variables of a `.env`. They are not put into the environment of this process:
/// plugins and child processes have no business with them.
fn dot_env(path: &Path) -> Result<BTreeMap<String, String>, ConfigFileError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => {
            let path = path.to_owned();
            return Err(ConfigFileError::DotEnvUnreadable { path, source });
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut variables = BTreeMap::new();
    for (before, found) in dotenvy::from_read_iter(text.as_bytes()).enumerate() {
        let (name, value) = found.map_err(|error| {
            let path = path.to_owned();
            match error {
                dotenvy::Error::LineParse(bad, _) => {
                    let line = line_of(&bad, text, before);
                    ConfigFileError::DotEnv { path, line }
                }
                dotenvy::Error::Io(source) => ConfigFileError::DotEnvUnreadable { path, source },
                other => ConfigFileError::DotEnvUnreadable {
                    path,
                    source: io::Error::other(other),
                },
            }
        })?;
        variables.insert(name, value);
    }
    Ok(variables)
}

/// The number of the line that is bad: the reader shows the line, or its value alone. Each of
/// the variables `before` it has a line at least.
fn line_of(bad: &str, text: &str, before: usize) -> usize {
    let bad = bad.trim().lines().next().unwrap_or_default();
    let mut lines = text.lines().enumerate().skip(before);
    let found = lines.find(|(_, line)| line.trim().ends_with(bad));
    found.map_or(before, |(index, _)| index) + 1
}

#[cfg(test)]
#[path = "config_file_tests.rs"]
mod tests;
