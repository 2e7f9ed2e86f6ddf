use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::yallmp::patch::types::{
    Emission, Event, EventKind, Item, NewEvent, Outcome, RequestOutcome,
};
use crate::tray::Tray;
use crate::{Deployment, EndReason, Error, Exchange, Json, Patch, Wants, whole};

/// Between the calls of the component interface and an author's [`Patch`].
pub(crate) struct Driver<P> {
    plugin: P,
    /// How many events the host holds for this plugin.
    held: u32,
    /// A whole answer was taken apart and put together again: the plugin has had its end.
    ended: bool,
}

pub(crate) fn plan<P: Patch>(config: &str, deployment: &Deployment) -> Result<Wants, Error> {
    P::plan(&Json::parse(config)?, deployment)
}

impl<P: Patch> Driver<P> {
    pub(crate) fn begin(config: &str, exchange: Exchange) -> Result<Self, Error> {
        Ok(Driver {
            plugin: P::begin(&Json::parse(config)?, exchange)?,
            held: 0,
            ended: false,
        })
    }

    pub(crate) fn on_request(&mut self) -> Result<RequestOutcome, Error> {
        self.plugin.on_request()
    }

    pub(crate) fn on_event(&mut self, event: Event) -> Result<Outcome, Error> {
        if P::WHOLE_AS_CHUNKS
            && event.kind == EventKind::Whole
            && let Some(outcome) = self.on_whole(&event)?
        {
            return Ok(outcome);
        }
        let outcome = self.plugin.on_event(&event)?.outcome(self.held);
        self.held = match &outcome {
            Outcome::Emit(emission) if emission.stand_in.is_some() => 1,
            Outcome::Emit(emission) => emission.keep,
            Outcome::Unchanged | Outcome::Retry(_) => 0,
        };
        Ok(outcome)
    }

    pub(crate) fn on_end(&mut self, reason: EndReason) -> Result<Vec<Item>, Error> {
        if self.ended {
            return Ok(Vec::new());
        }
        Ok(self.plugin.on_end(reason)?.last_items(self.held))
    }

    /// None if the answer is no chat completion.
    fn on_whole(&mut self, event: &Event) -> Result<Option<Outcome>, Error> {
        let Ok(answer) = event.json() else {
            return Ok(None);
        };
        let Some(pieces) = whole::apart(&answer) else {
            return Ok(None);
        };
        self.ended = true;
        let mut tray = Tray::default();
        for (piece, number) in pieces.into_iter().zip(1..) {
            let piece = chunk_event(number, piece);
            let outcome = self.plugin.on_event(&piece)?.outcome(tray.held());
            if let Some(reason) = tray.settle(piece, outcome)? {
                return Ok(Some(Outcome::Retry(reason)));
            }
        }
        let items = self.plugin.on_end(EndReason::Done)?;
        tray.finish(items.last_items(tray.held()))?;
        if tray.is_unchanged() {
            return Ok(Some(Outcome::Unchanged));
        }
        let out: Vec<&str> = tray.settled.iter().map(|settled| settled.data()).collect();
        let data = whole::together(&answer, &out)?.to_text();
        Ok(Some(Outcome::Emit(Emission {
            items: [Item::New(NewEvent { name: None, data })].into(),
            keep: 0,
            stand_in: None,
        })))
    }
}

pub(crate) fn chunk_event(number: u32, data: String) -> Event {
    Event {
        kind: EventKind::Chunk,
        number,
        name: None,
        data,
    }
}
