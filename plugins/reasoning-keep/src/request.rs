//! A request: what the client left out goes back in.

use alloc::vec::Vec;

use yallmp_sdk::chat::thinking_is_off;
use yallmp_sdk::json::Object;
use yallmp_sdk::{Edit, Json, RequestOutcome, Result, host, request};

use crate::digest;
use crate::field;
use crate::history::{Place, Reader};
use crate::keys::{self, Kind};
use crate::memory::Memory;
use crate::miss;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::report;
use crate::settings::{Field, Miss, Scope, Settings};
use crate::tags;

/// What is asked of the memory.
pub struct Sought<'s> {
    pub settings: &'s Settings,
    pub family: &'s str,
    pub source: &'s str,
    /// What the backend refused in an attempt before this one.
    pub refused: Option<Refusal>,
    pub memory: &'s mut Memory,
}

enum Found {
    Record(Kind, Record),
    Nothing,
}

impl Sought<'_> {
    /// Also returns the place of the answer.
    pub fn restore(mut self) -> Result<(RequestOutcome, Option<Place>)> {
        let Some(text) = request::member("messages") else {
            return Ok((RequestOutcome::Unchanged, None));
        };
        let mut messages = Json::parse(&text)?;
        if let Some(refused) = self.refused {
            host::note("again", refused.word());
            if refused == Refusal::Signature {
                field::drop_signed(&mut messages);
            }
        }
        let (found, place) = self.look(&messages);
        if self.memory.away {
            host::note("store", "unavailable");
        }
        if found.is_empty() && self.refused.is_none() {
            return Ok((RequestOutcome::Unchanged, Some(place)));
        }
        let edit = self.write(&mut messages, found);
        Ok((edit.into_outcome(), Some(place)))
    }

    /// The messages that lack something, each with what is known of it.
    fn look(&mut self, messages: &Json<'_>) -> (Vec<(usize, Found)>, Place) {
        let list: Vec<&Object<'_>> = match messages.as_array() {
            Some(list) => list.iter().filter_map(Json::as_object).collect(),
            None => Vec::new(),
        };
        let role = |message: &Object<'_>| -> bool { digest::text_of(message, "role") == "user" };
        let last_user = list.iter().rposition(|message| role(message));
        let repeated = repeated_ids(&list);
        let mut reader = Reader::default();
        let mut found = Vec::new();
        for (at, message) in list.iter().enumerate() {
            if self.wants(message, last_user.is_none_or(|user| at > user)) {
                let calls = digest::calls(message);
                let ids: Vec<&str> = calls.iter().map(|call| call.id).collect();
                let lone = !ids.iter().any(|id| repeated.contains(id));
                let said = digest::message(message, false);
                let keys = keys::of(self.family, &reader.place(), &said, &ids, lone);
                let known = self.memory.find(&keys).or_else(|| self.by_call(&ids, lone));
                let known = known.or_else(|| shown(message, self.settings.field));
                found.push((
                    at,
                    match known {
                        Some((kind, record)) => Found::Record(kind, record.for_source(self.source)),
                        None => Found::Nothing,
                    },
                ));
            }
            reader.read(message);
        }
        (found, reader.place())
    }

    fn wants(&self, message: &Object<'_>, in_turn: bool) -> bool {
        let calls = || {
            message
                .get("tool_calls")
                .and_then(|calls| calls.get(0))
                .is_some()
        };
        let in_scope = match self.settings.scope {
            Scope::InTurn => in_turn,
            Scope::ToolCalls => calls(),
            Scope::All => true,
        };
        in_scope
            && digest::text_of(message, "role") == "assistant"
            && field::is_absent(message, self.settings)
    }

    /// What calls carry is known for each call by itself: clients divide parallel calls into
    /// messages of their own.
    fn by_call(&mut self, ids: &[&str], lone: bool) -> Option<(Kind, Record)> {
        if ids.len() != 1 || !lone {
            return None;
        }
        let (kind, mut record) = self.memory.find(&[keys::of_call(self.family, ids[0])?])?;
        // The text belongs to the message, not to the call.
        record.text.clear();
        record.block = None;
        record.details.clear();
        record.blocks.clear();
        Some((kind, record))
    }

    fn write(&mut self, messages: &mut Json<'_>, found: Vec<(usize, Found)>) -> Edit {
        let mut edit = Edit::new();
        let mut restored = Vec::new();
        let mut missed = Vec::new();
        let mut changed = self.refused == Some(Refusal::Signature);
        let off = thinking_is_off() && self.refused.is_none();
        // Positions are those among objects; anything else in the list is the client's error,
        // and the backend shall say so.
        if let Some(list) = messages.as_array()
            && list.iter().any(|message| message.as_object().is_none())
        {
            return edit;
        }
        for (at, found) in found {
            let Some(message) = messages.get(at).and_then(Json::as_object) else {
                continue;
            };
            let has_calls = message
                .get("tool_calls")
                .and_then(|calls| calls.get(0))
                .is_some();
            let mut copy = message.clone();
            let filled = match found {
                Found::Record(kind, record)
                    if field::restore(&mut copy, self.settings.field, &record) =>
                {
                    restored.push((at, kind));
                    true
                }
                _ if has_calls && !off => {
                    missed.push(at);
                    miss::fill(&mut copy, self.settings.field, self.settings.miss)
                }
                _ => false,
            };
            if filled && let Some(place) = messages.get_mut(at) {
                *place = Json::Object(copy);
                changed = true;
            }
        }
        if !restored.is_empty() {
            host::note("restored", &report::restored(&restored));
        }
        if !missed.is_empty() {
            let policy = self.settings.miss;
            let mut said = report::numbers(&missed);
            said.push(' ');
            said += policy.word();
            host::note("missed", &said);
            match policy {
                Miss::DisableThinking => {
                    let off: Object<'_> = [("type", "disabled")].into_iter().collect();
                    edit = edit.set("thinking", &off.into());
                }
                Miss::StripCalls => {
                    if let Some(list) = messages.as_array_mut() {
                        miss::strip_calls(list, &missed);
                        changed = true;
                    }
                }
                _ => {}
            }
        }
        match changed {
            true => edit.set("messages", messages),
            false => edit,
        }
    }
}

/// What the client itself has of the reasoning, where the memory is gone or never was: it sends
/// it under a name that this backend does not read, or was shown it as text and kept that.
fn shown(message: &Object<'_>, field: Field) -> Option<(Kind, Record)> {
    // These may be signed, and text alone is not.
    if matches!(field, Field::ReasoningDetails | Field::ExtraContent) {
        return None;
    }
    let block = || {
        let split = tags::split(field::head_of(message)).filter(|split| split.is_certain)?;
        Some(split.reasoning).filter(|text| !text.trim().is_empty())
    };
    let text = field::sent(message).or_else(block)?;
    Some((Kind::Shown, Record::of_text(text)))
}

/// Ids that more than one call of the conversation has.
fn repeated_ids<'m>(messages: &[&'m Object<'_>]) -> Vec<&'m str> {
    let mut ids: Vec<&str> = Vec::new();
    for message in messages {
        let calls = message.get("tool_calls").and_then(Json::as_array);
        ids.extend(
            calls
                .into_iter()
                .flatten()
                .filter_map(|call| call.get("id")?.as_str()),
        );
    }
    ids.sort_unstable();
    let twice = ids.windows(2).filter(|pair| pair[0] == pair[1]);
    let mut repeated: Vec<&str> = twice.map(|pair| pair[0]).collect();
    repeated.dedup();
    repeated
}
