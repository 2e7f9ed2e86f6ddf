//! One choice of an answer, gathered from its events as the client gets them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Choice, Json};

use crate::details;
use crate::digest::{self, Hash};
use crate::record::Record;
use crate::tags;

#[derive(Default)]
pub struct Answer {
    /// `index` of the choice.
    pub index: u64,
    text: String,
    reasoning: String,
    details: Vec<Json<'static>>,
    blocks: Vec<Json<'static>>,
    calls: Vec<Call>,
    /// The name under which it was kept.
    pub kept: Option<String>,
    /// Something came since it was kept.
    pub changed: bool,
}

#[derive(Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    extra: Option<Json<'static>>,
}

impl Answer {
    pub fn new(index: u64) -> Self {
        Answer {
            index,
            ..Answer::default()
        }
    }

    pub fn hear(&mut self, choice: &Choice<'_, '_>) {
        let Some(delta) = choice.delta() else { return };
        self.changed |= !delta.is_empty();
        match delta.get("content") {
            Some(Json::String(text)) => self.text += text.as_str(),
            Some(Json::Array(parts)) => parts.iter().for_each(|part| self.part(part)),
            _ => {}
        }
        let texts = ["reasoning_content", "reasoning"];
        let mut texts = texts.iter().map(|name| digest::text_of(delta, name));
        if let Some(text) = texts.find(|text| !text.is_empty()) {
            self.reasoning += text;
        }
        if let Some(items) = delta.get("reasoning_details") {
            details::add(&mut self.details, items);
        }
        if let Some(blocks) = delta.get("thinking_blocks").and_then(Json::as_array) {
            self.blocks
                .extend(blocks.iter().cloned().map(Json::into_owned));
        }
        for call in choice.tool_calls().into_iter().flatten() {
            if let Some(call) = call.as_object() {
                self.call(call);
            }
        }
    }

    /// Of a content that is a list, as Mistral has it.
    fn part(&mut self, part: &Json<'_>) {
        let text = part.get("text").and_then(Json::as_str).unwrap_or_default();
        match part.get("thinking") {
            Some(Json::Array(thoughts)) => {
                let texts = thoughts.iter().filter_map(|it| it.get("text")?.as_str());
                texts.for_each(|text| self.reasoning += text);
            }
            Some(Json::String(thought)) => self.reasoning += thought.as_str(),
            _ => self.text += text,
        }
    }

    /// A piece of a call. Without `index` an id begins a new one.
    fn call(&mut self, piece: &Object<'_>) {
        let index = piece.get("index").and_then(Json::as_u64);
        let id = digest::text_of(piece, "id");
        let known = self.calls.iter().rposition(|call| match index {
            Some(_) => call.index == index,
            None => id.is_empty() || call.id == id,
        });
        let at = known.unwrap_or_else(|| {
            self.calls.push(Call {
                index,
                ..Call::default()
            });
            self.calls.len() - 1
        });
        let call = &mut self.calls[at];
        if !id.is_empty() {
            call.id = id.to_string();
        }
        if let Some(function) = piece.get("function").and_then(Json::as_object) {
            let name = digest::text_of(function, "name");
            if !name.is_empty() {
                call.name = name.to_string();
            }
            match function.get("arguments") {
                Some(Json::String(text)) => call.arguments += text.as_str(),
                Some(Json::Null) | None => {}
                Some(value) => call.arguments += &value.to_text(),
            }
        }
        if let Some(extra) = piece.get("extra_content").filter(|it| !it.is_null()) {
            call.extra = Some(extra.clone().into_owned());
        }
    }

    /// What it says, for the keys; none if it says nothing.
    pub fn said(&self) -> Option<Hash> {
        let calls = self.calls.iter();
        let calls = calls.map(|call| (call.name.as_str(), call.arguments.as_str()));
        let nothing = self.calls.is_empty() && self.text.trim().is_empty();
        (!nothing).then(|| digest::answer(&self.text, calls))
    }

    pub fn ids(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.id.as_str()).collect()
    }

    /// Whether all that it calls can be called.
    pub fn is_callable(&self) -> bool {
        let whole = |call: &Call| !call.name.is_empty() && Json::parse(&call.arguments).is_ok();
        !self.calls.is_empty() && self.calls.iter().all(whole)
    }

    pub fn record(&self, source: &str) -> Record {
        let split = tags::split(&self.text);
        let mut text = self.reasoning.clone();
        if text.is_empty() {
            text = details::text(&self.details);
        }
        let mut block = None;
        if let Some(split) = split.filter(|_| text.is_empty()) {
            if split.is_certain {
                text = split.reasoning.to_string();
            }
            block = Some(split.block.to_string());
        }
        let extras = self.calls.iter();
        let extras = extras.filter_map(|call| Some((call.id.clone(), call.extra.clone()?)));
        Record {
            text,
            block,
            details: self.details.clone(),
            blocks: self.blocks.clone(),
            extras: extras.collect(),
            source: source.to_string(),
        }
    }
}
