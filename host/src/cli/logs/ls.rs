//! `yallmp logs ls`

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::super::plain::plain_json;
use super::filter::{self, Filters};
use super::line::{self, line};
use super::place::Place;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// So many at most, 0 for all
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    /// Print a line of JSON for each
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: Filters,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let reader = args.place.index()?;
    let most = match args.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let mut out = io::stdout().lock();
    let mut is_first = true;
    args.filter.each(&reader, most, |found| {
        if args.json {
            writeln!(out, "{}", plain_json(&found.summary))?;
            return Ok(());
        }
        if std::mem::take(&mut is_first) {
            writeln!(out, "{}", line::HEAD)?;
        }
        writeln!(out, "{}", line(&filter::summary(found)?))?;
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
