//! `yallmp logs`: a look into the request log.

mod changes;
mod columns;
mod diff;
mod export;
mod filter;
mod line;
mod ls;
mod open;
mod paint;
mod place;
mod show;
mod stage;
mod tail;

use std::process::ExitCode;

pub use open::Source;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Command {
    /// List exchanges, the newest first
    Ls(ls::Args),
    /// Show the last exchanges; with -f also what comes, as it comes
    Tail(tail::Args),
    /// Show one exchange: conversation, stages side by side, plugins
    Show(show::Args),
    /// Compare two exchanges, or two stages of one, by the structure of their JSON
    Diff(diff::Args),
    /// Write exchanges in another form
    Export(export::Args),
}

pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Ls(args) => ls::run(&args),
        Command::Tail(args) => tail::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Export(args) => export::run(&args),
    }
}
