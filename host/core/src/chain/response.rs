//! Events on their way up the chain.

use bytes::Bytes;

use super::hear::{Meter, Said};
use super::request::failed;
use super::slot::{Slot, State};
use super::{
    ChainFailure, EndReason, Event, EventRef, Level, Link, LogLine, Outcome, Run, StageError,
};
use crate::tape::{EventChange, EventPatched, Like, Note, Spent, Tape};

impl Run {
    /// From now on a plugin's wish to try again comes too late.
    pub fn commit(&mut self) {
        self.no_retry = Some("after the commit");
    }

    /// No try is left after this one: a plugin that asks for another has to do with it.
    pub fn last_try(&mut self) {
        self.no_retry = Some("in the last one");
    }

    /// The data of the next event has this in common with that of an earlier one, so that only
    /// the rest need be searched.
    pub fn expect(&mut self, like: Option<Like>) {
        self.like = like;
    }

    /// Send an event up the chain; what comes out for the client is appended to `out`.
    /// `number` is that of the backend's event: for the log, and for plugins less those that
    /// never came to them.
    pub async fn event(
        &mut self,
        event: Event,
        number: u32,
        out: &mut Vec<Event>,
        tape: &mut Tape,
    ) -> Result<(), ChainFailure> {
        if self.is_silent(&event.data, number) || !self.is_wanted(&event.data) {
            out.push(event);
            return Ok(());
        }
        let mut events = std::mem::take(&mut self.events);
        events.push(event);
        for index in (0..self.slots.len()).rev() {
            self.pass(index, &mut events, number, tape).await?;
            if events.is_empty() {
                for slot in &mut self.slots[..index] {
                    slot.missed += 1;
                }
                break;
            }
        }
        out.append(&mut events);
        self.events = events;
        Ok(())
    }

    /// End the answer: each plugin's last words go through the plugins after it.
    pub async fn end(
        &mut self,
        reason: EndReason,
        number: u32,
        out: &mut Vec<Event>,
        tape: &mut Tape,
    ) -> Result<(), ChainFailure> {
        let mut events = Vec::new();
        for index in (0..self.slots.len()).rev() {
            self.pass(index, &mut events, number, tape).await?;
            self.end_one(index, reason, number, &mut events, tape)
                .await?;
        }
        out.append(&mut events);
        Ok(())
    }

    /// Whether nothing that any plugin declared to want is in it. False if this is not all that
    /// counts.
    fn is_silent(&mut self, data: &str, number: u32) -> bool {
        let like = self.like.take();
        let before = std::mem::take(&mut self.silent);
        let Some(words) = &self.chain.words else {
            return false;
        };
        if self.slots.iter().any(|slot| slot.wants_more()) {
            return false;
        }
        let like = like.filter(|like| like.number == before && before > 0);
        let is_silent = !words.are_in(data, like.map(|like| like.alike));
        if is_silent {
            self.silent = number;
        }
        is_silent
    }

    fn is_wanted(&self, data: &str) -> bool {
        let mut slots = self.slots.iter().zip(&self.chain.links);
        slots.any(|(slot, link)| slot.wants(link, data, &self.facts))
    }

    /// Events through one plugin; what it gives is in their place.
    async fn pass(
        &mut self,
        index: usize,
        events: &mut Vec<Event>,
        number: u32,
        tape: &mut Tape,
    ) -> Result<(), ChainFailure> {
        let mut come = std::mem::replace(events, std::mem::take(&mut self.spare));
        for event in come.drain(..) {
            match self.ask(index, &event, number, tape).await {
                None => events.push(event),
                Some(outcome) => self.settle(index, event, outcome, number, events, tape)?,
            }
        }
        self.spare = come;
        Ok(())
    }

    /// What a plugin does about an event. None if that is nothing: it goes on as it came, and the
    /// plugin holds no other.
    async fn ask(
        &mut self,
        index: usize,
        event: &Event,
        number: u32,
        tape: &mut Tape,
    ) -> Option<Result<Outcome, StageError>> {
        let link = &self.chain.links[index];
        let slot = &mut self.slots[index];
        if !slot.wants(link, &event.data, &self.facts) {
            return None;
        }
        let come = number.saturating_sub(slot.missed).max(1);
        let meter = Meter::start();
        let stage = slot.stage(&link.plugin, &self.facts, &self.body)?;
        let seen = EventRef {
            kind: event.kind,
            number: come,
            name: event.name.as_deref(),
            data: &event.data,
        };
        let outcome = match stage.on_event_now(seen) {
            Some(outcome) => outcome,
            None => stage.on_event(seen).await,
        };
        meter.stop(link, tape);
        let said = Said::take(&mut **stage);
        slot.hear(link, said, &mut self.told, tape);
        match outcome {
            Ok(Outcome::Unchanged) if !slot.holds() => None,
            outcome => Some(outcome),
        }
    }

    fn settle(
        &mut self,
        index: usize,
        event: Event,
        outcome: Result<Outcome, StageError>,
        number: u32,
        out: &mut Vec<Event>,
        tape: &mut Tape,
    ) -> Result<(), ChainFailure> {
        let link = &self.chain.links[index];
        let slot = &mut self.slots[index];
        let kind = event.kind;
        let input = event.data.clone();
        let held_before = slot.holds();
        slot.hold(event);
        let before = out.len();
        let settled = match outcome {
            Ok(Outcome::Unchanged) => Ok(slot.release(out)),
            Ok(Outcome::Retry(reason)) => {
                let Some(why) = self.no_retry else {
                    return Err(ChainFailure::Retry {
                        plugin: link.name.to_string(),
                        reason,
                    });
                };
                tape.note(too_late(link, why, &reason));
                Ok(slot.release(out))
            }
            Ok(Outcome::Emit(emission)) => {
                slot.settle(emission, kind, link.plugin.max_held_bytes(), out)
            }
            Err(error) => Err(error),
        };
        match settled {
            Ok(change) if held_before || change != PASSED_ON => {
                note_change(link, slot, number, change, &out[before..], tape);
            }
            Ok(_) => {}
            Err(error) => bury(
                link,
                slot,
                "on-event",
                &error,
                input.as_bytes().clone(),
                out,
                tape,
            )?,
        }
        Ok(())
    }

    async fn end_one(
        &mut self,
        index: usize,
        reason: EndReason,
        number: u32,
        out: &mut Vec<Event>,
        tape: &mut Tape,
    ) -> Result<(), ChainFailure> {
        let link = &self.chain.links[index];
        let slot = &mut self.slots[index];
        let State::Live(stage) = &mut slot.state else {
            return Ok(());
        };
        let meter = Meter::start();
        let items = stage.on_end(reason).await;
        meter.stop(link, tape);
        let said = Said::take(&mut **stage);
        slot.hear(link, said, &mut self.told, tape);
        let before = out.len();
        match items.and_then(|items| slot.finish(items, out)) {
            Ok(change) if change != EventChange::default() => {
                note_change(link, slot, number, change, &out[before..], tape);
            }
            Ok(_) => {}
            Err(error) => bury(link, slot, "on-end", &error, Bytes::new(), out, tape)?,
        }
        slot.state = State::Dead;
        Ok(())
    }
}

/// A wish for another try that cannot be granted.
pub(super) fn too_late(link: &Link, why: &str, reason: &str) -> Note {
    Note::Plugin {
        plugin: link.name.clone(),
        line: LogLine {
            level: Level::Warn,
            message: format!("asked for another try {why}: {reason}"),
        },
    }
}

/// The event of the call goes on as it came: nothing to tell if nothing was held.
const PASSED_ON: EventChange = EventChange {
    held: 0,
    released: 1,
    dropped: 0,
    added: 0,
};

/// `given`: what the plugin gave out.
fn note_change(
    link: &Link,
    slot: &Slot,
    number: u32,
    what: EventChange,
    given: &[Event],
    tape: &mut Tape,
) {
    let (held_events, held_bytes) = slot.held();
    let cost = Spent {
        held_events,
        held_bytes,
        dropped: what.dropped,
        added: what.added,
        changed: u32::from(what.dropped > 0 || what.added > 0),
        ..Spent::default()
    };
    tape.spend(&link.name, &cost);
    if tape.is_full() {
        tape.note(Note::EventPatched(Box::new(EventPatched {
            plugin: link.name.clone(),
            number,
            what,
            given: given.iter().map(Event::given).collect(),
        })));
    }
}

/// A plugin died: release what it held, and end the attempt if the policy says so.
fn bury(
    link: &Link,
    slot: &mut Slot,
    hook: &'static str,
    error: &StageError,
    input: Bytes,
    out: &mut Vec<Event>,
    tape: &mut Tape,
) -> Result<(), ChainFailure> {
    slot.die(out);
    failed(link, hook, error, input, tape)
}
