//! What a plugin says besides its result, and how long it takes to.

use tokio::time::Instant;

use super::filter::Filter;
use super::slot::Slot;
use super::{Fact, Interest, Link, LogLine, Stage, Told};
use crate::tape::{Note, Spent, Tape};

/// Taken from a stage after each call.
pub(super) struct Said {
    listen: Option<Interest>,
    logs: Vec<LogLine>,
    facts: Vec<Fact>,
}

impl Said {
    pub(super) fn take(stage: &mut dyn Stage) -> Self {
        Self {
            listen: stage.take_listen(),
            logs: stage.take_logs(),
            facts: stage.take_facts(),
        }
    }
}

/// The clock at a call of a plugin.
pub(super) struct Meter(Instant);

impl Meter {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// The call is over.
    pub(super) fn stop(self, link: &Link, tape: &mut Tape) {
        let cost = Spent {
            calls: 1,
            time: self.0.elapsed(),
            ..Spent::default()
        };
        tape.spend(&link.name, &cost);
    }
}

impl Slot {
    /// `told` gathers for the head of the answer.
    pub(super) fn hear(&mut self, link: &Link, said: Said, told: &mut Vec<Told>, tape: &mut Tape) {
        if let Some(interest) = said.listen {
            self.listen = Some(Filter::new(&interest));
        }
        for line in said.logs {
            tape.note(Note::Plugin {
                plugin: link.name.clone(),
                line,
            });
        }
        for fact in said.facts {
            told.push(Told {
                plugin: link.name.clone(),
                fact: fact.clone(),
            });
            tape.note(Note::Fact {
                plugin: link.name.clone(),
                fact,
            });
        }
    }
}
