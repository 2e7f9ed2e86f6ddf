//! What the host does with a plugin's decisions: it keeps the held events and settles the
//! others. Needed here to feed a whole answer piece by piece, and for native tests.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Error;
use crate::bindings::yallmp::patch::types::{Emission, Event, EventKind, Item, NewEvent, Outcome};

/// Something that goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Settled {
    /// The event with this number, counted from the first, as it came.
    AsItCame(usize, Event),
    New(NewEvent),
}

impl Settled {
    pub(crate) fn data(&self) -> &str {
        match self {
            Settled::AsItCame(_, event) => &event.data,
            Settled::New(event) => &event.data,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tray {
    held: Vec<Settled>,
    /// How many events came in.
    seen: usize,
    pub(crate) settled: Vec<Settled>,
}

impl Tray {
    pub(crate) fn held(&self) -> u32 {
        u32::try_from(self.held.len()).unwrap_or(u32::MAX)
    }

    /// Takes an event and what the plugin decided about it. Returns the reason if it wants
    /// another attempt.
    pub(crate) fn settle(
        &mut self,
        event: Event,
        outcome: Outcome,
    ) -> Result<Option<String>, Error> {
        self.held.push(Settled::AsItCame(self.seen, event));
        self.seen += 1;
        match outcome {
            Outcome::Unchanged => self.settled.append(&mut self.held),
            Outcome::Retry(reason) => return Ok(Some(reason)),
            Outcome::Emit(emission) => self.emit(emission)?,
        }
        Ok(None)
    }

    fn emit(&mut self, emission: Emission) -> Result<(), Error> {
        let keep = emission.keep as usize;
        if keep > self.held.len() {
            return Err(breach(format!(
                "keeps {keep} events of {}",
                self.held.len()
            )));
        }
        self.let_out(emission.items)?;
        self.held.drain(..self.held.len() - keep);
        if let Some(data) = emission.stand_in {
            if keep == 0 {
                return Err(breach("a stand-in, but keeps no event".into()));
            }
            let event = Event {
                kind: EventKind::Chunk,
                number: 0,
                name: None,
                data,
            };
            self.held = [Settled::AsItCame(usize::MAX, event)].into();
        }
        Ok(())
    }

    fn let_out(&mut self, items: Vec<Item>) -> Result<(), Error> {
        for item in items {
            self.settled.push(match item {
                Item::New(event) => Settled::New(event),
                Item::Held(index) => match self.held.get(index as usize) {
                    Some(event) => event.clone(),
                    None => {
                        let held = self.held.len();
                        return Err(breach(format!("names held event {index} of {held}")));
                    }
                },
            });
        }
        Ok(())
    }

    /// The end: the last items go on, the rest of what is held is dropped.
    pub(crate) fn finish(&mut self, items: Vec<Item>) -> Result<(), Error> {
        self.let_out(items)?;
        self.held.clear();
        Ok(())
    }

    /// Whether all events went on in their order, and nothing else.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.settled.len() == self.seen
            && self.settled.iter().enumerate().all(
                |(at, settled)| matches!(settled, Settled::AsItCame(number, _) if *number == at),
            )
    }
}

fn breach(what: String) -> Error {
    Error::new("bad-outcome", what)
}
