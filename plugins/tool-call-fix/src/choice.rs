//! One choice of an answer: its text, its calls, its end.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Choice as ChunkChoice, Json};

use crate::calls::Calls;
use crate::edit::Edit;
use crate::finish;
use crate::formats::{End, Event, Scanner};
use crate::offer::Offer;
use crate::queue::{Queue, SlotId};
use crate::settings::Settings;

/// What a choice needs to know and to reach while it reads an event.
pub struct Context<'c> {
    pub settings: &'c Settings,
    pub offer: &'c Offer,
    pub exchange: &'c str,
    /// Whether the client asked for a stream.
    pub streaming: bool,
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
    /// None: no format is looked for.
    scanner: Option<Scanner>,
    /// Events whose text is not settled, with the position of the choice in each.
    group: Vec<(SlotId, usize)>,
    /// Their text.
    group_text: String,
    /// What the scanner made of it so far.
    found: Vec<Event>,
    calls: Calls,
    finished: bool,
}

impl Choice {
    pub fn new(index: u64, settings: &Settings) -> Self {
        let scanner = || Scanner::new(settings.formats.clone(), settings.auto);
        Choice {
            index,
            scanner: (!settings.formats.is_empty()).then(scanner),
            group: Vec::new(),
            group_text: String::new(),
            found: Vec::new(),
            calls: Calls::new(index),
            finished: false,
        }
    }

    pub fn index(&self) -> u64 {
        self.index
    }

    /// Whether every event must be seen: a call came, and its end is due.
    pub fn needs_all_events(&self) -> bool {
        let text = self.scanner.as_ref().is_some_and(Scanner::needs_all_text);
        !self.finished && (text || !self.calls.is_empty())
    }

    /// Reads what an event says about the choice, which is the event's `at`th.
    pub fn read(&mut self, cx: &mut Context<'_>, at: usize, choice: ChunkChoice<'_, '_>) {
        if self.finished {
            return;
        }
        let reason = choice.finish_reason().filter(|reason| !reason.is_empty());
        let end = reason.map_or(End::No, finish::end);
        let message = choice.object().get("message").and_then(Json::as_object);
        let delta = match (choice.delta(), message) {
            (None, Some(message)) => {
                cx.edit(Edit::MessageToDelta { at });
                Some(message)
            }
            (delta, _) => delta,
        };
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

    fn read_delta(&mut self, cx: &mut Context<'_>, at: usize, delta: &Object<'_>, end: End) {
        if delta.get("role").is_some_and(Json::is_null) {
            cx.edit(Edit::RemoveDelta { at, name: "role" });
        }
        let content = delta
            .get("content")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if !content.is_empty() {
            self.read_text(cx, at, content, end);
        }
        match delta.get("tool_calls") {
            None => {}
            Some(Json::Array(entries)) if !entries.is_empty() => {
                self.end_text(cx, End::Clean);
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

    fn read_text(&mut self, cx: &mut Context<'_>, at: usize, text: &str, end: End) {
        let Some(scanner) = self.scanner.as_mut().filter(|_| cx.offer.is_open()) else {
            return;
        };
        let was_in_call = self.calls.is_writing();
        self.group.push((cx.slot, at));
        cx.queue.hold(cx.slot);
        self.group_text.push_str(text);
        add(
            &mut self.found,
            scanner.read(text, end, &mut || cx.offer.tools()),
        );
        let is_text = |event: &Event| matches!(event, Event::Text(_));
        if was_in_call || !scanner.is_busy() || !self.found.iter().all(is_text) {
            self.settle(cx, end);
        }
    }

    /// It is clear what the text of the group is.
    fn settle(&mut self, cx: &mut Context<'_>, end: End) {
        let group = core::mem::take(&mut self.group);
        let text = core::mem::take(&mut self.group_text);
        let mut found = core::mem::take(&mut self.found).into_iter().peekable();
        for (slot, _) in &group {
            cx.queue.free(*slot);
        }
        let leading = match found.next_if(|event| matches!(event, Event::Text(_))) {
            Some(Event::Text(leading)) => leading,
            _ => String::new(),
        };
        if found.peek().is_none() && leading == text {
            return;
        }
        // What comes in the finishing event must stand before the finish.
        let at_finish = end.is_here();
        // Blank text before the first call of a whole answer says nothing; in a stream it may be
        // the end of what went out before.
        let says = |text: &String| match cx.streaming {
            true => !text.is_empty(),
            false => !text.trim().is_empty(),
        };
        let mut leading = Some(leading).filter(says);
        for (slot, at) in &group {
            let text = if at_finish && *slot == cx.slot {
                None
            } else {
                leading.take()
            };
            cx.queue.edit(*slot, Edit::Content { at: *at, text });
        }
        let place = Place {
            choice: self.index,
            is_before: at_finish,
        };
        if let Some(text) = leading {
            place.put(cx, content(&text));
        }
        for event in found {
            match event {
                Event::Text(text) => place.put(cx, content(&text)),
                call => self.calls.write(cx, place, call, end == End::Cut),
            }
        }
        self.calls.flush(cx, place);
    }

    /// The text is over, or interrupted by a call: what comes later does not go on with it.
    fn end_text(&mut self, cx: &mut Context<'_>, end: End) {
        if let Some(scanner) = self.scanner.as_mut().filter(|scanner| scanner.is_busy()) {
            add(
                &mut self.found,
                scanner.read("", end, &mut || cx.offer.tools()),
            );
            self.settle(cx, end);
        }
    }

    /// The choice is over.
    fn finish(&mut self, cx: &mut Context<'_>, end: End) {
        self.finished = true;
        self.end_text(cx, end);
        self.calls.finish(cx, end == End::Cut);
    }

    /// The answer is over, though the choice was not finished. `clean`: as the protocol wants.
    pub fn close(&mut self, cx: &mut Context<'_>, clean: bool) {
        if self.finished {
            return;
        }
        self.finish(cx, if clean { End::Clean } else { End::Cut });
        if clean && cx.settings.finish_reason && !self.calls.is_empty() {
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
    pub fn before(choice: u64) -> Self {
        Place {
            choice,
            is_before: true,
        }
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

/// Text adds up.
fn add(found: &mut Vec<Event>, more: Vec<Event>) {
    for event in more {
        match (found.last_mut(), event) {
            (Some(Event::Text(text)), Event::Text(more)) => text.push_str(&more),
            (_, event) => found.push(event),
        }
    }
}

fn content(text: &str) -> Json<'static> {
    let mut delta = Json::object();
    delta.set("content", String::from(text));
    delta
}
