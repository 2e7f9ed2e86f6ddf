//! The benchmark of the proxy: its own backend and load, the competition, and yallmp, side
//! by side in one run. `docs/benchmarks.md` says what it measures and how to read it.

mod answer;
mod budget;
mod cell;
mod client;
mod guest;
mod load;
mod memory;
mod micro;
mod part;
mod pass_axum;
mod pass_hyper;
mod pass_tcp;
mod payload;
mod process;
mod report;
mod results;
mod run;
mod side;
mod start;
mod upstream;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures yallmp against nginx and bare pass-throughs over loopback
#[derive(Debug, Parser)]
#[command(name = "bench-proxy", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    run: run::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Single parts of the proxy instead: framing, request bodies, instances, events
    Micro,
    /// A part of the set-up as a process of its own
    #[command(hide = true, subcommand)]
    Part(part::Part),
}

fn main() -> Result<()> {
    let args = Cli::parse();
    match args.command {
        Some(Command::Micro) => micro::run(),
        Some(Command::Part(part)) => part.serve(),
        None => run::run(&args.run),
    }
}
