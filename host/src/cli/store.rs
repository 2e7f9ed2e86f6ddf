//! `yallmp store`: what the plugins of a running proxy remember.

use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Subcommand;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use yallmp_core::config::Config;

use super::{ConfigArg, http};
use crate::config_file::{ConfigFile, ProcessEnv};

#[derive(Subcommand)]
pub enum Command {
    /// Make a running proxy forget all that a plugin remembers, of every client
    Clear {
        /// The plugin, such as reasoning-keep
        plugin: String,
        /// Where the proxy is [default: where its configuration file says]
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        /// The proxy's, which also has its key
        #[command(flatten)]
        config: ConfigArg,
    },
}

/// Longer than the proxy gives its store.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Clear {
        plugin,
        base_url,
        config,
    } = command;
    let path = ConfigFile::find(config.config.as_deref(), &ProcessEnv);
    let config = ConfigFile::read(&path)?.load(&ProcessEnv)?.config;
    let base = base_url.unwrap_or_else(|| address(&config));
    let url = format!("{}/admin/store/{plugin}", base.trim_end_matches('/'));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let removed = runtime.block_on(clear(&url, &config))?;
    println!("{plugin} forgot {removed} entries");
    Ok(ExitCode::SUCCESS)
}

async fn clear(url: &str, config: &Config) -> anyhow::Result<u64> {
    let mut request = http::client(url)?.delete(url).timeout(PATIENCE);
    if let Some(key) = &config.master_key {
        request = request.bearer_auth(key.expose_secret());
    }
    let unheard = |error: reqwest::Error| {
        let causes = http::causes(&error.without_url());
        anyhow!(
            "no answer from `{url}`: {causes}\nhint: only a proxy that runs can forget; `--base-url` says where it is"
        )
    };
    let answer = request.send().await.map_err(unheard)?;
    let status = answer.status();
    let body = answer.bytes().await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (body["removed"].as_u64(), body["error"]["message"].as_str()) {
        (Some(removed), _) => Ok(removed),
        (None, Some(message)) => bail!("{status}: {message}"),
        (None, None) => bail!("`{url}` answers {status}, as no proxy of this version does"),
    }
}

/// Where the proxy listens, as one that is on the same machine reaches it.
fn address(config: &Config) -> String {
    let server = &config.server;
    let host = match server.host.parse::<IpAddr>() {
        Ok(ip) if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
        Ok(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => server.host.clone(),
    };
    format!("http://{host}:{}", server.port)
}
