//! Calls that came as such: put in order where they are not.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use super::delta;
use super::numbers::Numbers;
use crate::arguments::{Arguments, Ending};
use crate::choice::{Context, Place};
use crate::edit::{Edit, Op};
use crate::identity::{self, Known, Signs};
use crate::queue::SlotId;
use crate::tools::Tools;

#[derive(Default)]
pub struct Incoming {
    calls: Vec<Call>,
    /// What identifies each of them.
    known: Vec<Known>,
}

#[derive(Default)]
struct Call {
    /// Given when the name is known.
    index: u64,
    id: String,
    name: String,
    arguments: Arguments,
    /// Whether the entry that opens it went out, or waits.
    opened: bool,
    /// Its entries in held events.
    waiting: Vec<Waiting>,
    ended: bool,
}

struct Waiting {
    slot: SlotId,
    at: usize,
    entry: usize,
    /// What is changed in it even if its arguments stay.
    ops: Vec<Op>,
}

impl Incoming {
    pub fn is_empty(&self) -> bool {
        self.calls.iter().all(Call::is_nothing)
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
        let passes = call.ended || call.arguments.read(&fragment, cx.settings.arguments, tool);
        known.is_complete = call.arguments.is_complete();

        if !passes || !known.is_announced {
            cx.queue.hold(cx.slot);
            call.waiting.push(Waiting {
                slot: cx.slot,
                at,
                entry,
                ops,
            });
            return;
        }
        if !call.waiting.is_empty() {
            // Only the name was missing: what waits goes out with it.
            let held = call.arguments.held();
            let before = held[..held.len() - fragment.len()].to_string();
            call.release(cx, Some(&before));
        }
        call.arguments.pass();
        if !ops.is_empty() {
            cx.edit(Edit::Entry { at, entry, ops });
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

impl Call {
    fn is_nothing(&self) -> bool {
        self.name.is_empty() && self.arguments.is_empty()
    }

    /// The name is known.
    fn announce(&mut self, cx: &Context<'_>, numbers: &mut Numbers, known: &Known, tools: &Tools) {
        (self.index, self.id) = numbers.next(cx.exchange, known.id.as_deref());
        let meant = tools.resolve(&known.name).filter(|_| cx.settings.names);
        self.name = meant.map_or(&known.name, |tool| &tool.name).clone();
    }

    /// What has to change in an entry, its arguments' meaning aside.
    fn ops(&self, entry: &Object<'_>, opens: bool) -> Vec<Op> {
        let mut ops = Vec::new();
        let blank =
            |json: &Json<'_>| json.is_null() || json.as_str().is_some_and(|s| s.trim().is_empty());
        let function = entry.get("function").and_then(Json::as_object);
        let of_function = |name: &str| function.and_then(|function| function.get(name));
        if entry.get("index").and_then(Json::as_u64) != Some(self.index) {
            ops.push(Op::Set("index", self.index.into()));
        }
        let id = entry.get("id");
        let same_id = id.and_then(Json::as_str) == Some(&self.id);
        let kind = entry.get("type");
        let name = of_function("name");
        if opens {
            if !same_id {
                ops.push(Op::Set("id", self.id.clone().into()));
            }
            if kind.is_none_or(blank) {
                ops.push(Op::Set("type", "function".into()));
            }
            if name.and_then(Json::as_str) != Some(&self.name) {
                ops.push(Op::SetFunction("name", self.name.clone().into()));
            }
        } else {
            if id.is_some() && !same_id {
                ops.push(Op::Remove("id"));
            }
            if kind.is_some_and(blank) {
                ops.push(Op::Remove("type"));
            }
            if name.is_some() {
                ops.push(Op::RemoveFunction("name"));
            }
        }
        let arguments = of_function("arguments");
        if !arguments.is_some_and(|json| json.as_str().is_some()) && (opens || arguments.is_some())
        {
            ops.push(Op::SetFunction(
                "arguments",
                fragment(arguments).into_owned().into(),
            ));
        }
        ops
    }

    /// Lets go of the entries that wait: with `arguments` all in the first of them, or as
    /// they came.
    fn release(&mut self, cx: &mut Context<'_>, arguments: Option<&str>) {
        let opens = !core::mem::replace(&mut self.opened, true);
        for (place, waiting) in self.waiting.drain(..).enumerate() {
            let Waiting {
                slot,
                at,
                entry,
                mut ops,
            } = waiting;
            cx.queue.free(slot);
            match arguments {
                Some(arguments) if place == 0 => {
                    let arguments = Json::from(String::from(arguments));
                    if opens {
                        ops.extend([
                            Op::Set("index", self.index.into()),
                            Op::Set("id", self.id.clone().into()),
                            Op::Set("type", "function".into()),
                            Op::SetFunction("name", self.name.clone().into()),
                        ]);
                    }
                    ops.push(Op::SetFunction("arguments", arguments));
                }
                Some(_) => {
                    cx.queue.edit(slot, Edit::DropEntry { at, entry });
                    continue;
                }
                None => {}
            }
            if !ops.is_empty() {
                cx.queue.edit(slot, Edit::Entry { at, entry, ops });
            }
        }
    }

    fn drop_entries(&mut self, cx: &mut Context<'_>) {
        for Waiting {
            slot, at, entry, ..
        } in self.waiting.drain(..)
        {
            cx.queue.free(slot);
            cx.queue.edit(slot, Edit::DropEntry { at, entry });
        }
    }

    fn end(&mut self, cx: &mut Context<'_>, ending: &Ending, choice: u64) {
        self.ended = true;
        if self.waiting.is_empty() {
            if !ending.tail.is_empty() {
                let delta = delta::of(delta::more(self.index, &ending.tail));
                Place::before(choice).put(cx, delta);
            }
        } else if self.opened && ending.tail == self.arguments.held() {
            self.release(cx, None);
        } else {
            self.release(cx, Some(&ending.tail));
        }
    }
}

fn said<'j>(json: Option<&'j Json<'_>>) -> Option<&'j str> {
    json?.as_str().filter(|text| !text.trim().is_empty())
}

/// Arguments as text: those that are no string are written as JSON.
fn fragment<'j>(arguments: Option<&'j Json<'_>>) -> Cow<'j, str> {
    match arguments {
        None | Some(Json::Null) => Cow::Borrowed(""),
        Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
        Some(other) => Cow::Owned(other.clone().into_owned().to_text()),
    }
}
