//! The chain of a deployment, and its run through one attempt.
//!
//! Requests go down the list of plugins, answers come up it. The chain takes values and
//! returns values; it knows no HTTP and no wasm. What plugins return is checked here, and
//! what a dying plugin held back is released here.

mod error;
mod filter;
mod hear;
mod request;
mod response;
mod slot;
mod stage;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;

use crate::body::RequestBody;
use crate::tape::{Given, Like};
use filter::{Filter, Words};
pub use request::{RequestResult, Sending};
use slot::Slot;
pub use stage::*;

/// The plugins of one deployment with their compiled interests, nearest the client first.
pub struct Chain {
    links: Vec<Link>,
    /// What all plugins declared to want of answers.
    words: Option<Words>,
}

struct Link {
    /// Of the plugin, for the log.
    name: Arc<str>,
    plugin: Arc<dyn Plugin>,
    request: Filter,
    response: Filter,
    errors: Filter,
}

impl Chain {
    pub fn new(plugins: Vec<Arc<dyn Plugin>>) -> Self {
        let words = Words::of(plugins.iter().map(|plugin| plugin.response()));
        let links = plugins
            .into_iter()
            .map(|plugin| Link {
                name: plugin.name().into(),
                request: Filter::new(plugin.request()),
                response: Filter::new(plugin.response()),
                errors: Filter::new(plugin.errors()),
                plugin,
            })
            .collect();
        Self { links, words }
    }

    pub fn plugins(&self) -> impl Iterator<Item = &Arc<dyn Plugin>> {
        self.links.iter().map(|link| &link.plugin)
    }

    /// Begin an attempt with the client's original body.
    pub fn run(self: &Arc<Self>, facts: Arc<AttemptFacts>, body: RequestBody) -> Run {
        let slots = self.links.iter().map(|_| Slot::default()).collect();
        Run {
            chain: self.clone(),
            facts,
            slots,
            body,
            told: Vec::new(),
            no_retry: None,
            like: None,
            silent: 0,
            events: Vec::new(),
            spare: Vec::new(),
        }
    }
}

/// The chain in one attempt.
pub struct Run {
    chain: Arc<Chain>,
    facts: Arc<AttemptFacts>,
    slots: Vec<Slot>,
    /// The client's body; what a plugin changed is in the slots behind it.
    body: RequestBody,
    /// What plugins noted so far, for the head of the answer.
    told: Vec<Told>,
    /// Why no plugin can have another try any more.
    no_retry: Option<&'static str>,
    /// What the data of the next event has in common with an earlier one's.
    like: Option<Like>,
    /// The last event, if no plugin's words are in it.
    silent: u32,
    /// Memory for the events between two plugins.
    events: Vec<Event>,
    spare: Vec<Event>,
}

/// A fact and the plugin that noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub plugin: Arc<str>,
    pub fact: Fact,
}

impl Run {
    /// What plugins noted up to now.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Whether a plugin is alive and must be told of the end.
    pub fn is_live(&self) -> bool {
        self.slots
            .iter()
            .any(|slot| matches!(slot.state, slot::State::Live(_)))
    }
}

/// An event on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub kind: EventKind,
    pub name: Option<ByteString>,
    pub data: ByteString,
    /// The bytes it came in, as long as nobody changed it.
    pub raw: Option<Bytes>,
    /// Of the backend's event that `raw` is; 0 where there is no `raw`.
    pub number: u32,
}

impl Event {
    fn size(&self) -> usize {
        self.raw.as_ref().map_or(self.data.len(), Bytes::len)
    }

    fn given(&self) -> Given {
        match self.number {
            0 => Given::Made {
                name: self.name.clone(),
                data: self.data.clone(),
            },
            number => Given::AsCame(number),
        }
    }
}

/// What ends an attempt from inside the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFailure {
    /// A plugin asked for another try before commit.
    Retry { plugin: String, reason: String },
    /// A plugin with `on_error: fail` died.
    Plugin { plugin: String, error: String },
}
