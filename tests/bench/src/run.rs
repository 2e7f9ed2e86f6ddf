//! The run: which sides, how many rounds, in which order.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::LocalSet;

use crate::cell::{self, Cell};
use crate::process::Process;
use crate::report;
use crate::results::{Results, Round};
use crate::side::{self, Chain, Running, Setting, Side, Work};
use crate::{guest, memory, start};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One or two minutes instead of seven: fewer and shorter rounds
    #[arg(long)]
    quick: bool,
    /// Write everything that was measured to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The proxy to measure [default: built from this workspace]
    #[arg(long, value_name = "PATH")]
    yallmp: Option<PathBuf>,
    /// Measure only sides whose name has one of these words
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    only: Vec<String>,
    /// Take only these measurements, and neither memory nor starts
    #[arg(long, value_enum, value_delimiter = ',')]
    cells: Vec<Cell>,
    /// Worker processes of nginx
    #[arg(long, default_value_t = 1)]
    nginx_workers: usize,
}

/// How long things take.
struct Pace {
    rounds: usize,
    cell: Duration,
    /// No new round begins after this.
    limit: Duration,
}

pub fn run(args: &Args) -> Result<()> {
    more_open_files();
    let pace = match args.quick {
        true => Pace {
            rounds: 3,
            cell: Duration::from_millis(250),
            limit: Duration::from_secs(70),
        },
        false => Pace {
            rounds: 7,
            cell: Duration::from_millis(600),
            limit: Duration::from_secs(360),
        },
    };
    let sides = sides(args)?;
    let yallmp = match sides
        .iter()
        .any(|side| matches!(side, Side::Yallmp { .. } | Side::Twin))
    {
        true => proxy(args.yallmp.as_deref())?,
        false => PathBuf::new(),
    };
    let (upstream, address) = Process::part(&["upstream"])?;
    let cache = tempfile::tempdir()?;
    let setting = Setting {
        upstream: address,
        yallmp,
        cache: cache.path().into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let results = runtime.block_on(LocalSet::new().run_until(measure(
        sides,
        &setting,
        &upstream,
        &pace,
        &args.cells,
    )));
    report::print(&results, args.nginx_workers);
    match &args.json {
        Some(file) => report::write_json(&results, file),
        None => Ok(()),
    }
}

async fn measure(
    sides: Vec<Side>,
    setting: &Setting,
    upstream: &Process,
    pace: &Pace,
    only: &[Cell],
) -> Results {
    let begin = Instant::now();
    let mut results = Results {
        sides,
        ..Results::default()
    };
    let mut running = Vec::new();
    for (n, side) in results.sides.iter().enumerate() {
        match Running::start(side, setting) {
            Ok(side) => running.push((n, side)),
            Err(error) => results.failures.push(format!("{}: {error:#}", side.name())),
        }
    }
    for n in 1..=pace.rounds {
        if begin.elapsed() > pace.limit {
            break;
        }
        eprintln!("round {n} of {}", pace.rounds);
        let mut round = Round::new();
        for cell in Cell::ALL {
            if !only.is_empty() && !only.contains(&cell) {
                continue;
            }
            for (n, side) in &running {
                if !results.sides[*n].is_for(cell) {
                    continue;
                }
                match cell::measure(cell, side, upstream, pace.cell).await {
                    Ok(sample) => drop(round.insert((*n, cell), sample)),
                    Err(error) => {
                        results
                            .failures
                            .push(format!("{}, {cell:?}: {error:#}", results.sides[*n].name()));
                    }
                }
            }
        }
        results.rounds.push(round);
    }
    drop(running);
    if !only.is_empty() {
        return results;
    }
    eprintln!("memory");
    for (n, side) in results.sides.iter().enumerate() {
        if !side.has_memory() {
            continue;
        }
        match memory::measure(side, setting, pace.cell).await {
            Ok(memory) => drop(results.memory.insert(n, memory)),
            Err(error) => results
                .failures
                .push(format!("{}, memory: {error:#}", side.name())),
        }
    }
    let default = Side::Yallmp {
        chain: Chain::Default,
        log: true,
    };
    if results.sides.contains(&default) {
        eprintln!("starts");
        match start::measure(&default, setting).await {
            Ok(starts) => results.starts = Some(starts),
            Err(error) => results.failures.push(format!("starts: {error:#}")),
        }
    }
    results
}

fn sides(args: &Args) -> Result<Vec<Side>> {
    let mut sides = vec![Side::Direct];
    match side::nginx_version() {
        Some(_) => sides.push(Side::Nginx {
            workers: args.nginx_workers,
        }),
        None => {
            eprintln!("nginx is not installed: it is left out, and with it the budgets against it")
        }
    }
    sides.extend([Side::Tcp, Side::Hyper, Side::Axum]);
    for chain in [Chain::Empty, Chain::Default] {
        sides.extend([false, true].map(|log| Side::Yallmp {
            chain: chain.clone(),
            log,
        }));
    }
    sides.push(Side::Twin);
    sides.push(Side::Yallmp {
        chain: Chain::Renamed,
        log: false,
    });
    if let Some(path) = guest::build()? {
        for work in [Work::Look, Work::Parse] {
            for count in [1, 3, 5] {
                let chain = Chain::Guests {
                    path: path.clone(),
                    work,
                    count,
                };
                sides.push(Side::Yallmp { chain, log: false });
            }
        }
    }
    sides.retain(|side| {
        *side == Side::Direct
            || args.only.is_empty()
            || args.only.iter().any(|word| side.name().contains(word))
    });
    Ok(sides)
}

/// Builds the proxy when run through cargo, so that it is never an old one that is measured.
fn proxy(given: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = given {
        return path
            .canonicalize()
            .with_context(|| format!("{}", path.display()));
    }
    if let Some(cargo) = std::env::var_os("CARGO") {
        let status = Command::new(cargo)
            .args(["build", "--release", "--package", "yallmp"])
            .status()?;
        ensure!(status.success(), "the proxy does not build");
    }
    let beside =
        std::env::current_exe()?.with_file_name(format!("yallmp{}", std::env::consts::EXE_SUFFIX));
    ensure!(
        beside.exists(),
        "{} is missing: `cargo build --release`, or name one with --yallmp",
        beside.display()
    );
    Ok(beside)
}

/// A thousand streams are two thousand sockets of a proxy; the processes started here
/// inherit the limit.
#[cfg(unix)]
fn more_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if setrlimit(Resource::Nofile, limit).is_err() {
        eprintln!("the limit of open files cannot be raised");
    }
}

#[cfg(not(unix))]
fn more_open_files() {}
