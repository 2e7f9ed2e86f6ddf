//! `yallmp mock`: a backend to try an agent, or this proxy, against.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{logs, number};
use crate::mock::{Mock, Source, scenarios, serve};
use crate::server;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A scenario, a log, the id of an exchange, a fixture, or a folder of logs [default: the scenario that a request
    /// names as its model]
    #[arg(long, value_name = "LOG|ID|DIR|SCENARIO")]
    from: Option<PathBuf>,
    /// Port to listen on at 127.0.0.1, 0 for any free one
    #[arg(long, default_value_t = 17772, value_parser = number::port)]
    port: u16,
    /// How fast it plays: 1 as recorded, 2 twice as fast, `max` without any wait
    #[arg(long, default_value = "1", value_parser = speed)]
    speed: Speed,
    /// Name the scenarios and stop
    #[arg(long)]
    list: bool,
}

/// None: without any wait.
type Speed = Option<f64>;

pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout();
    if args.list {
        let width = scenarios().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        for (name, summary) in scenarios() {
            writeln!(out, "{name:width$}  {summary}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_scenario = |from: &Path| scenarios().any(|(name, _)| from == name);
    let source = match &args.from {
        // What is an id and no file.
        Some(from)
            if !is_scenario(from)
                && !from.exists()
                && let Ok(log) = logs::Source::named(from) =>
        {
            Source::of(log.recording()?)
        }
        from => Source::find(from.as_deref(), |error| eprintln!("passed over: {error:#}"))?,
    };
    let plays = source.to_string();
    let mock = Mock::new(source, args.speed);
    server::runtime()?.block_on(async {
        let (listener, address) = serve::listen(args.port).await?;
        // In one piece: whoever waits for the first line has the others, too.
        let said = format!(
            "listening on http://{address}\nplays {plays}\n\
             try it:\n  OPENAI_BASE_URL=http://{address}/v1 OPENAI_API_KEY=any YOUR-AGENT\n"
        );
        out.write_all(said.as_bytes())?;
        out.flush()?;
        serve::run(listener, mock, |line| eprintln!("{line}")).await
    })?;
    Ok(ExitCode::SUCCESS)
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(None);
    }
    let number: f64 = text.parse().map_err(|_| "not a number, and not `max`")?;
    match number.is_normal() && number > 0.0 {
        true => Ok(Some(number)),
        false => Err("not a positive number; `max` is without any wait".into()),
    }
}
