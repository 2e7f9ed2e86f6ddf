//! What the rounds measured, and the one way to look at it: pair by pair within a round,
//! then the median over the rounds, because absolute figures drift.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cell::{Cell, Sample};
use crate::memory::Memory;
use crate::side::Side;
use crate::start::Starts;

/// The samples of one round: by side (its place in `Results::sides`) and cell.
pub type Round = BTreeMap<(usize, Cell), Sample>;

#[derive(Debug, Default)]
pub struct Results {
    pub sides: Vec<Side>,
    pub rounds: Vec<Round>,
    /// By side.
    pub memory: BTreeMap<usize, Memory>,
    pub starts: Option<Starts>,
    /// What could not be measured, and why.
    pub failures: Vec<String>,
}

/// A figure of a sample.
pub type Figure = fn(&Sample) -> Option<f64>;

pub const RATE: Figure = |s| Some(s.rate);
pub const CPU: Figure = |s| s.cpu_us;
pub const LATER: Figure = |s| s.later_us;
pub const P50: Figure = |s| s.p50_us;
pub const P99: Figure = |s| s.p99_us;

impl Results {
    pub fn side(&self, side: &Side) -> Option<usize> {
        self.sides.iter().position(|s| s == side)
    }

    pub fn median(&self, side: &Side, cell: Cell, figure: Figure) -> Option<f64> {
        self.paired(|get| get(side, cell, figure))
    }

    /// `side` minus `base`, round by round.
    pub fn added(&self, side: &Side, base: &Side, cell: Cell, figure: Figure) -> Option<f64> {
        self.paired(|get| Some(get(side, cell, figure)? - get(base, cell, figure)?))
    }

    /// `side` over `base`, round by round.
    pub fn ratio(&self, side: &Side, base: &Side, cell: Cell, figure: Figure) -> Option<f64> {
        self.paired(|get| Some(get(side, cell, figure)? / get(base, cell, figure)?))
    }

    /// The median over the rounds of what `of` makes of one round.
    pub fn paired(
        &self,
        of: impl Fn(&dyn Fn(&Side, Cell, Figure) -> Option<f64>) -> Option<f64>,
    ) -> Option<f64> {
        let each = self.rounds.iter().filter_map(|round| {
            of(&|side, cell, figure| round.get(&(self.side(side)?, cell)).and_then(figure))
        });
        median(each.collect())
    }
}

pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        (values[values.len() / 2 - 1] + upper) / 2.0
    })
}

/// A sample with its place, for the JSON file.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    side: String,
    round: usize,
    cell: Cell,
    #[serde(flatten)]
    sample: &'a Sample,
}

impl Results {
    pub fn rows(&self) -> Vec<Row<'_>> {
        let rounds = self.rounds.iter().enumerate();
        rounds
            .flat_map(|(round, samples)| {
                samples
                    .iter()
                    .map(move |(key, sample)| (round, key, sample))
            })
            .map(|(round, &(side, cell), sample)| Row {
                side: self.sides[side].name(),
                round,
                cell,
                sample,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(rate: f64) -> Sample {
        Sample {
            rate,
            ..Sample::default()
        }
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        let mut results = Results {
            sides: vec![Side::Direct, Side::Hyper],
            ..Results::default()
        };
        // The machine gets ten times slower; one round is disturbed.
        for (direct, hyper) in [(1000.0, 500.0), (100.0, 50.0), (100.0, 7.0)] {
            let round = [
                ((0, Cell::Small), sample(direct)),
                ((1, Cell::Small), sample(hyper)),
            ];
            results.rounds.push(round.into());
        }
        assert_eq!(
            results.ratio(&Side::Hyper, &Side::Direct, Cell::Small, RATE),
            Some(0.5)
        );
        assert_eq!(
            results.ratio(&Side::Axum, &Side::Direct, Cell::Small, RATE),
            None,
            "not measured"
        );
    }

    #[test]
    fn the_median_of_an_even_count_is_the_middle() {
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
