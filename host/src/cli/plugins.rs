//! `yallmp plugins list`: the chain of each model as it will run.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use tokio::time::Instant;
use yallmp_core::chain::Interest;
use yallmp_core::config::{Config, Deployment, Loaded, OnError, PluginLimits, PluginUse};
use yallmp_core::route::{Health, Router};
use yallmp_wasm::{Host, LoadError, Settings};

use super::{ConfigArg, FileArg};
use crate::assembly::plugin_host;
use crate::config_file::{ConfigFile, ProcessEnv};
use crate::review::review;
use crate::server;

#[derive(Subcommand)]
pub enum Command {
    /// Show the chain of each model, in the order in which a request meets the plugins
    List {
        /// Only this model
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        #[command(flatten)]
        file: FileArg,
        #[command(flatten)]
        config: ConfigArg,
    },
}

pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::List {
        model,
        file,
        config,
    } = command;
    let path = ConfigFile::find(file.or(config).as_deref(), &ProcessEnv);
    let file = ConfigFile::read(&path)?;
    let runtime = server::runtime()?;
    let unfit = || anyhow::Ok(runtime.block_on(review(&file))?.report);
    let Ok(Loaded { config, .. }) = file.load(&ProcessEnv) else {
        return Err(unfit()?.into());
    };
    let deployments = match &model {
        Some(name) => of_model(&config, name)?,
        None => config.deployments.iter().map(AsRef::as_ref).collect(),
    };
    let text = match runtime.block_on(list(&deployments)) {
        Err(error) if error.is::<LoadError>() => return Err(unfit()?.into()),
        listed => listed?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The deployments that serve a model: by its name, or by an alias or wildcard.
fn of_model<'a>(config: &'a Config, name: &str) -> anyhow::Result<Vec<&'a Deployment>> {
    let named = |name: &str| -> Vec<&'a Deployment> {
        let all = config.deployments.iter().map(AsRef::as_ref);
        all.filter(|d| d.model_name == name).collect()
    };
    let exact = named(name);
    if !exact.is_empty() {
        return Ok(exact);
    }
    let router = Router::new(config, Arc::<Health>::default());
    let plan = router.plan(name, Instant::now()).map_err(|error| {
        anyhow::anyhow!("{error}\nhint: without `--model` the chains of all models are listed")
    })?;
    let first = plan.candidates().into_iter().next();
    let found = config
        .deployments
        .iter()
        .find(|d| Some(&d.id) == first.as_ref());
    Ok(found.map_or_else(Vec::new, |deployment| named(&deployment.model_name)))
}

/// Deployments with the same chain are shown together.
async fn list(deployments: &[&Deployment]) -> anyhow::Result<String> {
    let host = plugin_host(Settings::default())?;
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for deployment in deployments {
        let chain = chain(&host, deployment).await?;
        match groups.iter_mut().find(|(text, _)| *text == chain) {
            Some((_, ids)) => ids.push(&deployment.id),
            None => groups.push((chain, vec![&deployment.id])),
        }
    }
    let texts: Vec<_> = groups
        .iter()
        .map(|(chain, ids)| format!("{}\n{chain}", ids.join(", ")))
        .collect();
    Ok(texts.join("\n"))
}

async fn chain(host: &Host, deployment: &Deployment) -> Result<String, LoadError> {
    let mut text = format!("  profile: {}\n", deployment.profile);
    if deployment.plugins.is_empty() {
        text.push_str("  no plugins\n");
    }
    for (place, usage) in deployment.plugins.iter().enumerate() {
        let entry = entry(host, usage, deployment).await?;
        // Writing to a string cannot fail.
        let _ = write!(text, "  {}. {entry}", place + 1);
    }
    Ok(text)
}

async fn entry(
    host: &Host,
    usage: &PluginUse,
    deployment: &Deployment,
) -> Result<String, LoadError> {
    let about = host.inspect(usage).await?;
    let plugin = host.load(usage, deployment).await?;
    let on_error = match plugin.on_error() {
        OnError::Skip => "skip",
        OnError::Fail => "fail",
    };
    let wasi = if about.wasi { ", uses WASI" } else { "" };
    Ok(format!(
        "{name} {version}: {summary}\n\
         \x20    from      {origin}, sha256 {sha256}{wasi}\n\
         \x20    request   {request}\n\
         \x20    events    {response}\n\
         \x20    on_error  {on_error}\n\
         \x20    limits    {limits}\n\
         \x20    config    {config}\n",
        name = usage.name,
        version = about.version,
        summary = about.summary,
        origin = about.origin,
        sha256 = about.sha256,
        request = interest(plugin.request()),
        response = interest(plugin.response()),
        limits = limits(&usage.limits),
        config = usage.config,
    ))
}

fn interest(interest: &Interest) -> String {
    match interest {
        Interest::None => "never".to_owned(),
        Interest::All => "always".to_owned(),
        Interest::Renamed => "when the model has another name at the backend".to_owned(),
        Interest::AnyOf(needles) => {
            let needles: Vec<_> = needles.iter().map(|needle| format!("`{needle}`")).collect();
            format!("with {}", needles.join(" or "))
        }
    }
}

fn limits(limits: &PluginLimits) -> String {
    format!(
        "memory {}, call {:?}, output {}, held {}",
        size(limits.memory_bytes),
        limits.call,
        size(limits.output_bytes),
        size(limits.held_bytes),
    )
}

fn size(bytes: usize) -> String {
    match bytes {
        b if b >= 1 << 20 && b % (1 << 20) == 0 => format!("{} MiB", b >> 20),
        b if b >= 1 << 10 && b % (1 << 10) == 0 => format!("{} KiB", b >> 10),
        b => format!("{b} bytes"),
    }
}
