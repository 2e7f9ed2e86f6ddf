//! `yallmp fixture`: a folder for tests out of a log.

use std::path::PathBuf;
use std::process::ExitCode;

use super::logs::Source;
use crate::replay::{Chosen, Pacing, Setup, fixture, replay};
use crate::server;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file of logs/requests, or the id of an exchange
    log: PathBuf,
    /// The folder to write
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    chain: super::ChainArgs,
}

/// What is expected comes from the log, or from the chain that is named.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let recording = Source::named(&args.log)?.recording()?;
    let chosen = args.chain.chosen();
    let setup = Setup::new(&recording, &chosen, Pacing::AtOnce)?;
    let deployment = setup.last_asked(&recording)?;
    let chained = !matches!(chosen, Chosen::Default);
    let replayed = match chained {
        true => Some(server::runtime()?.block_on(replay(&recording, setup, Pacing::AtOnce))?),
        false => None,
    };
    let notes = replayed.as_ref().map_or(&recording.notes, |it| &it.notes);
    let masked = fixture::write(&recording, &deployment, notes, chained, &args.out)?;
    println!("wrote `{}`", args.out.display());
    if masked > 0 {
        eprintln!("{masked} keys in bodies were masked; look whether these were all");
    }
    Ok(ExitCode::SUCCESS)
}
