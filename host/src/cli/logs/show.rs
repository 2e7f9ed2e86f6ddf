//! `yallmp logs show`

mod essence;
mod events;
mod overview;
mod plugins;
mod raw;

use std::io::Write as _;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};
use yallmp_log::trace::Trace;

use super::open::Source;
use super::paint;
use super::place::Place;
use crate::plain::plain_json;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A log file, or the id of an exchange
    #[arg(value_name = "LOG|ID")]
    log: String,
    /// Only this part of it, and all of that
    #[arg(long, value_enum)]
    stage: Option<Part>,
    /// Print JSON (see docs/trace.md)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The request as the client sent it
    Client,
    /// The request as each backend got it
    Upstream,
    /// The answer as it came from each backend
    Received,
    /// The answer as the client got it
    Delivered,
    /// What each plugin did, and what it cost
    Plugins,
    /// What came and went, in the order of time
    Events,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let source = Source::find(&args.place, &args.log)?;
    let trace = source.trace()?;
    let mut out = anstream::stdout().lock();
    if args.json {
        let json = format!("{:#}", part(&trace, args.stage)?);
        writeln!(out, "{}", plain_json(&json))?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = paint::columns();
    let text = match args.stage {
        None => overview::text(&trace, width),
        Some(Part::Client) => raw::client(&trace),
        Some(Part::Upstream) => raw::upstream(&trace),
        Some(Part::Received) => raw::received(&trace),
        Some(Part::Delivered) => raw::delivered(&trace),
        Some(Part::Plugins) => plugins::text(&trace),
        Some(Part::Events) => events::text(&trace, width),
    };
    out.write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The members of a trace that a part of it is made of.
fn part(trace: &Trace, part: Option<Part>) -> serde_json::Result<Value> {
    let value = serde_json::to_value(trace)?;
    let of_attempts = |members: &[&str]| {
        let attempts = value["attempts"].as_array().into_iter().flatten();
        let picked = attempts.map(|attempt| {
            let members = ["number", "deployment"].iter().chain(members);
            let members = members.map(|name| ((*name).to_owned(), attempt[name].clone()));
            Value::Object(members.collect())
        });
        Value::from_iter(picked)
    };
    Ok(match part {
        None => value,
        Some(Part::Client) => value["client"].clone(),
        Some(Part::Upstream) => of_attempts(&["url", "target", "sent"]),
        Some(Part::Received) => of_attempts(&["head", "received", "events", "failed"]),
        Some(Part::Delivered) => json!({"delivered": value["delivered"], "out": value["out"]}),
        Some(Part::Plugins) => json!({
            "attempts": of_attempts(&["patched", "plugins"]),
            "lines": value["lines"],
            "facts": value["facts"],
            "plugin_failures": value["plugin_failures"],
        }),
        Some(Part::Events) => json!({
            "attempts": of_attempts(&["at", "events", "committed", "failed"]),
            "out": value["out"],
        }),
    })
}
