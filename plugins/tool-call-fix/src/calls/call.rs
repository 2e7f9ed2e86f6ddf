//! One call that came as such, and its entries in the events.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use super::delta;
use super::numbers::Numbers;
use crate::arguments::{Arguments, Ending};
use crate::choice::{Context, Place};
use crate::edit::{Edit, Op};
use crate::identity::Known;
use crate::queue::SlotId;
use crate::tools::Tools;

#[derive(Default)]
pub struct Call {
    /// Given when the name is known.
    pub index: u64,
    pub id: String,
    pub name: String,
    pub arguments: Arguments,
    /// Whether the entry that opens it went out, or waits.
    pub opened: bool,
    /// Its entries in held events.
    pub waiting: Vec<Waiting>,
    pub ended: bool,
}

/// An entry in a held event.
pub struct Waiting {
    pub slot: SlotId,
    pub at: usize,
    pub entry: usize,
    /// What is changed in it even if its arguments stay.
    pub ops: Vec<Op>,
}

impl Call {
    pub fn is_nothing(&self) -> bool {
        self.name.is_empty() && self.arguments.is_empty()
    }

    /// The name is known.
    pub fn announce(
        &mut self,
        cx: &Context<'_>,
        numbers: &mut Numbers,
        known: &Known,
        tools: &Tools,
    ) {
        (self.index, self.id) = numbers.next(cx.exchange, known.id.as_deref());
        let meant = tools.resolve(&known.name).filter(|_| cx.settings.names);
        self.name = meant.map_or(&known.name, |tool| &tool.name).clone();
    }

    /// What has to change in an entry, its arguments' meaning aside.
    pub fn ops(&self, entry: &Object<'_>, opens: bool) -> Vec<Op> {
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
        let is_text = arguments.and_then(Json::as_str).is_some();
        if !is_text && (opens || arguments.is_some()) {
            ops.push(Op::SetFunction(
                "arguments",
                fragment(arguments).into_owned().into(),
            ));
        }
        ops
    }

    /// Lets go of the entries that wait: with `arguments` all in the first of them, or as
    /// they came.
    pub fn release(&mut self, cx: &mut Context<'_>, arguments: Option<&str>) {
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

    pub fn drop_entries(&mut self, cx: &mut Context<'_>) {
        for Waiting {
            slot, at, entry, ..
        } in self.waiting.drain(..)
        {
            cx.queue.free(slot);
            cx.queue.edit(slot, Edit::DropEntry { at, entry });
        }
    }

    pub fn end(&mut self, cx: &mut Context<'_>, ending: &Ending, choice: u64) {
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

/// Arguments as text: those that are no string are written as JSON.
pub fn fragment<'j>(arguments: Option<&'j Json<'_>>) -> Cow<'j, str> {
    match arguments {
        None | Some(Json::Null) => Cow::Borrowed(""),
        Some(Json::String(text)) => Cow::Borrowed(text.as_str()),
        Some(other) => Cow::Owned(other.clone().into_owned().to_text()),
    }
}
