//! One plugin's place in a run: its instance, and copies of what it holds back.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::filter::Filter;
use super::{
    AttemptFacts, Emission, Event, EventKind, Item, Link, Plugin, Stage, StageError, StageErrorKind,
};
use crate::body::RequestBody;
use crate::tape::EventChange;

#[derive(Default)]
pub(super) struct Slot {
    pub(super) state: State,
    /// The request as it came to this plugin, if one before it changed it.
    pub(super) body: Option<RequestBody>,
    /// Events that the plugin holds back, oldest first. The host's own copies: released if
    /// the plugin dies.
    held: VecDeque<Event>,
    held_bytes: usize,
    /// How many of the backend's events never came this far: a plugin before it holds them
    /// back, or dropped them.
    pub(super) missed: u32,
    /// Replaces the declared interest once the plugin asked for it.
    pub(super) listen: Option<Filter>,
}

#[derive(Default)]
pub(super) enum State {
    #[default]
    Idle,
    Live(Box<dyn Stage>),
    Dead,
}

impl Slot {
    /// Whether the plugin is to be called with this event.
    pub(super) fn wants(&self, link: &Link, data: &str, facts: &AttemptFacts) -> bool {
        match self.state {
            State::Dead => false,
            State::Idle => link.response.wants(data, facts),
            State::Live(_) => {
                let filter = self.listen.as_ref().unwrap_or(&link.response);
                self.holds() || filter.wants(data, facts)
            }
        }
    }

    /// Whether it may want events without the words that the plugin declared.
    pub(super) fn wants_more(&self) -> bool {
        self.listen.is_some() || self.holds()
    }

    /// The instance, made now if this is its first call. `body`: the client's.
    pub(super) fn stage(
        &mut self,
        plugin: &Arc<dyn Plugin>,
        facts: &Arc<AttemptFacts>,
        body: &RequestBody,
    ) -> Option<&mut Box<dyn Stage>> {
        if matches!(self.state, State::Idle) {
            let body = self.body.as_ref().unwrap_or(body).clone();
            self.state = State::Live(plugin.start(facts.clone(), body));
        }
        match &mut self.state {
            State::Live(stage) => Some(stage),
            State::Idle | State::Dead => None,
        }
    }

    /// Whether the plugin holds events back.
    pub(super) fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// Events and bytes that are held back.
    pub(super) fn held(&self) -> (u32, usize) {
        (self.held.len() as u32, self.held_bytes)
    }

    pub(super) fn hold(&mut self, event: Event) {
        self.held_bytes += event.size();
        self.held.push_back(event);
    }

    /// Everything held goes on as it came.
    pub(super) fn release(&mut self, out: &mut Vec<Event>) -> EventChange {
        let released = self.held.len() as u32;
        self.held_bytes = 0;
        out.extend(self.held.drain(..));
        EventChange {
            released,
            ..EventChange::default()
        }
    }

    /// Bury the instance and release what it held.
    pub(super) fn die(&mut self, out: &mut Vec<Event>) {
        self.state = State::Dead;
        self.release(out);
    }

    /// Do what an emission says. The event of the call is the newest of the held ones. On
    /// an error nothing is changed.
    pub(super) fn settle(
        &mut self,
        emission: Emission,
        kind: EventKind,
        max_held: usize,
        out: &mut Vec<Event>,
    ) -> Result<EventChange, StageError> {
        let count = self.held.len();
        let keep = emission.keep as usize;
        if keep > count {
            return Err(invalid(format!(
                "keep is {keep}, but only {count} events are held"
            )));
        }
        let settled = count - keep;
        let stand_in = match emission.stand_in {
            Some(_) if keep == 0 => {
                return Err(invalid("a stand-in, but nothing is kept".into()));
            }
            Some(text) => Some(new_event(kind, None, text)?),
            None => None,
        };
        let mut used = vec![false; settled];
        let mut items = Vec::with_capacity(emission.items.len());
        let mut change = EventChange {
            held: emission.keep,
            released: 0,
            dropped: 0,
            added: 0,
        };
        for item in emission.items {
            items.push(self.item(item, kind, settled, &mut used, &mut change)?);
        }
        change.dropped = used.iter().filter(|used| !**used).count() as u32;
        self.held.drain(..settled);
        if let Some(event) = stand_in {
            self.held.clear();
            self.held.push_back(event);
        }
        self.held_bytes = self.held.iter().map(Event::size).sum();
        if self.held_bytes > max_held {
            out.append(&mut items);
            return Err(StageError {
                kind: StageErrorKind::Held,
                message: format!(
                    "{} bytes are held back, {max_held} are allowed",
                    self.held_bytes
                ),
            });
        }
        out.append(&mut items);
        Ok(change)
    }

    /// The last items of an answer. What is held and not named is dropped.
    pub(super) fn finish(
        &mut self,
        items: Vec<Item>,
        out: &mut Vec<Event>,
    ) -> Result<EventChange, StageError> {
        // A plugin that speaks only at the end speaks in chunks: a whole answer is one
        // event, which it has seen.
        let kind = self
            .held
            .front()
            .map_or(EventKind::Chunk, |event| event.kind);
        let emission = Emission {
            items,
            keep: 0,
            stand_in: None,
        };
        self.settle(emission, kind, usize::MAX, out)
    }

    fn item(
        &self,
        item: Item,
        kind: EventKind,
        settled: usize,
        used: &mut [bool],
        change: &mut EventChange,
    ) -> Result<Event, StageError> {
        match item {
            Item::Held(index) => {
                let index = index as usize;
                if index >= settled {
                    return Err(invalid(format!(
                        "item {index} names no event that is settled"
                    )));
                }
                if std::mem::replace(&mut used[index], true) {
                    return Err(invalid(format!("held event {index} is passed on twice")));
                }
                change.released += 1;
                Ok(self.held[index].clone())
            }
            Item::New { name, data } => {
                change.added += 1;
                new_event(kind, name, data)
            }
        }
    }
}

fn new_event(
    kind: EventKind,
    name: Option<bytestring::ByteString>,
    data: bytestring::ByteString,
) -> Result<Event, StageError> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(&data) {
        return Err(invalid(format!("an event that is not JSON: {error}")));
    }
    // Valid JSON has line breaks between tokens only.
    let one_line =
        kind == EventKind::Whole || memchr::memchr2(b'\n', b'\r', data.as_bytes()).is_none();
    let data = if one_line {
        data
    } else {
        data.replace(['\n', '\r'], " ").into()
    };
    Ok(Event {
        kind,
        name,
        data,
        raw: None,
        number: 0,
    })
}

fn invalid(message: String) -> StageError {
    StageError {
        kind: StageErrorKind::Invalid,
        message,
    }
}
