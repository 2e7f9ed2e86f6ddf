//! `yallmp serve`: from a configuration file to a proxy that listens, and to its end.

mod banner;
mod files;
mod signals;

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use yallmp_core::account::Observer;
use yallmp_core::config::{Config, Loaded};

use crate::api::{Api, Inspector, is_loopback};
use crate::assembly::{Assembly, plugin_host};
use crate::config_file::{ConfigFile, ProcessEnv};
use crate::metrics::Metrics;
use crate::otlp::Otlp;
use crate::registry::{OpenError, Registry};
use crate::review::review;
use crate::server;
use crate::upstream::{self, Upstreams};
use yallmp_log::index::Index;
use yallmp_log::record::Recorder;
use yallmp_wasm::Settings;

use self::banner::Banner;
use self::signals::Signals;

/// How long exchanges may go on after the signal to stop. A second signal ends them.
const GRACE: Duration = Duration::from_secs(30);

/// How long the request log, and then the exporter, may take for what they still have, after
/// that.
const FLUSH: Duration = Duration::from_secs(5);

/// What the command line says; it beats the file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub config: Option<PathBuf>,
    pub host: Option<String>,
    pub port: Option<u16>,
}

pub fn run(options: Options) -> anyhow::Result<ExitCode> {
    files::raise_limit();
    server::runtime()?.block_on(serve(options))
}

async fn serve(options: Options) -> anyhow::Result<ExitCode> {
    let path = ConfigFile::find(options.config.as_deref(), &ProcessEnv);
    let file = ConfigFile::read(&path)?;
    let Some(mut config) = load(&file) else {
        return Err(unfit(&file).await);
    };
    config.server.host = options.host.unwrap_or(config.server.host);
    config.server.port = options.port.unwrap_or(config.server.port);

    let listener = listen(&config).await?;
    let listening = listener.local_addr()?;
    let log = Recorder::start(&config.request_log).context("cannot start the request log")?;
    let log = Arc::new(log);
    let inspector = inspector(&config, &log)?;
    let store = yallmp_wasm::open_store(&config.plugin_store)?;
    let otlp = config.otlp.clone();
    let otlp = otlp.map(|settings| (Arc::new(Otlp::new(&settings)), settings));
    let counts = otlp.as_ref().map(|(otlp, _)| otlp.counts());
    let metrics = Arc::new(Metrics::new(Some(log.clone()), counts));
    let mut observers: Vec<Arc<dyn Observer>> = vec![metrics.clone()];
    observers.extend(
        otlp.iter()
            .map(|(otlp, _)| otlp.clone() as Arc<dyn Observer>),
    );
    let plugins = plugin_host(Settings {
        store: store.clone(),
        direct: true,
        ..Settings::default()
    })?;
    let assembly = Assembly::new(plugins, Arc::new(Upstreams::new()), log.clone());
    let assembly = assembly.observed(Arc::new(observers));
    let registry = match Registry::open(config, assembly).await {
        Err(OpenError::Plugins(_)) => return Err(unfit(&file).await),
        opened => Arc::new(opened?),
    };
    let banner = Banner {
        listening,
        file: &path,
        config: &registry.gateway().config,
    };
    let banner = banner.to_string();
    if let Some((otlp, settings)) = &otlp {
        let (registry, metrics) = (registry.clone(), metrics.clone());
        let snapshot = move || metrics.snapshot(&registry.gateway().router);
        otlp.start(settings, snapshot)
            .context("cannot send to the OTLP collector")?;
    }
    let api = Api::new(registry, listening, metrics, store, inspector);

    let stop = stop_signal()?;
    print(&banner)?;
    server::run(listener, api, stop, GRACE).await?;
    if !log.close(FLUSH) {
        tracing::warn!("the request log could not be written to its end");
    }
    if let Some((otlp, _)) = otlp
        && !otlp.close(FLUSH)
    {
        tracing::warn!("the OTLP collector did not take the last exports in time");
    }
    Ok(ExitCode::SUCCESS)
}

/// With the index of the logs, which `yallmp logs` makes itself where there is no inspector.
fn inspector(config: &Config, log: &Arc<Recorder>) -> anyhow::Result<Option<Inspector>> {
    if !config.server.inspector {
        return Ok(None);
    }
    let settings = &config.request_log;
    let index = Index::start(&settings.dir, log.changes().clone())
        .context("cannot start the index of the request log")?;
    Ok(Some(Inspector::new(log.clone(), index, settings)))
}

/// The banner is for whoever looks; that nobody does is no reason not to serve.
fn print(banner: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(banner.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Without a key, only this machine may come in, unless the file says otherwise.
async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let server = &config.server;
    let name = (server.host.as_str(), server.port);
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host(name)
        .await
        .with_context(|| {
            format!(
                "`{}` is no address to listen on; it must be a name or an IP address of this \
                 machine, such as 127.0.0.1, without a port",
                server.host
            )
        })?
        .collect();
    let open = config.master_key.is_none() && !server.allow_remote_without_key;
    if let Some(remote) = addresses.iter().find(|a| open && !is_loopback(a.ip())) {
        bail!(
            "without a key the proxy listens on this machine only, and {} can be reached from others\n\
             hint: set `general_settings.master_key`, or listen on 127.0.0.1, or allow it with \
             `general_settings.server.allow_remote_without_key: true`",
            remote.ip()
        );
    }
    TcpListener::bind(&addresses[..]).await.with_context(|| {
        format!(
            "cannot listen on {}:{}; is another proxy running there? `--port` chooses another port",
            server.host, server.port
        )
    })
}

/// Ready when the system asks to stop. When it asks again, the process ends at once.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut signals = Signals::new().context("cannot wait for signals")?;
    Ok(async move {
        signals.next().await;
        tracing::info!("stopping; once more to stop at once");
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(1);
        });
    })
}

/// Understand the configuration and say what is odd about it. None: it is not fit to be served.
fn load(file: &ConfigFile) -> Option<Config> {
    let Loaded { config, report } = file.load(&ProcessEnv).ok()?;
    if !upstream::problems(&config).is_empty() {
        return None;
    }
    let names = file.from_dot_env(&ProcessEnv);
    if !names.is_empty() {
        tracing::info!("`.env` sets {}", names.join(", "));
    }
    for problem in &report.problems {
        let hint = problem.hint.as_deref().map(|hint| format!("; {hint}"));
        let place = match problem.line {
            0 => problem.file.clone(),
            line => format!("{}:{line}", problem.file),
        };
        tracing::warn!("{place}: {}{}", problem.message, hint.unwrap_or_default());
    }
    Some(config)
}

/// Why a file cannot be served: all that is wrong with it.
async fn unfit(file: &ConfigFile) -> anyhow::Error {
    match review(file).await {
        Ok(review) => review.report.into(),
        Err(error) => error,
    }
}
