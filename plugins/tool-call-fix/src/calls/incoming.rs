//! Calls that came as such: put in order where they are not.

use alloc::string::ToString;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use super::call::{Call, Waiting, fragment};
use super::delta;
use super::numbers::Numbers;
use crate::arguments::Fate;
use crate::choice::Context;
use crate::edit::Edit;
use crate::identity::{self, Known, Signs};

#[derive(Default)]
pub struct Incoming {
    calls: Vec<Call>,
    /// What identifies each of them.
    known: Vec<Known>,
}

impl Incoming {
    pub fn is_empty(&self) -> bool {
        self.calls.iter().all(Call::is_nothing)
    }

    pub fn are_complete(&self) -> bool {
        self.known.iter().all(|call| call.is_complete)
    }

    pub fn read(
        &mut self,
        cx: &mut Context<'_>,
        numbers: &mut Numbers,
        (at, entry): (usize, usize),
        object: &Object<'_>,
    ) {
        let function = object.get("function").and_then(Json::as_object);
        let of_function = |name: &str| function.and_then(|function| function.get(name));
        let fragment = fragment(of_function("arguments"));
        let signs = Signs {
            index: object.get("index").and_then(Json::as_u64),
            id: said(object.get("id")),
            name: said(of_function("name")),
            arguments: !fragment.trim().is_empty(),
            not_first: entry > 0,
        };
        let number = identity::resolve(signs, &self.known).unwrap_or_else(|| {
            self.end_held(cx);
            self.calls.push(Call::default());
            self.known.push(Known::default());
            self.calls.len() - 1
        });
        let tools = cx.offer.tools();
        let (call, known) = (&mut self.calls[number], &mut self.known[number]);

        let was_announced = known.is_announced;
        known.learn(signs, &tools);
        if !was_announced && known.is_announced {
            call.announce(cx, numbers, known, &tools);
        }
        let opens = known.is_announced && !call.opened && call.waiting.is_empty();
        call.opened |= opens;
        let ops = if cx.settings.identity {
            call.ops(object, opens)
        } else {
            Vec::new()
        };
        let tool = tools.get(&call.name);
        let fate = match call.ended {
            true => Fate::Passes,
            false => call.arguments.read(&fragment, cx.settings.arguments, tool),
        };
        known.is_complete = call.arguments.is_complete();

        if fate == Fate::Passes && known.is_announced && call.waiting.is_empty() {
            call.arguments.pass();
            if !ops.is_empty() {
                cx.edit(Edit::Entry { at, entry, ops });
            }
            return;
        }
        cx.queue.hold(cx.slot);
        call.waiting.push(Waiting {
            slot: cx.slot,
            at,
            entry,
            ops,
        });
        if fate != Fate::Held && known.is_announced {
            let held = call.arguments.held().to_string();
            call.release(cx, Some(&held));
            call.arguments.pass();
        }
    }

    /// Another call begins: those that are held are most likely over.
    fn end_held(&mut self, cx: &mut Context<'_>) {
        let policy = cx.settings.arguments;
        let tools = cx.offer.tools();
        for (call, known) in self.calls.iter_mut().zip(&self.known) {
            if call.ended || !known.is_announced || !call.arguments.is_holding() {
                continue;
            }
            let schema = tools.get(&call.name).and_then(|tool| tool.schema());
            // Further calls in it get their numbers at the end.
            let mended = call.arguments.mended(true, policy, schema);
            if let Some(ending) = mended.filter(|ending| ending.more.is_empty()) {
                call.end(cx, &ending, 0);
            }
        }
    }

    /// All calls are over.
    pub fn finish(&mut self, cx: &mut Context<'_>, numbers: &mut Numbers, cut: bool) {
        if self.calls.is_empty() {
            return;
        }
        let tools = cx.offer.tools();
        for (call, known) in self.calls.iter_mut().zip(&mut self.known) {
            if call.ended {
                continue;
            }
            if !known.is_announced && !known.name.is_empty() {
                known.is_announced = true;
                call.announce(cx, numbers, known, &tools);
            }
            if !known.is_announced {
                // A call of nobody: dropped if it says nothing, else left as it came.
                if call.is_nothing() {
                    call.drop_entries(cx);
                } else {
                    call.release(cx, None);
                }
                continue;
            }
            let schema = tools.get(&call.name).and_then(|tool| tool.schema());
            let ending = call.arguments.end(cut, cx.settings.arguments, schema);
            let last = call
                .waiting
                .last()
                .map(|waiting| (waiting.slot, waiting.at));
            call.end(cx, &ending, numbers.choice());
            for arguments in ending.more {
                let (index, id) = numbers.next(cx.exchange, None);
                let entry = delta::opener(index, &id, &call.name, &arguments);
                if let Some((slot, at)) = last {
                    cx.queue.edit(slot, Edit::AddEntry { at, entry });
                }
            }
        }
    }
}

fn said<'j>(json: Option<&'j Json<'_>>) -> Option<&'j str> {
    json?.as_str().filter(|text| !text.trim().is_empty())
}
