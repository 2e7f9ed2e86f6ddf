use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{
    Chunk, Deployment, EndReason, Error, Event, EventKind, Exchange, Info, Interest, Json, Out,
    Patch, RequestOutcome, Wants, host, request::member,
};

use crate::choice::{Choice, Context};
use crate::edit::Edit;
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
    /// More than one choice was asked for.
    several: bool,
    listening: Listening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    /// To calls that come as such.
    Structure,
    /// To all content too, until the first words are there.
    Start,
    /// To text that may begin a call too.
    Text,
    All,
}

/// The first words of a message come no later: after the role.
const FIRST_WORDS: u32 = 2;

impl Patch for ToolCallFix {
    const INFO: Info = Info {
        name: "tool-call-fix",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Mends tool calls: broken structure, and calls written as text.",
        config_schema: SCHEMA,
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants, Error> {
        let settings = Settings::read(config, &deployment.profile)?;
        let wants = Wants::nothing().response(interest::structure());
        let text = (settings.openers.is_empty(), settings.guesses);
        if settings.chunks {
            let wants = Wants::nothing().response(Interest::All);
            return Ok(match text {
                (false, false) => wants.request(Interest::any_of(&["\"tools\""])),
                _ => wants,
            });
        }
        Ok(match text {
            (true, _) => wants,
            (_, true) => wants.response(interest::guess(&settings.openers)),
            (_, false) => wants.request(Interest::any_of(&["\"tools\""])),
        })
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error> {
        let settings = Settings::read(config, &exchange.deployment.profile)?;
        Ok(ToolCallFix {
            listening: match settings.guesses {
                _ if settings.chunks => Listening::All,
                true => Listening::Text,
                false => Listening::Structure,
            },
            offer: Offer::new(settings.liberties),
            settings,
            exchange: exchange.id,
            streaming: exchange.streaming,
            choices: Vec::new(),
            queue: Queue::default(),
            frame: None,
            several: false,
        })
    }

    /// Only a request with tools makes text worth looking at.
    fn on_request(&mut self) -> Result<RequestOutcome, Error> {
        if self.settings.guesses {
            return Ok(RequestOutcome::Unchanged);
        }
        self.offer.presume();
        self.several = member("n").is_some_and(|n| n.trim() != "1");
        if !self.settings.chunks {
            self.listening = Listening::Start;
            host::listen(&interest::start(&self.settings.openers));
        }
        Ok(RequestOutcome::Unchanged)
    }

    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        let completed = completed(event).filter(|_| self.settings.chunks);
        let data = completed.as_deref().unwrap_or(&event.data);
        let chunk = match &completed {
            Some(text) => Chunk::parse(text),
            None => event.chunk(),
        };
        let slot = self.queue.open();
        if completed.is_some() {
            self.queue.edit(slot, Edit::Completed);
        }
        let mut cx = Context {
            settings: &self.settings,
            offer: &self.offer,
            exchange: &self.exchange,
            streaming: self.streaming,
            is_first: event.number == 1,
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
                let at_start = !self.settings.guesses || event.number <= FIRST_WORDS;
                let choice = Choice::new(said.index(), &self.settings, at_start);
                self.choices.push(choice);
                self.choices.len() - 1
            });
            self.choices[known].read(&mut cx, at, said);
        }
        if event.kind == EventKind::Chunk {
            self.listen();
        }
        if self.frame.is_none() && self.listening == Listening::All {
            let empty = |chunk: &Chunk<'_>| chunk.sibling(0, Json::object()).into_owned();
            self.frame = chunk.as_ref().map(empty);
        }
        Ok(self.queue.settle(data, chunk))
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out, Error> {
        let slot = self.queue.open();
        let mut cx = Context {
            settings: &self.settings,
            offer: &self.offer,
            exchange: &self.exchange,
            streaming: self.streaming,
            is_first: false,
            queue: &mut self.queue,
            slot,
        };
        for choice in &mut self.choices {
            choice.close(&mut cx, reason);
        }
        if let Some(mended) = self.queue.take_mended() {
            host::note("mended", &mended);
        }
        Ok(self.queue.close(self.frame.take()))
    }
}

impl ToolCallFix {
    /// Asks for the events that are needed from now on.
    fn listen(&mut self) {
        let all = self.choices.iter().any(Choice::needs_all_events);
        // Each choice's first words.
        let all = all || self.settings.chunks && (self.several || self.choices.is_empty());
        let awaits = self.several || self.choices.iter().any(Choice::awaits_start);
        let reads_text = self.offer.is_open() && !self.settings.openers.is_empty();
        let next = match (all, reads_text) {
            (true, _) => Listening::All,
            (false, false) => Listening::Structure,
            (false, true) if awaits || self.choices.is_empty() => Listening::Start,
            (false, true) => Listening::Text,
        };
        if next == self.listening {
            return;
        }
        self.listening = next;
        let interest = match next {
            Listening::All => Interest::All,
            Listening::Start => interest::start(&self.settings.openers),
            Listening::Text => interest::text(&self.settings.openers),
            Listening::Structure => interest::structure(),
        };
        host::listen(&match self.settings.chunks {
            true => interest::and_usage(interest),
            false => interest,
        });
    }
}

/// The chunk that counts tokens with the `choices` that it lacks.
fn completed(event: &Event) -> Option<String> {
    if event.kind == EventKind::Whole || event.data.contains("\"choices\"") {
        return None;
    }
    let mut json = event.json().ok()?;
    let kind = json.get("object").and_then(Json::as_str);
    let is_chunk = kind.is_none_or(|kind| kind == "chat.completion.chunk");
    let counts = json.get("usage").and_then(Json::as_object).is_some();
    if !is_chunk || !counts || json.get("type").is_some() {
        return None;
    }
    json.set("choices", Json::from(Vec::new()));
    Some(json.to_text())
}
