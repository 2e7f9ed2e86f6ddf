//! `yallmp replay --offline`: a regression test in one line.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::super::logs::Source;
use super::super::{ChainArgs, complain, number};
use crate::replay::{Outcome, Pacing, Recording, Replayed, Setup, diff, replay};
use crate::server;

/// The answer of the replay is not that of the log.
const DIFFERENT: u8 = 1;
/// There is nothing to compare.
const CANNOT: u8 = 2;

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Offline")]
pub struct Flags {
    /// Run the exchange again without a network: request and backend come from the log
    #[arg(long, conflicts_with_all = [
        "base_url", "model", "stream_mode", "print_curl", "dry_run", "timeout", "api_key",
    ])]
    pub offline: bool,
    #[command(flatten)]
    pub chain: ChainArgs,
    /// Print what is different, and not the answer
    #[arg(long, requires = "offline")]
    pub diff: bool,
    /// Wait as long as the backend did
    #[arg(long, requires = "offline")]
    pub timing: bool,
    /// Cut the backend's bytes at random places; the same seed cuts the same
    #[arg(
        long,
        value_name = "SEED",
        value_parser = number::whole::<u64>,
        requires = "offline",
        conflicts_with = "timing"
    )]
    pub recut: Option<u64>,
}

impl Flags {
    /// A chain was named.
    pub fn is_given(&self) -> bool {
        self.chain.plugins.is_some() || self.chain.config.is_some()
    }

    fn pacing(&self) -> Pacing {
        match self.recut {
            Some(seed) => Pacing::Recut(seed),
            None if self.timing => Pacing::AsRecorded,
            None => Pacing::AtOnce,
        }
    }
}

/// What the client would get goes to standard output, the verdict to standard error.
pub fn run(log: &Path, flags: &Flags) -> anyhow::Result<ExitCode> {
    let compared = compare(log, flags);
    let (then, now) = match compared {
        Ok(compared) => compared,
        Err(error) => {
            complain(&error);
            return Ok(ExitCode::from(CANNOT));
        }
    };
    let outcome = |notes| match flags.recut {
        Some(_) => Outcome::of(notes).with_line_feeds(),
        None => Outcome::of(notes),
    };
    let (old, new) = (outcome(&then.notes), outcome(&now.notes));
    let mut out = io::stdout();
    match flags.diff {
        true => out.write_all(diff(&old.lines(), &new.lines()).as_bytes())?,
        false => out.write_all(&now.body)?,
    }
    if old == new {
        eprintln!("same");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("different: {}", old.differences(&new).join(", "));
    if flags.chain.config.is_none() {
        eprintln!(
            "settings of deployments are not in a log; --config FILE replays with those of a file"
        );
    }
    Ok(ExitCode::from(DIFFERENT))
}

fn compare(path: &Path, flags: &Flags) -> anyhow::Result<(Recording, Replayed)> {
    let recording = Source::named(path)?.recording()?;
    let pacing = flags.pacing();
    let setup = Setup::new(&recording, &flags.chain.chosen(), pacing)?;
    eprintln!("{}", setup.describe());
    let replayed = server::runtime()?.block_on(replay(&recording, setup, pacing))?;
    Ok((recording, replayed))
}
