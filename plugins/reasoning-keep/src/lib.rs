//! Puts back what clients leave out: the reasoning of earlier answers, and the signatures
//! that come with it, for backends that demand it or do worse without.
//!
//! An answer is remembered as the client gets it, so this plugin stands nearer the client than
//! whatever changes answers. See `README.md`.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod answer;
mod details;
mod digest;
mod field;
mod history;
mod keys;
mod memory;
mod miss;
mod record;
mod refusal;
mod report;
mod request;
mod settings;
mod tags;

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::{
    Deployment, EndReason, Event, EventKind, Exchange, Info, Interest, Json, Out, Patch,
    RequestOutcome, Result, Wants, host,
};

use answer::Answer;
use digest::Hasher;
use history::Place;
use memory::Memory;
use refusal::Refusal;
use request::Sought;
use settings::{Lifetime, Settings};

/// What events with reasoning have in them. The last ones are contents that may begin with
/// a tag. An event with `null` under such a name is called for in vain.
const SIGNS: [&str; 10] = [
    "\"reasoning_content\"",
    "\"reasoning\"",
    "\"reasoning_details\"",
    "\"thinking\"",
    "\"thinking_blocks\"",
    "thought_signature",
    "\"content\":\"<",
    "\"content\": \"<",
    "\"content\":\"\\u003c",
    "[THINK]",
];

struct ReasoningKeep {
    /// None: nothing is kept here.
    settings: Option<Settings>,
    family: String,
    source: String,
    exchange: String,
    /// What the backend refused in an attempt before this one.
    refused: Option<Refusal>,
    memory: Memory,
    /// Where the answer stands; known after the request was read.
    place: Option<Place>,
    answers: Vec<Answer>,
    /// All events are listened to.
    listening: bool,
}

impl Patch for ReasoningKeep {
    const INFO: Info = Info {
        name: "reasoning-keep",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Puts reasoning back into requests of clients that dropped it.",
        config_schema: include_str!("../schema.json"),
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        let wants = Wants::nothing();
        // What holds for a model of a wildcard is known when a request names it.
        let later = deployment.target_model.contains('*');
        if Settings::read(config, &deployment.profile)?.is_none() && !later {
            return Ok(wants);
        }
        Ok(wants
            .request(Interest::any_of(&["\"assistant\""]))
            .response(Interest::any_of(&SIGNS))
            .errors(Interest::any_of(&refusal::SIGNS)))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let deployment = &exchange.deployment;
        let settings = Settings::read(config, &deployment.profile)?
            .filter(|_| exchange.path.ends_with("/chat/completions"));
        let refused = match settings {
            Some(_) if exchange.attempt > 1 => Refusal::told(&exchange.id),
            _ => None,
        };
        let settings = match refused {
            Some(refused) => settings.map(|settings| refused.settings(&settings)),
            None => settings,
        };
        if settings.is_none() {
            host::listen(&Interest::None);
        }
        let own = settings.as_ref().and_then(|it| it.family.clone());
        Ok(ReasoningKeep {
            family: own.unwrap_or_else(|| family_of(&exchange.target_model)),
            source: source_of(&deployment.api_base, &exchange.target_model),
            exchange: exchange.id,
            refused,
            memory: Memory::new(settings.as_ref().map_or(Lifetime::NONE, |it| it.lifetime)),
            settings,
            place: None,
            answers: Vec::new(),
            listening: false,
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let Some(settings) = &self.settings else {
            return Ok(RequestOutcome::Unchanged);
        };
        let sought = Sought {
            settings,
            family: &self.family,
            source: &self.source,
            refused: self.refused,
            memory: &mut self.memory,
        };
        let (outcome, place) = sought.restore()?;
        self.place = place;
        Ok(outcome)
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        if event.kind == EventKind::Error {
            return Ok(self.on_error(&event.data));
        }
        let Some(chunk) = event.chunk().filter(|_| self.settings.is_some()) else {
            return Ok(Out::pass());
        };
        if !self.listening {
            host::listen(&Interest::All);
            self.listening = true;
        }
        for choice in chunk.choices() {
            let index = choice.index();
            let known = self.answers.iter().position(|answer| answer.index == index);
            let at = known.unwrap_or_else(|| {
                self.answers.push(Answer::new(index));
                self.answers.len() - 1
            });
            self.answers[at].hear(&choice);
            // Now, not at the end: the client's next request may come first.
            if choice.finish_reason().is_some() {
                self.keep(at)?;
            }
        }
        Ok(Out::pass())
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out> {
        for at in 0..self.answers.len() {
            let answer = &self.answers[at];
            let is_whole = match reason {
                EndReason::Done | EndReason::EndOfInput => true,
                // The client may use what it has.
                EndReason::Cancelled => answer.kept.is_some() || answer.is_callable(),
                EndReason::UpstreamError => answer.kept.is_some(),
            };
            if is_whole && answer.changed {
                self.keep(at)?;
            }
        }
        Ok(Out::pass())
    }
}

impl ReasoningKeep {
    /// Asks for one other try if the backend wants what this one lacked.
    fn on_error(&self, body: &str) -> Out {
        let is_first = self.settings.is_some() && self.refused.is_none();
        match Refusal::read(body).filter(|_| is_first) {
            Some(refusal) if refusal.tell(&self.exchange) => {
                Out::retry("the backend wants reasoning back")
            }
            _ => Out::pass(),
        }
    }

    fn keep(&mut self, at: usize) -> Result<()> {
        let answer = &self.answers[at];
        let record = answer.record(&self.source);
        let Some(said) = answer.said().filter(|_| !record.is_empty()) else {
            return Ok(());
        };
        if self.place.is_none() {
            let messages = yallmp_sdk::request::member("messages").unwrap_or_default();
            self.place = Some(history::end_of(&Json::parse(&messages)?));
        }
        let Some(place) = &self.place else {
            return Ok(());
        };
        let ids = answer.ids();
        let mut keys = keys::of(&self.family, place, &said, &ids, true);
        if !record.extras.is_empty() && ids.len() > 1 {
            let extras = record.extras.iter();
            keys.extend(extras.filter_map(|(id, _)| keys::of_call(&self.family, id)));
        }
        let kept = self.memory.keep(&keys, &record, answer.kept.as_deref());
        let words: Vec<&str> = keys.iter().map(|(kind, _)| kind.word()).collect();
        match &kept {
            Some(_) => host::note("kept", &words.join(" ")),
            None if self.memory.away => host::note("store", "unavailable"),
            None => host::note("kept", "nothing: too large"),
        }
        let answer = &mut self.answers[at];
        answer.changed = false;
        answer.kept = kept;
        Ok(())
    }
}

/// `deepseek-v4` of `deepseek-ai/DeepSeek-V4:free`.
fn family_of(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default().to_lowercase()
}

/// Signatures are for one model of one backend.
fn source_of(api_base: &str, model: &str) -> String {
    let mut hasher = Hasher::default();
    hasher.text(api_base);
    hasher.text(model);
    keys::named("s", &hasher.finish())
}

yallmp_sdk::export!(ReasoningKeep, no_std);
