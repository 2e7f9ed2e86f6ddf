//! The figures as Markdown for people and as JSON for programs.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::budget::{Budget, budgets};
use crate::cell::Cell;
use crate::memory::Memory;
use crate::results::{CPU, Figure, LATER, P50, P99, RATE, Results};
use crate::side::{Side, nginx_version};

pub fn print(results: &Results, nginx_workers: usize) {
    println!("{}\n", machine());
    println!(
        "{} rounds, medians. CPU is that of the proxy alone; added is against direct.\n",
        results.rounds.len()
    );
    whole_answers(results);
    streams(results);
    put_off(results);
    memory(results);
    judged(&budgets(results, nginx_workers));
    for failure in &results.failures {
        println!("not measured: {failure}");
    }
}

pub fn write_json(results: &Results, file: &Path) -> Result<()> {
    let workers = results.sides.iter().find_map(|side| match side {
        Side::Nginx { workers } => Some(*workers),
        _ => None,
    });
    let memory = results
        .memory
        .iter()
        .map(|(&side, memory)| (results.sides[side].name(), memory));
    let document = json!({
        "machine": machine(),
        "samples": results.rows(),
        "peak_rss_bytes": memory.collect::<std::collections::BTreeMap<_, _>>(),
        "start_ms": results.starts,
        "budgets": budgets(results, workers.unwrap_or(1)),
        "failures": results.failures,
    });
    fs::write(file, serde_json::to_string_pretty(&document)?)
        .with_context(|| format!("write {}", file.display()))
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("", |(_, name)| name);
    let nginx = nginx_version().unwrap_or_else(|| "no nginx".into());
    format!("{cores} cores ({cpu}), {}, {nginx}", std::env::consts::OS)
}

/// A table with a line for each side that `line` has something to say about.
fn table(results: &Results, head: &[&str], line: impl Fn(&Side) -> Vec<String>) {
    println!("| | {} |", head.join(" | "));
    println!("| --- |{}", " ---: |".repeat(head.len()));
    for side in &results.sides {
        let cells = line(side);
        if cells.iter().any(|cell| !cell.is_empty()) {
            println!("| {} | {} |", side.name(), cells.join(" | "));
        }
    }
    println!();
}

fn whole_answers(results: &Results) {
    let head = [
        "requests/s, 1 KB",
        "CPU us, 1 KB",
        "requests/s, 100 KB",
        "CPU us, 100 KB",
        "added p50 us, 1 connection",
        "added p99 us, 1 connection",
        "p50 us, 32 connections",
        "p99 us, 32 connections",
    ];
    table(results, &head, |side| {
        let median = |cell, figure| show(results.median(side, cell, figure));
        vec![
            median(Cell::Small, RATE),
            median(Cell::Small, CPU),
            median(Cell::Agent, RATE),
            median(Cell::Agent, CPU),
            added(results, side, Cell::Alone, P50),
            added(results, side, Cell::Alone, P99),
            median(Cell::Small, P50),
            median(Cell::Small, P99),
        ]
    });
}

fn streams(results: &Results) {
    let head = [
        "CPU us per event, one per write",
        "events/s, bursts",
        "CPU us per event, bursts",
        "added time to first content p50 us",
        "p99 us",
        "the same, steady load, p50 us",
        "p99 us",
    ];
    table(results, &head, |side| {
        let median = |cell, figure| show(results.median(side, cell, figure));
        vec![
            median(Cell::Paced, CPU),
            median(Cell::Burst, RATE),
            median(Cell::Burst, CPU),
            added(results, side, Cell::First, P50),
            added(results, side, Cell::First, P99),
            added(results, side, Cell::Steady, P50),
            added(results, side, Cell::Steady, P99),
        ]
    });
}

/// The files of the logs and their index, mostly.
fn put_off(results: &Results) {
    let head = [
        "CPU us after the load, 1 KB",
        "100 KB",
        "event, one per write",
        "event, bursts",
    ];
    table(results, &head, |side| match side {
        Side::Yallmp { log: true, .. } => [Cell::Small, Cell::Agent, Cell::Paced, Cell::Burst]
            .map(|cell| show(results.median(side, cell, LATER)))
            .into(),
        _ => Vec::new(),
    });
}

fn added(results: &Results, side: &Side, cell: Cell, figure: Figure) -> String {
    match side {
        Side::Direct => "0".into(),
        _ => show(results.added(side, &Side::Direct, cell, figure)),
    }
}

fn memory(results: &Results) {
    let head = [
        "peak RSS MB, 128 connections, 1 KB",
        "100 KB",
        "1,000 open streams",
    ];
    table(results, &head, |side| {
        let memory = results
            .side(side)
            .and_then(|side| results.memory.get(&side));
        let show = |of: fn(&Memory) -> Option<u64>| {
            show(
                memory
                    .and_then(of)
                    .map(|bytes| bytes as f64 / f64::from(1 << 20)),
            )
        };
        vec![
            show(|m| m.busy),
            show(|m| m.busy_agent),
            show(|m| m.streams),
        ]
    });
}

fn judged(budgets: &[Budget]) {
    if budgets.iter().all(|b| b.log_off.or(b.log_on).is_none()) {
        return;
    }
    println!("| budget | limit | log off | | log on | |\n| --- | ---: | ---: | --- | ---: | --- |");
    for budget in budgets.iter().filter(|b| b.log_off.or(b.log_on).is_some()) {
        let word = if budget.at_least {
            "at least"
        } else {
            "at most"
        };
        let verdict = |measured: Option<f64>| match measured {
            Some(measured) if budget.is_met(measured) => "met",
            Some(_) => "**missed**",
            None => "",
        };
        println!(
            "| {} | {word} {} {} | {} | {} | {} | {} |",
            budget.what,
            show(Some(budget.limit)),
            budget.unit,
            show(budget.log_off),
            verdict(budget.log_off),
            show(budget.log_on),
            verdict(budget.log_on),
        );
    }
    println!();
}

/// Three digits that say something.
fn show(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}
