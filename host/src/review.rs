//! Everything that can be known of a configuration file without serving it: what it says by
//! itself, what plugins say of their settings, whether files that it names can be used.

use std::collections::BTreeSet;
use std::sync::Arc;

use yallmp_core::config::diag::Severity;
use yallmp_core::config::{Config, Deployment, Draft, Part, Report};
use yallmp_wasm::{Host, LoadError, LoadProblem, Settings};

use crate::assembly::plugin_host;
use crate::config_file::{ConfigFile, ProcessEnv};
use crate::upstream;

pub struct Review {
    pub report: Report,
    /// As far as they could be understood.
    pub deployments: Vec<Arc<Deployment>>,
}

/// Look at a file as a whole: mistakes in it keep nothing else from being looked at.
///
/// # Errors
/// Plugins cannot run on this machine.
pub async fn review(file: &ConfigFile) -> anyhow::Result<Review> {
    let mut draft = file.draft(&ProcessEnv);
    let mut deployments = Vec::new();
    if let Some(config) = draft.config().cloned() {
        let host = plugin_host(Settings::default())?;
        plugins(&config, &host, &mut draft).await;
        for (file, message) in upstream::problems(&config) {
            draft.file(&file, &message);
        }
        deployments = config.deployments;
    }
    let (_, report) = draft.finish();
    Ok(Review {
        report,
        deployments,
    })
}

/// A plugin that a model uses keeps the proxy from starting; another one only might some day.
async fn plugins(config: &Config, host: &Host, draft: &mut Draft<'_>) {
    let mut used = BTreeSet::new();
    for deployment in &config.deployments {
        for usage in &deployment.plugins {
            used.insert(usage.name.as_str());
            if let Err(error) = host.load(usage, deployment).await {
                tell(&error, Severity::Error, draft);
            }
        }
    }
    for definition in &config.plugins {
        if !used.contains(definition.plugin.name.as_str())
            && let Err(error) = host.check(&definition.plugin).await
        {
            tell(&error, Severity::Warning, draft);
        }
    }
}

fn tell(error: &LoadError, severity: Severity, draft: &mut Draft<'_>) {
    let place = &error.place;
    let say = |what: &dyn std::fmt::Display| format!("plugin `{}`: {what}", error.plugin);
    match &error.problem {
        LoadProblem::Config(problems) => {
            for problem in problems {
                let part = match problem.unknown {
                    true => Part::Name(&problem.pointer),
                    false => Part::Value(&problem.pointer),
                };
                let hint = problem.hint.clone();
                draft.plugin(severity, (place, part), say(&problem.message), hint);
            }
        }
        LoadProblem::Refused(why) => {
            let part = Part::Quoted(why);
            draft.plugin(severity, (place, part), say(&error.problem), None);
        }
        LoadProblem::NotShipped { .. }
        | LoadProblem::Read { .. }
        | LoadProblem::NotWasm
        | LoadProblem::CoreModule
        | LoadProblem::Foreign(_)
        | LoadProblem::Compile(_)
        | LoadProblem::Link(_)
        | LoadProblem::Describe(_)
        | LoadProblem::Info(_)
        | LoadProblem::Schema(_)
        | LoadProblem::Plan(_) => {
            draft.plugin(severity, (place, Part::Plugin), say(&error.problem), None);
        }
    }
}
