use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::chat::thinking_is_off;
use yallmp_sdk::{
    Chunk, Deployment, EndReason, Event, Exchange, Info, Interest, Json, Out, Patch,
    RequestOutcome, Result, Wants, host,
};

use crate::choice::Choice;
use crate::interest;
use crate::settings::{Raw, SCHEMA, Settings, Starts};
use crate::strip;

/// The plugin: one answer.
pub struct ReasoningNormalize {
    settings: Settings,
    whole: bool,
    chat: bool,
    choices: Vec<Choice>,
    /// An event is held, in whose place stands what is not yet decided.
    holds: bool,
    /// A chunk that says nothing, in whose likeness chunks are made at the end.
    frame: Option<Chunk<'static>>,
    listening: Listening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    Initial,
    All,
    /// `awaits`: the first reasoning is still to come.
    Reduced {
        awaits: bool,
    },
}

impl Patch for ReasoningNormalize {
    const INFO: Info = Info {
        name: "reasoning-normalize",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Puts reasoning where the client reads it: from tags, lists and fields to one field, or into the text.",
        config_schema: SCHEMA,
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        let settings = Settings::read(config, deployment);
        let wants = Wants::nothing().response(if deployment.target_model.contains('*') {
            // What is known of the model comes with the request.
            Interest::All
        } else {
            interest::initial(&settings)
        });
        let tag = |(open, _): (String, String)| {
            let word = open.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word
                .split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            Interest::any_of(&[if word.is_empty() { "assistant" } else { word }])
        };
        Ok(wants.request(settings.written().map_or(Interest::None, tag)))
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        Ok(ReasoningNormalize {
            settings: Settings::read(config, &exchange.deployment),
            whole: !exchange.streaming,
            chat: exchange.path.ends_with("/chat/completions"),
            choices: Vec::new(),
            holds: false,
            frame: None,
            listening: Listening::Initial,
        })
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        match self.settings.written() {
            Some((open, close)) if self.chat => {
                strip::messages(&open, &close, self.settings.multi_span)
            }
            _ => Ok(RequestOutcome::Unchanged),
        }
    }

    fn on_event(&mut self, event: &Event) -> Result<Out> {
        if !self.chat {
            host::listen(&Interest::None);
            return Ok(Out::pass());
        }
        let Some(chunk) = event.chunk() else {
            return Ok(self.not_a_chunk());
        };
        let mut new = chunk.clone();
        let mut before: Vec<Chunk<'_>> = Vec::new();
        for at in 0..chunk.len() {
            let Some(said) = chunk.choice(at) else {
                continue;
            };
            let count = self.choices.len();
            let known = self.choice(said.index(), event.number);
            if self.choices[known].finished {
                continue;
            }
            let last = match self.whole {
                true => None,
                false => self.choices[known].last_message(&said, event.number == 1),
            };
            let Some(delta) = last.as_ref().or(said.delta()) else {
                continue;
            };
            let finish = said.finish_reason().filter(|reason| !reason.is_empty());
            let patched = self.choices[known].read(&self.settings, delta, finish);
            let is_new = known == count;
            if is_new && !self.settings.reads_all() {
                self.choices[known].begin_in_text_if_parsed();
            }
            for delta in patched.before {
                before.push(chunk.sibling(said.index(), Json::Object(delta)));
            }
            if last.is_some() {
                if let Some(choice) = new.choice_mut(at) {
                    // Where deltas came before, others may still read it.
                    if event.number == 1 {
                        choice.remove("message");
                    }
                    choice.set("delta", patched.delta);
                }
            } else if patched.delta != *delta {
                let text = patched.delta.get("content") != delta.get("content");
                if let Some(choice) = new.choice_mut(at) {
                    choice.set("delta", patched.delta);
                    if text && choice.contains("logprobs") {
                        choice.set("logprobs", Json::Null);
                    }
                }
            }
        }
        self.listen();
        let stand_in = self.stand_in(&chunk);
        if self.frame.is_none() && self.choices.iter().any(Choice::needs_all) {
            self.frame = Some(chunk.sibling(0, Json::object()).into_owned());
        }
        let held = core::mem::replace(&mut self.holds, stand_in.is_some());
        if before.is_empty() && !new.is_changed() && !held && stand_in.is_none() {
            return Ok(Out::pass());
        }
        let mut out = before.into_iter().fold(Out::nothing(), Out::event);
        if !new.is_changed() {
            out = out.this();
        } else if !new.says_nothing() {
            out = out.event(new);
        }
        Ok(match stand_in {
            Some(chunk) => out.keep(1).stand_in(chunk),
            None => out,
        })
    }

    fn on_end(&mut self, reason: EndReason) -> Result<Out> {
        let Some(frame) = self.frame.take() else {
            return Ok(Out::pass());
        };
        let mut out = Out::nothing();
        if reason == EndReason::Cancelled {
            return Ok(out);
        }
        for choice in &mut self.choices {
            for delta in choice.close(&self.settings) {
                out = out.event(frame.sibling(choice.index, Json::Object(delta)));
            }
        }
        Ok(out)
    }
}

impl ReasoningNormalize {
    /// It goes on, what is held stays held.
    fn not_a_chunk(&mut self) -> Out {
        let stand_in = self.frame.as_ref().and_then(|frame| self.stand_in(frame));
        match stand_in.filter(|_| self.holds) {
            Some(chunk) => Out::nothing().this().keep(1).stand_in(chunk),
            None => Out::pass(),
        }
    }

    fn choice(&mut self, index: u64, number: u32) -> usize {
        let known = self.choices.iter().position(|choice| choice.index == index);
        known.unwrap_or_else(|| {
            let opened = match self.settings.starts_inside {
                Starts::Yes => true,
                Starts::Never | Starts::Unknown => false,
                Starts::IfAsked => !thinking_is_off(),
            };
            let mut choice = Choice::new(index, &self.settings, opened, self.whole);
            // The first event says the role.
            let is_early = self.whole || self.listening == Listening::All || number <= 2;
            if self.settings.raw != Raw::Yes && !is_early {
                choice.scanner.begin_in_text();
            }
            self.choices.push(choice);
            self.choices.len() - 1
        })
    }

    /// What the host releases if this instance dies: the text that is not decided yet.
    fn stand_in(&self, chunk: &Chunk<'_>) -> Option<Chunk<'static>> {
        let mut stand_in: Option<Chunk<'_>> = None;
        for choice in &self.choices {
            let (pending, reasons) = choice.scanner.pending();
            if pending.is_empty() {
                continue;
            }
            let name = if reasons {
                "reasoning_content"
            } else {
                "content"
            };
            let mut delta = Json::object();
            delta.set(name, String::from(pending));
            let piece = chunk.sibling(choice.index, delta);
            match &mut stand_in {
                None => stand_in = Some(piece),
                Some(whole) => {
                    let more = piece.json().get("choices").and_then(Json::as_array);
                    let more: Vec<_> = more.into_iter().flat_map(|it| it.iter().cloned()).collect();
                    let choices = whole.json_mut().get_mut("choices");
                    if let Some(choices) = choices.and_then(Json::as_array_mut) {
                        choices.items_mut().extend(more);
                    }
                }
            }
        }
        stand_in.map(Chunk::into_owned)
    }

    /// Asks for the events that are needed from now on.
    fn listen(&mut self) {
        let next = match self.choices.iter().any(Choice::needs_all) {
            true => Listening::All,
            false if self.choices.is_empty() => return,
            false => Listening::Reduced {
                awaits: self.settings.may_come_last
                    && !self.choices.iter().any(Choice::has_reasoned),
            },
        };
        if next == self.listening {
            return;
        }
        self.listening = next;
        host::listen(&match next {
            Listening::Initial | Listening::All => Interest::All,
            Listening::Reduced { awaits } => {
                let mut closers = false;
                let mut copies = false;
                for choice in &mut self.choices {
                    choice.scanner.be_blind();
                    closers |= choice.scanner.looks_for_closers();
                    copies |= choice.scanner.has_found();
                }
                interest::reduced(&self.settings, closers, copies, awaits)
            }
        });
    }
}
