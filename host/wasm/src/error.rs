//! Why a plugin cannot be used.

use std::path::PathBuf;

use yallmp_core::chain::StageError;
use yallmp_core::config::Place;

use crate::abi::Foreign;
use crate::call::CallError;
use crate::loaded::LinkError;
use crate::schema::ConfigProblem;

/// A plugin that cannot be used as configured. `Display` is one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("plugin `{plugin}`: {problem}")]
pub struct LoadError {
    pub plugin: String,
    /// Where the plugin stands in the configuration file.
    pub place: Place,
    pub problem: LoadProblem,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadProblem {
    #[error(
        "no plugin of this name is shipped; those are: {known}. Give the `path` of a component file for one of your own"
    )]
    NotShipped { known: String },
    #[error("{} cannot be read: {error}", path.display())]
    Read {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("this is no WebAssembly file")]
    NotWasm,
    #[error(
        "this is a core WebAssembly module, not a component. Build it with `--target wasm32-wasip2`"
    )]
    CoreModule,
    #[error("{0}")]
    Foreign(#[from] Foreign),
    #[error("it does not compile: {0}")]
    Compile(String),
    #[error("it cannot be linked: {0}")]
    Link(String),
    #[error("`describe` failed: {0}")]
    Describe(StageError),
    #[error("what `describe` says is not allowed: {0}")]
    Info(String),
    #[error("the `config-schema` that it declares is broken: {0}")]
    Schema(String),
    /// At least one.
    #[error("{}", join(.0))]
    Config(Vec<ConfigProblem>),
    /// The plugin's own verdict on its configuration, in its own words.
    #[error("{0}")]
    Refused(String),
    #[error("its `plan` failed: {0}")]
    Plan(StageError),
}

impl From<LinkError> for LoadProblem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Foreign(foreign) => Self::Foreign(foreign),
            LinkError::Wasmtime(error) => Self::Link(format!("{error:#}")),
        }
    }
}

/// What `plan` answers when it does not answer what a plugin wants.
impl From<CallError> for LoadProblem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused { message, .. } => Self::Refused(message),
            failure => Self::Plan(failure.into()),
        }
    }
}

fn join(problems: &[ConfigProblem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("; ")
}
