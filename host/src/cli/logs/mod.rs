//! `yallmp logs`: a look into the request log.

mod line;
mod ls;
mod place;
mod tail;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// List exchanges, the newest first
    Ls(ls::Args),
    /// Show the last exchanges; with -f also what comes, as it comes
    Tail(tail::Args),
}

pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Ls(args) => ls::run(&args),
        Command::Tail(args) => tail::run(&args),
    }
}
