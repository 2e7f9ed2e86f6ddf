//! What is kept of one answer.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::{Array, Object};

/// Reasoning as it came, and what belongs to it. Members that hold signatures are lists and
/// objects of the backend's own making: they go back to it alone, and unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    pub text: String,
    /// The block of tags that held the text, with the white space around it.
    pub block: Option<String>,
    /// `reasoning_details`.
    pub details: Vec<Json<'static>>,
    /// `thinking_blocks`, as LiteLLM calls those of Claude.
    pub blocks: Vec<Json<'static>>,
    /// For each call, by id: its `extra_content`.
    pub extras: Vec<(String, Json<'static>)>,
    /// Which backend and model said it.
    pub source: String,
}

impl Record {
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
            && self.block.is_none()
            && self.details.is_empty()
            && self.blocks.is_empty()
            && self.extras.is_empty()
    }

    /// Text of which nothing else is known.
    pub fn of_text(text: &str) -> Self {
        Record {
            text: text.to_string(),
            ..Record::default()
        }
    }

    /// The same for another backend: what only the first one understands is left out.
    pub fn for_source(mut self, source: &str) -> Self {
        if self.source != source {
            self.details.clear();
            self.blocks.clear();
            self.extras.clear();
        }
        self
    }

    pub fn to_text(&self) -> String {
        let mut object = Object::new();
        object.set("source", self.source.as_str());
        object.set("text", self.text.as_str());
        if let Some(block) = &self.block {
            object.set("block", block.as_str());
        }
        for (name, list) in [("details", &self.details), ("blocks", &self.blocks)] {
            if !list.is_empty() {
                object.set(name, list.iter().cloned().collect::<Array<'_>>());
            }
        }
        if !self.extras.is_empty() {
            let extras = self.extras.iter();
            let extras: Object<'_> = extras
                .map(|(id, extra)| (id.as_str(), extra.clone()))
                .collect();
            object.set("extras", extras);
        }
        Json::Object(object).to_text()
    }

    /// None if it is no record.
    pub fn parse(text: &str) -> Option<Self> {
        let json = Json::parse(text).ok()?.into_owned();
        let string = |name: &str| {
            json.get(name)
                .and_then(Json::as_str)
                .map(ToString::to_string)
        };
        let list = |name: &str| -> Vec<Json<'static>> {
            let items = json.get(name).and_then(Json::as_array);
            items.into_iter().flatten().cloned().collect()
        };
        let extras = json.get("extras").and_then(Json::as_object);
        let extras = extras.into_iter().flat_map(Object::iter);
        Some(Record {
            text: string("text")?,
            block: string("block"),
            details: list("details"),
            blocks: list("blocks"),
            extras: extras
                .map(|(id, extra)| (id.to_string(), extra.clone()))
                .collect(),
            source: string("source")?,
        })
    }
}
