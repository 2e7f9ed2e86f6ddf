use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{
    Chunk, Deployment, EndReason, Error, Event, Exchange, Info, Interest, Json, Out, Patch, Wants,
    host,
};

use crate::choice::{Choice, Context};
use crate::interest;
use crate::offer::Offer;
use crate::queue::Queue;
use crate::settings::{SCHEMA, Settings};

/// The plugin: one answer.
pub struct ToolCallFix {
    settings: Settings,
    exchange: String,
    streaming: bool,
    offer: Offer,
    choices: Vec<Choice>,
    queue: Queue,
    /// A chunk that says nothing, in whose likeness chunks are made at the end.
    frame: Option<Chunk<'static>>,
    listening: Listening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    /// As `plan` said.
    Initial,
    Structure,
    All,
}

impl Patch for ToolCallFix {
    const INFO: Info = Info {
        name: "tool-call-fix",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Mends tool calls: broken structure, and calls written as text.",
        config_schema: SCHEMA,
    };

    fn plan(config: &Json<'_>, _: &Deployment) -> Result<Wants, Error> {
        let settings = Settings::read(config)?;
        Ok(Wants::nothing().response(interest::initial(&settings.formats)))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
        Ok(ToolCallFix {
            settings: Settings::read(config)?,
            exchange: exchange.id,
            streaming: exchange.streaming,
            offer: Offer::default(),
            choices: Vec::new(),
            queue: Queue::default(),
            frame: None,
            listening: Listening::Initial,
        })
    }

    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        let chunk = event.chunk();
        let slot = self.queue.open();
        let mut cx = Context {
            settings: &self.settings,
            offer: &self.offer,
            exchange: &self.exchange,
            streaming: self.streaming,
            queue: &mut self.queue,
            slot,
        };
        let choices = chunk.as_ref().map_or(0, Chunk::len);
        for at in 0..choices {
            let Some(said) = chunk.as_ref().and_then(|chunk| chunk.choice(at)) else {
                continue;
            };
            let known = self
                .choices
                .iter()
                .position(|choice| choice.index() == said.index());
            let known = known.unwrap_or_else(|| {
                self.choices.push(Choice::new(said.index(), &self.settings));
                self.choices.len() - 1
            });
            self.choices[known].read(&mut cx, at, said);
        }
        self.listen();
        if self.frame.is_none() && self.listening == Listening::All {
            let empty = |chunk: &Chunk<'_>| chunk.sibling(0, Json::object()).into_owned();
            self.frame = chunk.as_ref().map(empty);
        }
        Ok(self.queue.settle(&event.data, chunk))
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out, Error> {
        let slot = self.queue.open();
        let mut cx = Context {
            settings: &self.settings,
            offer: &self.offer,
            exchange: &self.exchange,
            streaming: self.streaming,
            queue: &mut self.queue,
            slot,
        };
        for choice in &mut self.choices {
            choice.close(&mut cx, reason == EndReason::Done);
        }
        Ok(self.queue.close(self.frame.take()))
    }
}

impl ToolCallFix {
    /// Asks for the events that are needed from now on.
    fn listen(&mut self) {
        let all = self.choices.iter().any(Choice::needs_all_events);
        let next = match self.listening {
            _ if all => Listening::All,
            Listening::All | Listening::Initial if self.offer.is_known_closed() => {
                Listening::Structure
            }
            Listening::All => Listening::Initial,
            other => other,
        };
        if next == self.listening {
            return;
        }
        self.listening = next;
        host::listen(&match next {
            Listening::All => Interest::All,
            Listening::Initial => interest::initial(&self.settings.formats),
            Listening::Structure => interest::structure(),
        });
    }
}
