//! One choice of an answer: its text, its calls, its end.

use yallmp_sdk::json::Object;
use yallmp_sdk::{Choice as ChunkChoice, EndReason, Json};

use crate::calls::Calls;
use crate::edit::{Edit, Field};
use crate::finish;
use crate::formats::{End, InThoughts, Scanner};
use crate::offer::Offer;
use crate::passage::Passage;
use crate::queue::{Queue, SlotId};
use crate::settings::Settings;

/// What a choice needs to know and to reach while it reads an event.
pub struct Context<'c> {
    pub settings: &'c Settings,
    pub offer: &'c Offer,
    pub exchange: &'c str,
    /// Whether the client asked for a stream.
    pub streaming: bool,
    /// Whether the backend sent nothing before.
    pub is_first: bool,
    pub queue: &'c mut Queue,
    /// The event.
    pub slot: SlotId,
}

impl Context<'_> {
    pub fn edit(&mut self, edit: Edit) {
        self.queue.edit(self.slot, edit);
    }
}

pub struct Choice {
    index: u64,
    /// The texts in which calls are looked for, thoughts first.
    thoughts: Option<Passage>,
    content: Option<Passage>,
    calls: Calls,
    begun: bool,
    finished: bool,
}

impl Choice {
    /// `at_start`: nothing was said before.
    pub fn new(index: u64, settings: &Settings, at_start: bool) -> Self {
        let (openers, rules) = (&settings.openers, settings.rules);
        let thoughts = || {
            let scanner = Scanner::of_thoughts(openers.clone(), rules);
            Passage::new(Field::Thoughts, scanner)
        };
        let content = || {
            let scanner = match at_start {
                true => Scanner::new(openers.clone(), rules),
                false => Scanner::later(openers.clone(), rules),
            };
            Passage::new(Field::Content, scanner)
        };
        let reads = !openers.is_empty();
        Choice {
            index,
            thoughts: (reads && rules.in_thoughts != InThoughts::Ignore).then(thoughts),
            content: reads.then(content),
            calls: Calls::new(index),
            begun: false,
            finished: false,
        }
    }

    pub fn index(&self) -> u64 {
        self.index
    }

    /// Whether every event must be seen: a call came, and its end is due.
    pub fn needs_all_events(&self) -> bool {
        let text = self.passages().any(Passage::needs_all_events);
        !self.finished && (text || !self.calls.is_empty())
    }

    /// Whether the first words of the answer are still to come, and matter.
    pub fn awaits_start(&self) -> bool {
        let awaits = self.content.as_ref().is_some_and(Passage::awaits_start);
        !self.finished && self.calls.is_empty() && awaits
    }

    fn passages(&self) -> impl Iterator<Item = &Passage> {
        self.thoughts.iter().chain(&self.content)
    }

    /// Reads what an event says about the choice, which is the event's `at`th.
    pub fn read(&mut self, cx: &mut Context<'_>, at: usize, choice: ChunkChoice<'_, '_>) {
        if self.finished {
            return;
        }
        let reason = choice.finish_reason().filter(|reason| !reason.is_empty());
        let end = reason.map_or(End::No, finish::end);
        let message = choice.object().get("message").and_then(Json::as_object);
        let mut behind;
        let delta = match (choice.delta(), message) {
            (None, Some(message)) if cx.is_first => {
                cx.edit(Edit::MessageToDelta { at });
                Some(message)
            }
            // Behind deltas, which said the rest of it already.
            (delta, Some(message)) if has_calls(message) => {
                let taken = self.calls.is_empty();
                cx.edit(Edit::CallsOfMessage { at, taken });
                behind = delta.cloned().unwrap_or_default();
                if let Some(calls) = message.get("tool_calls").filter(|_| taken) {
                    behind.set("tool_calls", calls.clone());
                }
                Some(&behind)
            }
            (delta, _) => delta,
        };
        let is_first = !core::mem::replace(&mut self.begun, true);
        if cx.settings.chunks && cx.streaming && is_first {
            self.introduce(cx, delta);
        }
        if let Some(delta) = delta {
            self.read_delta(cx, at, delta, end);
        }
        if let Some(reason) = reason {
            self.finish(cx, end);
            if cx.settings.finish_reason
                && let Some(reason) = finish::reason(reason, !self.calls.is_empty())
            {
                cx.edit(Edit::Finish { at, reason });
            }
        }
    }

    /// Says whose words follow, if the backend does not.
    fn introduce(&self, cx: &mut Context<'_>, delta: Option<&Object<'_>>) {
        let role = delta.and_then(|delta| delta.get("role"));
        if role.is_none_or(Json::is_null) {
            let mut delta = Json::object();
            delta.set("role", "assistant");
            delta.set("content", "");
            Place::before(self.index).put(cx, delta);
        }
    }

    fn read_delta(&mut self, cx: &mut Context<'_>, at: usize, delta: &Object<'_>, end: End) {
        if delta.get("role").is_some_and(Json::is_null) {
            cx.edit(Edit::RemoveDelta { at, name: "role" });
        }
        if let Some(thoughts) = &mut self.thoughts {
            thoughts.read(cx, &mut self.calls, at, delta, end);
        }
        let content = Field::Content.text(delta).unwrap_or_default();
        if let Some(thoughts) = self
            .thoughts
            .as_mut()
            .filter(|_| !content.trim().is_empty())
        {
            thoughts.interrupt(cx, &mut self.calls);
        }
        if let Some(content) = &mut self.content {
            content.read(cx, &mut self.calls, at, delta, end);
        }
        match delta.get("tool_calls") {
            None => {}
            Some(Json::Array(entries)) if !entries.is_empty() => {
                for passage in self.thoughts.iter_mut().chain(&mut self.content) {
                    passage.interrupt(cx, &mut self.calls);
                }
                for (entry, json) in entries.iter().enumerate() {
                    if let Some(object) = json.as_object() {
                        self.calls.read(cx, at, entry, object);
                    }
                }
            }
            Some(Json::Array(_) | Json::Null) => {
                cx.edit(Edit::RemoveDelta {
                    at,
                    name: "tool_calls",
                });
            }
            Some(_) => {}
        }
        if let Some(function @ Json::Object(_)) = delta.get("function_call")
            && !delta.contains("tool_calls")
            && cx.offer.is_open()
        {
            cx.edit(Edit::FunctionCallToEntry { at });
            let entry: Object<'_> = [("function", function.clone())].into_iter().collect();
            self.calls.read(cx, at, 0, &entry);
        }
    }

    /// The choice is over.
    fn finish(&mut self, cx: &mut Context<'_>, end: End) {
        self.finished = true;
        for passage in self.thoughts.iter_mut().chain(&mut self.content) {
            passage.end(cx, &mut self.calls, end);
        }
        self.calls.finish(cx, end == End::Cut);
    }

    /// The answer is over, though the choice was not finished.
    pub fn close(&mut self, cx: &mut Context<'_>, reason: EndReason) {
        if self.finished {
            return;
        }
        let clean = reason == EndReason::Done;
        self.finish(cx, if clean { End::Clean } else { End::Cut });
        // Some servers never say that they are done: then whole calls do.
        let orderly = clean || reason == EndReason::EndOfInput && self.calls.are_complete();
        if orderly && cx.settings.finish_reason && !self.calls.is_empty() {
            cx.edit(Edit::Close {
                choice: self.index,
                reason: finish::TOOL_CALLS,
            });
        }
    }
}

/// Where chunks of our own go: before or after the event.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    choice: u64,
    is_before: bool,
}

impl Place {
    pub fn new(choice: u64, is_before: bool) -> Self {
        Place { choice, is_before }
    }

    pub fn before(choice: u64) -> Self {
        Place::new(choice, true)
    }

    pub fn put(self, cx: &mut Context<'_>, delta: Json<'static>) {
        let choice = self.choice;
        cx.edit(if self.is_before {
            Edit::Before { choice, delta }
        } else {
            Edit::After { choice, delta }
        });
    }
}

fn has_calls(message: &Object<'_>) -> bool {
    let calls = message.get("tool_calls").and_then(Json::as_array);
    calls.is_some_and(|calls| !calls.is_empty())
}
