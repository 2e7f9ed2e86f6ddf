//! The command line. Exit codes: 0 done, 1 failed, 2 wrongly called; `replay` has more.

mod check;
mod fixture;
mod http;
mod logs;
mod mock;
mod number;
mod plugins;
mod replay;
mod store;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use yallmp_core::config::Report;

use crate::replay::Chosen;
use crate::serve;
use crate::telemetry::{self, LogFormat};

/// An LLM proxy that repairs what backends break, with sandboxed plugins
#[derive(Parser)]
#[command(name = "yallmp", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Run the proxy (the default)
    Serve {
        #[command(flatten)]
        file: FileArg,
        #[command(flatten)]
        args: ServeArgs,
    },
    /// Say everything there is to say about a configuration file, without starting
    Check {
        #[command(flatten)]
        file: FileArg,
        #[command(flatten)]
        config: ConfigArg,
        /// Fail also on keys that have no effect
        #[arg(long)]
        strict: bool,
    },
    /// Look at plugins
    #[command(subcommand)]
    Plugins(plugins::Command),
    /// What plugins remember
    #[command(subcommand)]
    Store(store::Command),
    /// Look into the request log
    #[command(subcommand)]
    Logs(logs::Command),
    /// Send the request of a log file again, or run its exchange again offline
    Replay(replay::Args),
    /// Make a folder for tests out of a log file
    Fixture(fixture::Args),
    /// Run a backend that plays logs, or misbehaves as it is told
    Mock(mock::Args),
}

#[derive(Args)]
struct ServeArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Address to listen on [default: as in the file, else 127.0.0.1]
    #[arg(long)]
    host: Option<String>,
    /// Port to listen on, 0 for any free one [default: as in the file, else 17771]
    #[arg(long, value_parser = number::port)]
    port: Option<u16>,
    /// How log lines look on standard error; `RUST_LOG` chooses which are said
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

#[derive(Debug, Default, Args)]
struct ConfigArg {
    /// Configuration file [default: $YALLMP_CONFIG, else $YALLM_CONFIG, else litellm_config.yaml]
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// For commands that take no other argument, so that the file may stand alone.
#[derive(Debug, Args)]
struct FileArg {
    /// The same as --config FILE
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
}

impl FileArg {
    /// The file that was named one way or the other.
    fn or(self, config: ConfigArg) -> Option<PathBuf> {
        self.file.or(config.config)
    }
}

/// The chain that a logged exchange is run in.
#[derive(Debug, Default, Args)]
struct ChainArgs {
    /// The plugins: names of shipped ones, paths of others, first = nearest the client
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    plugins: Option<Vec<String>>,
    /// Deployments and their chains as in this file
    #[arg(long, short, value_name = "FILE", conflicts_with = "plugins")]
    config: Option<PathBuf>,
}

impl ChainArgs {
    fn chosen(&self) -> Chosen {
        match (&self.config, &self.plugins) {
            (Some(path), _) => Chosen::File(path.clone()),
            (None, Some(names)) => {
                // `--plugins ''` is no plugin at all.
                let names = names.iter().filter(|name| !name.is_empty());
                Chosen::Plugins(names.cloned().collect())
            }
            (None, None) => Chosen::Default,
        }
    }
}

/// Read the arguments, do what they say.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve {
        file: FileArg { file: None },
        args: cli.serve,
    });
    run(command).unwrap_or_else(|error| failed(&error))
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { file, args } => {
            telemetry::start(args.log_format)?;
            serve::run(serve::Options {
                config: file.or(args.config),
                host: args.host,
                port: args.port,
            })
        }
        Command::Check {
            file,
            config,
            strict,
        } => {
            let file = file.or(config);
            let fit = check::run(file.as_deref(), strict, &mut io::stdout().lock())?;
            Ok(if fit {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Plugins(command) => plugins::run(command),
        Command::Store(command) => store::run(command),
        Command::Logs(command) => logs::run(command),
        Command::Replay(args) => replay::run(args),
        Command::Fixture(args) => fixture::run(args),
        Command::Mock(args) => mock::run(args),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    // Whoever read our output has seen enough (`yallmp plugins list | head`).
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    complain(error);
    ExitCode::FAILURE
}

fn complain(error: &anyhow::Error) {
    match error.downcast_ref::<Report>() {
        Some(report) => eprintln!("{report}"),
        None => eprintln!("error: {error:#}"),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
