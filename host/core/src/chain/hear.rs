//! What a plugin says besides its result.

use super::filter::Filter;
use super::slot::Slot;
use super::{Fact, Interest, Link, LogLine, Stage, Told};
use crate::tape::{Note, Tape};

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

impl Slot {
    /// `told` gathers for the head of the answer.
    pub(super) fn hear(&mut self, link: &Link, said: Said, told: &mut Vec<Told>, tape: &mut Tape) {
        if let Some(interest) = said.listen {
            self.listen = Some(Filter::new(&interest));
        }
        let plugin = link.plugin.name();
        for line in said.logs {
            tape.note(Note::Plugin {
                plugin: plugin.into(),
                line,
            });
        }
        for fact in said.facts {
            told.push(Told {
                plugin: plugin.into(),
                fact: fact.clone(),
            });
            tape.note(Note::Fact {
                plugin: plugin.into(),
                fact,
            });
        }
    }
}
