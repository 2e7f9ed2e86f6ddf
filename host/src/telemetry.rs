//! The program's own log: lines on standard error.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// What is said when `RUST_LOG` is not set.
const DEFAULT_FILTER: &str = "info";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Call once. `RUST_LOG` chooses what is said (`warn`, `yallmp=debug`).
///
/// # Errors
/// `RUST_LOG` cannot be read.
pub fn start(format: LogFormat) -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.is_empty() => EnvFilter::try_new(&filter)
            .map_err(|e| anyhow::anyhow!("RUST_LOG is `{filter}`: {e}"))?,
        _ => EnvFilter::new(DEFAULT_FILTER),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(use_colour()).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

fn use_colour() -> bool {
    use std::io::IsTerminal as _;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}
