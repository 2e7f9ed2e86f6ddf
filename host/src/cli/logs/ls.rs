//! `yallmp logs ls`

use std::io::{self, Write as _};
use std::process::ExitCode;

use yallmp_log::trace::Summary;

use super::super::number;
use super::filter::{self, Filters};
use super::line::{Widths, line};
use super::place::Place;
use crate::plain::plain_json;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// So many at most, 0 for all
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50, value_parser = number::whole::<usize>)]
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
    let most = match args.limit {
        0 => usize::MAX,
        limit => limit,
    };
    let mut list = List {
        is_json: args.json,
        left: most,
        first: Vec::new(),
        widths: None,
    };
    // First what no index has: what gets there meanwhile is in both.
    let fresh = args.filter.fresh(&args.place.folder()?);
    let reader = args.place.index()?;
    let mut fresh = fresh?.into_iter().peekable();
    args.filter.each(&reader, most, |found| {
        let summary = filter::summary(found)?;
        let place = (found.place.started, &*found.place.id);
        while let Some(newer) = fresh.next_if(|it| it.place() > place) {
            list.put(&newer.summary)?;
        }
        fresh.next_if(|it| it.place() == place);
        list.put(&summary)
    })?;
    fresh.try_for_each(|older| list.put(&older.summary))?;
    list.begin()?;
    Ok(ExitCode::SUCCESS)
}

/// What is printed.
struct List {
    is_json: bool,
    left: usize,
    /// What decides how wide the columns are, until it is printed.
    first: Vec<Summary>,
    widths: Option<Widths>,
}

/// So many exchanges are read before the first is printed.
const FIRST: usize = 500;

impl List {
    /// As long as there is room.
    fn put(&mut self, summary: &Summary) -> anyhow::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let mut out = io::stdout().lock();
        if self.is_json {
            writeln!(out, "{}", plain_json(&serde_json::to_string(summary)?))?;
            return Ok(());
        }
        if let Some(widths) = &self.widths {
            writeln!(out, "{}", line(summary, widths))?;
            return Ok(());
        }
        drop(out);
        self.first.push(summary.clone());
        match self.first.len() < FIRST {
            true => Ok(()),
            false => self.begin(),
        }
    }

    /// Prints the head, and what waited for it.
    fn begin(&mut self) -> anyhow::Result<()> {
        if self.first.is_empty() {
            return Ok(());
        }
        let widths = Widths::of(&self.first);
        let mut out = io::stdout().lock();
        writeln!(out, "{}", widths.head())?;
        for summary in self.first.drain(..) {
            writeln!(out, "{}", line(&summary, &widths))?;
        }
        self.widths = Some(widths);
        Ok(())
    }
}
