//! Where readers put what they found.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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

/// Collects events, and knows what makes a call credible.
#[derive(Default)]
pub struct Sink {
    events: Vec<Event>,
    tools: Rc<Tools>,
    /// Calls of unknown tools do not count.
    cautious: bool,
    format: &'static str,
    /// The tool of the open call, as the request spells it.
    tool: Option<String>,
    started: bool,
}

impl Sink {
    /// For a new block.
    pub(super) fn prepare(&mut self, tools: Rc<Tools>, cautious: bool, format: &'static str) {
        self.format = format;
        self.tools = tools;
        self.cautious = cautious;
        self.next();
    }

    /// For another call in the block.
    pub(super) fn next(&mut self) {
        self.started = false;
    }

    /// Takes over all that another one collected.
    pub(super) fn append(&mut self, other: &mut Sink) {
        self.events.append(&mut other.events);
    }

    pub(super) fn has_started(&self) -> bool {
        self.started
    }

    pub(super) fn take(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    /// A call begins. False: it is not credible, and the text was no call.
    #[must_use]
    pub fn start(&mut self, name: &str, id: Option<&str>) -> bool {
        let Some(known) = self.knows(name) else {
            return false;
        };
        self.events.push(Event::Start {
            name: known.clone(),
            id: id.map(ToString::to_string),
            format: self.format,
        });
        self.tool = Some(known);
        self.started = true;
        true
    }

    /// Whether the request offers a tool that the name means.
    pub fn offers(&self, name: &str) -> bool {
        self.tools.resolve(name).is_some()
    }

    /// The name of a credible call.
    fn knows(&self, name: &str) -> Option<String> {
        let bare = names::strip(name);
        match self.tools.resolve(name) {
            Some(tool) => Some(tool.name.clone()),
            // Punctuation alone is the name of nothing.
            None if self.cautious || !bare.contains(char::is_alphanumeric) => None,
            None => Some(bare.to_string()),
        }
    }

    pub fn args(&mut self, piece: &str) {
        match self.events.last_mut() {
            _ if piece.is_empty() => {}
            Some(Event::Args(args)) => args.push_str(piece),
            _ => self.events.push(Event::Args(piece.to_string())),
        }
    }

    pub fn end(&mut self) {
        self.events.push(Event::End);
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
