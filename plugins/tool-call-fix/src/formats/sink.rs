//! Where readers put what they found.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::left;
use crate::tools::types::Schema;
use crate::tools::{Tool, Tools, names};

/// Calls in no format. Between `Start` and `End` come only `Args`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Text(String),
    /// `id`: only if the format gives one that must be kept.
    Start {
        name: String,
        id: Option<String>,
        /// The name of the format.
        format: &'static str,
    },
    /// A piece of the arguments' JSON text.
    Args(String),
    End,
}

/// What a call of a tool is that the request does not offer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    #[default]
    Text,
    Call,
    /// Nothing: it is left out.
    Drop,
}

/// Collects events, and knows what makes a call credible.
#[derive(Default)]
pub struct Sink {
    events: Vec<Event>,
    tools: Rc<Tools>,
    unknown: Unknown,
    format: &'static str,
    /// The tool of the open call, as the request spells it.
    tool: Option<String>,
    started: bool,
    /// The name of a call that did not count because its tool is unknown.
    refused: Option<String>,
    /// The open call is left out.
    muted: bool,
    /// There was a call that is not left out.
    called: bool,
}

impl Sink {
    /// For a new block.
    pub(super) fn prepare(&mut self, tools: Rc<Tools>, unknown: Unknown, format: &'static str) {
        self.format = format;
        self.tools = tools;
        self.unknown = unknown;
        self.refused = None;
        self.next();
    }

    /// For another call in the block.
    pub(super) fn next(&mut self) {
        self.started = false;
    }

    /// Takes over all that another one collected.
    pub(super) fn append(&mut self, other: &mut Sink) {
        self.events.append(&mut other.events);
        self.called |= other.called;
    }

    pub(super) fn has_started(&self) -> bool {
        self.started
    }

    /// The name of a call that did not count because its tool is unknown.
    pub(super) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Whether there was a call that is not left out.
    pub(super) fn has_called(&self) -> bool {
        self.called
    }

    /// Whether the open call is left out.
    pub(super) fn is_muted(&self) -> bool {
        self.muted
    }

    pub(super) fn take(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    /// A call begins. False: it is not credible, and the text was no call.
    #[must_use]
    pub fn start(&mut self, name: &str, id: Option<&str>) -> bool {
        let bare = names::strip(name);
        let known = self.tools.resolve(name).map(|tool| tool.name.clone());
        let name = match (known, self.unknown) {
            (Some(name), _) => name,
            // Punctuation alone is the name of nothing.
            _ if !bare.contains(char::is_alphanumeric) => return false,
            (None, Unknown::Text) => {
                self.refused = Some(left::short(bare));
                return false;
            }
            (None, _) => bare.to_string(),
        };
        self.started = true;
        self.muted = self.unknown == Unknown::Drop && self.tools.resolve(&name).is_none();
        if !self.muted {
            self.called = true;
            self.events.push(Event::Start {
                name: name.clone(),
                id: id.map(ToString::to_string),
                format: self.format,
            });
        }
        self.tool = Some(name);
        true
    }

    /// Whether the request offers a tool that the name means.
    pub fn offers(&self, name: &str) -> bool {
        self.tools.resolve(name).is_some()
    }

    pub fn args(&mut self, piece: &str) {
        match self.events.last_mut() {
            _ if piece.is_empty() || self.muted => {}
            Some(Event::Args(args)) => args.push_str(piece),
            _ => self.events.push(Event::Args(piece.to_string())),
        }
    }

    pub fn end(&mut self) {
        if !core::mem::take(&mut self.muted) {
            self.events.push(Event::End);
        }
    }

    pub(super) fn text(&mut self, piece: &str) {
        match self.events.last_mut() {
            _ if piece.is_empty() => {}
            Some(Event::Text(text)) => text.push_str(piece),
            _ => self.events.push(Event::Text(piece.to_string())),
        }
    }

    /// The tool that exactly this name has.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.get(name)
    }

    /// The name of the open call's argument at this place, as its schema lists them.
    pub fn argument_at(&self, place: usize) -> Option<String> {
        let tool = self.tools.get(self.tool.as_deref()?)?;
        tool.argument_names().nth(place).map(ToString::to_string)
    }

    /// The schema of an argument of the open call; none if the tool does not know it.
    pub fn argument(&self, name: &str) -> Option<Schema<'_>> {
        self.tools.get(self.tool.as_deref()?)?.argument(name)
    }
}
