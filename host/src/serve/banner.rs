//! What a person sees at start: where it listens, what it serves, what to try.
//!
//! ```text
//! yallmp 0.1.0, listening on http://127.0.0.1:17771
//! configuration: litellm_config.yaml
//! inspector: http://127.0.0.1:17771/ui/
//! plugins remember in: plugins.redb (not encrypted)
//!
//! model       backend                     plugins
//! demo-tools  builtin://demo              model-rewrite > tool-call-fix
//! kimi        https://api.example.com/v1  (none)
//!
//! not usable:
//!   gpt-4o#1: OPENAI_API_KEY is not set
//!
//! try it:
//!   curl http://127.0.0.1:17771/v1/chat/completions …
//! ```

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use yallmp_core::config::{Backend, Config, Deployment, StoreEngine};

use crate::registry::api_base;

pub struct Banner<'a> {
    pub listening: SocketAddr,
    pub file: &'a Path,
    pub config: &'a Config,
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        writeln!(
            f,
            "yallmp {version}, listening on http://{}",
            self.listening
        )?;
        writeln!(f, "configuration: {}", self.file.display())?;
        if self.config.server.inspector {
            writeln!(f, "inspector: http://{}/ui/", self.reachable())?;
        }
        // What models thought leaves the process: nobody shall find that out later.
        match &self.config.plugin_store.engine {
            StoreEngine::Memory => {}
            StoreEngine::Disk(file) => {
                writeln!(f, "plugins remember in: {} (not encrypted)", file.display())?;
            }
            StoreEngine::Redis(_) => writeln!(f, "plugins remember on: a server (not encrypted)")?,
        }
        let (usable, disabled): (Vec<&Deployment>, Vec<_>) = self
            .config
            .deployments
            .iter()
            .map(AsRef::as_ref)
            .partition(|d| d.disabled.is_none());
        models(f, &usable)?;
        if !disabled.is_empty() {
            writeln!(f, "\nnot usable:")?;
        }
        for deployment in disabled {
            let reason = deployment.disabled.as_deref().unwrap_or_default();
            writeln!(f, "  {}: {reason}", deployment.id)?;
        }
        // A wildcard is no name to ask for.
        match usable.iter().find(|d| !d.model_name.contains('*')) {
            Some(deployment) => self.example(f, deployment),
            None => Ok(()),
        }
    }
}

impl Banner<'_> {
    /// Host and port that a client on this machine can use.
    fn reachable(&self) -> String {
        match self.listening {
            addr if addr.ip().is_unspecified() => format!("localhost:{}", addr.port()),
            addr => addr.to_string(),
        }
    }

    fn example(&self, f: &mut fmt::Formatter<'_>, deployment: &Deployment) -> fmt::Result {
        let shell = Shell::here();
        let key = match self.config.master_key {
            Some(_) => format!(
                " -H \"authorization: Bearer {}\"",
                shell.variable("YALLMP_KEY")
            ),
            None => String::new(),
        };
        let kind = shell.quoted("content-type: application/json");
        let body = shell.quoted(&question(deployment).to_string());
        let reachable = self.reachable();
        writeln!(
            f,
            "\ntry it:\n  curl http://{reachable}/v1/chat/completions{key} -H {kind} -d {body}"
        )
    }
}

/// What the line is pasted into.
#[derive(Clone, Copy)]
enum Shell {
    Posix,
    /// `cmd.exe`, which knows no single quotes.
    Cmd,
}

impl Shell {
    fn here() -> Self {
        if cfg!(windows) {
            Self::Cmd
        } else {
            Self::Posix
        }
    }

    fn variable(self, name: &str) -> String {
        match self {
            Self::Posix => format!("${name}"),
            Self::Cmd => format!("%{name}%"),
        }
    }

    /// JSON as one word.
    fn quoted(self, json: &str) -> String {
        match self {
            // A quote in a model's name would end the shell's.
            Self::Posix => format!("'{}'", json.replace('\'', r"'\''")),
            Self::Cmd => {
                // A backslash before a quote would count twice.
                let json = json.replace("\\\"", "\\u0022");
                format!("\"{}\"", json.replace('"', "\\\""))
            }
        }
    }
}

/// A demonstration has something to show only to clients with tools.
fn question(deployment: &Deployment) -> Value {
    let model = &deployment.model_name;
    if deployment.backend != Backend::Demo {
        return json!({"model": model, "messages": [{"role": "user", "content": "Hello"}]});
    }
    json!({
        "model": model,
        "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}},
        }}}],
    })
}

fn models(f: &mut fmt::Formatter<'_>, deployments: &[&Deployment]) -> fmt::Result {
    if deployments.is_empty() {
        return writeln!(
            f,
            "\nno usable model; add one to `model_list`, or with POST /admin/models"
        );
    }
    let rows: Vec<[String; 3]> = deployments
        .iter()
        .map(|d| [d.model_name.clone(), api_base(&d.backend), chain(d)])
        .collect();
    let header = ["model", "backend", "plugins"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows
            .iter()
            .chain([&header])
            .map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let (first, second) = (width(0), width(1));
    writeln!(f)?;
    for [model, backend, plugins] in [&header].into_iter().chain(&rows) {
        writeln!(f, "{model:first$}  {backend:second$}  {plugins}")?;
    }
    Ok(())
}

/// In the order in which a request meets them.
fn chain(deployment: &Deployment) -> String {
    let names: Vec<_> = deployment.plugins.iter().map(|p| p.name.as_str()).collect();
    if names.is_empty() {
        return "(none)".to_owned();
    }
    names.join(" > ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_each_shell() {
        let json = json!({"model": "it's \"big\""}).to_string();
        assert_eq!(
            Shell::Posix.quoted(&json),
            r#"'{"model":"it'\''s \"big\""}'"#
        );
        assert_eq!(
            Shell::Cmd.quoted(&json),
            r#""{\"model\":\"it's \u0022big\u0022\"}""#
        );
    }
}
