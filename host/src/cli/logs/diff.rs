//! `yallmp logs diff`

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use yallmp_log::trace::{Trace, differences};

use super::super::complain;
use super::changes;
use super::open::Source;
use super::paint::{TITLE, paint};
use super::place::Place;
use super::stage::Stage;

/// Something is different.
const DIFFERENT: u8 = 1;
/// There is nothing to compare.
const CANNOT: u8 = 2;

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 the same, 1 different, 2 they cannot be compared")]
pub struct Args {
    /// A log file, or the id of an exchange
    #[arg(value_name = "LOG|ID")]
    first: String,
    /// What to compare it with; without it two stages of the first are compared
    #[arg(value_name = "LOG|ID")]
    second: Option<String>,
    /// With one log the two stages [default: client,upstream and received,delivered], with two those that matter
    #[arg(long, value_enum, value_name = "STAGE,…", value_delimiter = ',')]
    stages: Vec<Stage>,
    #[command(flatten)]
    place: Place,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let pairs = match pairs(args) {
        Ok(pairs) => pairs,
        Err(error) => {
            complain(&error);
            return Ok(ExitCode::from(CANNOT));
        }
    };
    let mut out = anstream::stdout().lock();
    let mut is_same = true;
    for pair in pairs {
        let found = differences(&pair.old, &pair.new);
        if found.is_empty() {
            continue;
        }
        is_same = false;
        writeln!(out, "{}", paint(TITLE, &pair.title))?;
        for difference in found {
            writeln!(out, "  {}", changes::line(&difference))?;
        }
    }
    Ok(match is_same {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(DIFFERENT),
    })
}

/// Two values to compare.
struct Pair {
    title: String,
    old: Value,
    new: Value,
}

fn pairs(args: &Args) -> anyhow::Result<Vec<Pair>> {
    let trace = |key: &str| Source::find(&args.place, key)?.trace();
    let first = trace(&args.first)?;
    let Some(second) = &args.second else {
        let two = |from: Stage, to: Stage| {
            let value = |stage: Stage| {
                let lacks =
                    || anyhow::anyhow!("the log does not hold the stage `{}`", stage.name());
                stage.value(&first).ok_or_else(lacks)
            };
            anyhow::Ok(Pair {
                title: format!("{} → {}", from.name(), to.name()),
                old: value(from)?,
                new: value(to)?,
            })
        };
        return match args.stages[..] {
            [] => {
                let request = two(Stage::Client, Stage::Upstream)?;
                // An exchange may have ended before an answer.
                let answer = two(Stage::Received, Stage::Delivered).ok();
                Ok([request].into_iter().chain(answer).collect())
            }
            [from, to] => Ok(vec![two(from, to)?]),
            _ => anyhow::bail!("name two stages of one log, such as `--stages received,delivered`"),
        };
    };
    let second = trace(second)?;
    let mut pairs = Vec::new();
    if args.stages.is_empty() {
        pairs.push(Pair {
            title: "what became of it".into(),
            old: outcome(&first),
            new: outcome(&second),
        });
    }
    let is_wanted = |stage: &Stage| args.stages.is_empty() || args.stages.contains(stage);
    for stage in Stage::ALL.into_iter().filter(is_wanted) {
        // A stream and a whole answer are alike if they say the same.
        let value = match stage.is_stream(&first) || stage.is_stream(&second) {
            true => Stage::said,
            false => Stage::value,
        };
        pairs.push(Pair {
            title: stage.name().into(),
            old: value(stage, &first).unwrap_or_default(),
            new: value(stage, &second).unwrap_or_default(),
        });
    }
    Ok(pairs)
}

/// What of a summary can be the same in two exchanges.
fn outcome(trace: &Trace) -> Value {
    let summary = &trace.summary;
    json!({
        "path": summary.path,
        "model": summary.model,
        "streaming": summary.streaming,
        "state": summary.state,
        "status": summary.status,
        "error": summary.error,
        "deployment": summary.deployment,
        "target": summary.target,
        "attempts": summary.attempts,
        "changed_by": summary.changed_by,
        "failed_plugins": summary.failed_plugins,
    })
}
