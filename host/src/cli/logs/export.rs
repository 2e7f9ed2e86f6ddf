//! `yallmp logs export`

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use yallmp_log::trace::{State, har};

use super::filter::{self, Filters};
use super::open::Source;
use super::place::Place;
use crate::plain::{plain, plain_json};
use crate::replay::{Chosen, Pacing, Setup, curl, fixture};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Log files, or ids of exchanges; without any those that the filters let through
    #[arg(value_name = "LOG|ID")]
    logs: Vec<String>,
    /// The form
    #[arg(long, value_enum)]
    format: Format,
    /// A file, for a fixture a new folder (for several, of a folder for each) [default:
    /// standard output]
    #[arg(long, short, value_name = "PATH")]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: Filters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Traces, one on each line (see docs/trace.md)
    Jsonl,
    /// Folders for tests and `yallmp mock` (see docs/fixtures.md)
    Fixture,
    /// Commands for a POSIX shell that send the requests again
    Curl,
    /// An HTTP Archive, version 1.2
    Har,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let logs = logs(args)?;
    if logs.is_empty() {
        bail!("no log fits");
    }
    if args.format == Format::Fixture {
        let Some(out) = &args.out else {
            bail!("a fixture is a folder: name it with --out");
        };
        return fixtures(&logs, out);
    }
    let mut out: Box<dyn io::Write> = match &args.out {
        None => Box::new(io::stdout().lock()),
        Some(path) => {
            let file = fs::File::create(path);
            let file = file.with_context(|| format!("cannot write `{}`", path.display()))?;
            Box::new(io::BufWriter::new(file))
        }
    };
    match args.format {
        Format::Jsonl => {
            for source in &logs {
                let trace = serde_json::to_string(&source.trace()?)?;
                writeln!(out, "{}", plain_json(&trace))?;
            }
        }
        Format::Curl => {
            for source in &logs {
                write_curl(&mut out, source)?;
            }
        }
        Format::Har => {
            let traces = logs.iter().map(Source::trace);
            let traces: Vec<_> = traces.collect::<anyhow::Result<_>>()?;
            let archive = har(&traces, env!("CARGO_PKG_VERSION"));
            writeln!(out, "{}", plain_json(&format!("{archive:#}")))?;
        }
        Format::Fixture => {}
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The oldest first.
fn logs(args: &Args) -> anyhow::Result<Vec<Source>> {
    if !args.logs.is_empty() {
        if args.filter.is_given() {
            bail!("name logs, or filter them, not both");
        }
        let logs = args.logs.iter();
        return logs.map(|key| Source::find(&args.place, key)).collect();
    }
    let folder = args.place.folder()?;
    // First what no index has, as `ls` does it; what runs only if that is wanted.
    let fresh = args.filter.fresh(&folder)?.into_iter();
    let fresh =
        fresh.filter(|it| it.summary.state != State::Running || args.filter.is_of_running());
    let mut logs: BTreeMap<_, _> = fresh
        .map(|it| ((it.started, it.summary.id), it.source))
        .collect();
    args.filter
        .each(&args.place.index()?, usize::MAX, |found| {
            if let Some(file) = filter::summary(found)?.file {
                let place = (found.place.started, found.place.id.clone());
                logs.insert(place, Source::from(folder.join(file)));
            }
            Ok(())
        })?;
    Ok(logs.into_values().collect())
}

fn write_curl(out: &mut dyn io::Write, source: &Source) -> anyhow::Result<()> {
    let log = source.log()?;
    let cannot = || format!("cannot export `{}`", source.path.display());
    let command = curl::of(&log).with_context(cannot)?;
    // In one line, or what follows it would be a command.
    writeln!(out, "# {}", plain(&log.meta.id))?;
    out.write_all(&command)?;
    Ok(())
}

fn fixtures(logs: &[Source], out: &Path) -> anyhow::Result<ExitCode> {
    let mut masked = 0;
    for source in logs {
        let recording = source.recording()?;
        let setup = Setup::new(&recording, &Chosen::Default, Pacing::AtOnce)?;
        let deployment = setup.last_asked(&recording)?;
        let folder = match (logs, source.path.file_stem()) {
            ([_], _) | (_, None) => out.to_owned(),
            (_, Some(stem)) => {
                fs::create_dir_all(out)?;
                out.join(stem)
            }
        };
        masked += fixture::write(&recording, &deployment, &recording.notes, false, &folder)?;
        println!("wrote `{}`", folder.display());
    }
    if masked > 0 {
        eprintln!("{masked} keys in bodies were masked; look whether these were all");
    }
    Ok(ExitCode::SUCCESS)
}
