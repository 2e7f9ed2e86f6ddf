//! The text that a choice says in one field of its deltas, and the calls in it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::host::{self, Level};
use yallmp_sdk::json::Object;

use crate::calls::Calls;
use crate::choice::{Context, Place};
use crate::edit::{Edit, Field};
use crate::formats::{End, Event, Scanner};
use crate::queue::SlotId;

pub struct Passage {
    field: Field,
    scanner: Scanner,
    /// Events whose text is not settled, with the position of the choice in each.
    group: Vec<(SlotId, usize)>,
    /// Their text.
    group_text: String,
    /// What the scanner made of it so far.
    found: Vec<Event>,
}

impl Passage {
    pub fn new(field: Field, scanner: Scanner) -> Self {
        Passage {
            field,
            scanner,
            group: Vec::new(),
            group_text: String::new(),
            found: Vec::new(),
        }
    }

    pub fn needs_all_events(&self) -> bool {
        self.scanner.needs_all_text()
    }

    /// Whether its first words are still to come, and matter.
    pub fn awaits_start(&self) -> bool {
        self.scanner.awaits_start()
    }

    /// Reads what the delta says in the field.
    pub fn read(
        &mut self,
        cx: &mut Context<'_>,
        calls: &mut Calls,
        at: usize,
        delta: &Object<'_>,
        end: End,
    ) {
        let Some(text) = self.field.text(delta) else {
            return;
        };
        if !cx.offer.is_open() {
            self.scanner.glance(text, cx.offer);
            return self.tell();
        }
        let was_in_call = calls.is_writing();
        self.group.push((cx.slot, at));
        cx.queue.hold(cx.slot);
        self.group_text.push_str(text);
        add(&mut self.found, self.scanner.read(text, end, cx.offer));
        self.tell();
        let is_text = |event: &Event| matches!(event, Event::Text(_));
        let is_settled = !self.scanner.is_busy() || self.scanner.is_dropping();
        if was_in_call || is_settled || !self.found.iter().all(is_text) {
            self.settle(cx, calls, end);
        }
    }

    /// Something else follows: what comes later does not go on with it.
    pub fn interrupt(&mut self, cx: &mut Context<'_>, calls: &mut Calls) {
        let end = match self.scanner.is_trying() {
            true => End::Cut,
            false => End::Clean,
        };
        self.end(cx, calls, end);
    }

    /// It is over.
    pub fn end(&mut self, cx: &mut Context<'_>, calls: &mut Calls, end: End) {
        self.scanner.has_started();
        if self.scanner.is_busy() {
            add(&mut self.found, self.scanner.read("", end, cx.offer));
            self.tell();
            self.settle(cx, calls, end);
        }
    }

    /// Says what looked like a call and stayed text.
    fn tell(&mut self) {
        for left in self.scanner.take_left() {
            host::log(Level::Debug, &left.to_string());
        }
    }

    /// It is clear what the text of the group is.
    fn settle(&mut self, cx: &mut Context<'_>, calls: &mut Calls, end: End) {
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
        let field = self.field;
        let mut leading = Some(leading).filter(says);
        for (slot, at) in &group {
            let text = if at_finish && *slot == cx.slot {
                None
            } else {
                leading.take()
            };
            let at = *at;
            cx.queue.edit(*slot, Edit::Text { at, field, text });
        }
        let place = Place::new(calls.choice(), at_finish);
        if let Some(text) = leading {
            place.put(cx, said(field, text));
        }
        for event in found {
            match event {
                Event::Text(text) => place.put(cx, said(field, text)),
                call => calls.write(cx, place, call, end == End::Cut),
            }
        }
        calls.flush(cx, place);
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

fn said(field: Field, text: String) -> Json<'static> {
    let mut delta = Json::object();
    delta.set(field.names()[0], text);
    delta
}
