//! `yallmp replay`: send the client's request of a log again, or run its exchange offline.

mod offline;
mod send;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use clap::error::ErrorKind;

use super::logs::Source;
use crate::replay::request::{Plan, Wishes};
use crate::replay::{Changes, curl};
use yallmp_log::text::parse;

/// Exit codes besides 0 (a complete answer) and clap's 2; shown in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Outcome {
    Complete = 0,
    /// The answer has an error status.
    HttpError = 3,
    /// No connection, or no answer in time.
    NoAnswer = 4,
    /// The answer stopped before its end, or the stream said that something went wrong.
    Cut = 5,
}

const EXIT_CODES: &str = "Exit codes: 0 complete answer, 1 the log cannot be read or replayed, \
2 wrong usage, 3 HTTP error status, 4 no answer (connection, time limit), 5 answer cut or a \
stream that reports an error
With --offline: 0 the same as in the log, 1 different, 2 it cannot be replayed

Secrets are masked in a log, so a key comes from --api-key, $YALLMP_API_KEY or $OPENAI_API_KEY";

#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct Args {
    /// A file of logs/requests, or the id of an exchange
    pub log: PathBuf,
    /// Where to send it [default: http:// and the Host header of the log]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Ask for this model instead
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Whether to ask for a stream
    #[arg(long, value_enum, default_value_t, value_name = "MODE")]
    pub stream_mode: StreamMode,
    /// Print a command for a POSIX shell instead of sending
    #[arg(long)]
    pub print_curl: bool,
    /// Show what would be sent instead of sending it
    #[arg(long, conflicts_with = "print_curl")]
    pub dry_run: bool,
    /// Give up when nothing comes for so long
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub timeout: Duration,
    /// Key for the server, sent the way the logged client sent its own
    #[arg(long, value_name = "KEY")]
    pub api_key: Option<String>,
    #[command(flatten)]
    pub offline: offline::Flags,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum StreamMode {
    /// As in the log
    #[default]
    Auto,
    On,
    Off,
}

/// The answer goes to standard output as it comes, all else to standard error.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.offline.offline {
        return offline::run(&args.log, &args.offline);
    }
    if args.offline.is_given() {
        let what = "`--plugins` and `--config` need `--offline`";
        clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{what}\n")).exit();
    }
    let source = Source::named(&args.log)?;
    let cannot = || format!("cannot replay `{}`", source.path.display());
    let log = parse::parse(&source.text()?).with_context(cannot)?;
    let plan =
        Plan::new(&log, &args.wishes(), |name| std::env::var(name).ok()).with_context(cannot)?;
    let (mut out, mut err) = (io::stdout(), io::stderr());
    for remark in &plan.remarks {
        writeln!(err, "{remark}")?;
    }
    if args.print_curl {
        out.write_all(&curl::command(&plan))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.dry_run {
        out.write_all(&plan.describe())?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(send::send(plan, args.timeout, &mut out, &mut err))?;
    Ok(ExitCode::from(outcome as u8))
}

impl Args {
    fn wishes(&self) -> Wishes {
        Wishes {
            base_url: self.base_url.clone(),
            changes: Changes {
                model: self.model.clone(),
                stream: match self.stream_mode {
                    StreamMode::Auto => None,
                    StreamMode::On => Some(true),
                    StreamMode::Off => Some(false),
                },
            },
            api_key: self.api_key.clone(),
            as_command: self.print_curl,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds")?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "not a positive number of seconds".into())
}
