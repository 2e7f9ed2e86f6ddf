//! Builds the JSON object of arguments from values that stand as plain text.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::tagged::{self, Found, Inside, line_break};
use super::{End, Go, Sink, Step};
use crate::repair::convert;
use crate::text::{escape, quote};
use crate::tools::types::Types;

/// Writes members as they come. Strings go out at once; a value whose type hangs on its text
/// goes out when it is over.
#[derive(Debug, Default)]
pub struct Fields {
    names: Vec<String>,
    value: Option<Value>,
    /// Nothing was read of the value yet.
    fresh: bool,
}

/// What stands in a value where a tag may begin.
pub type Look<'l> = &'l dyn Fn(&Fields, &Sink, &str) -> Inside;

/// What a value's text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The tool's schema says so.
    OfSchema,
    /// A string, as it stands.
    Text,
    /// JSON.
    Json,
}

#[derive(Debug, PartialEq)]
enum Value {
    /// A string, begun.
    String,
    /// Not yet written. `nullable`: it is a string, unless it is `null`.
    Pending { text: String, nullable: bool },
    /// Not yet written: it is JSON.
    Json(String),
    /// The name came before: the first one counts.
    Repeated,
}

impl Fields {
    /// Whether the tool has such an argument, and it did not come yet.
    pub fn expects(&self, name: &str, sink: &Sink) -> bool {
        sink.argument(name).is_some() && !self.names.iter().any(|known| known == name)
    }

    /// A value begins.
    pub fn begin(&mut self, name: &str, meaning: Meaning, sink: &mut Sink) {
        self.fresh = true;
        if self.names.iter().any(|known| known == name) {
            self.value = Some(Value::Repeated);
            return;
        }
        let types = sink.argument(name).map_or(Types::STRING, |s| s.types());
        let separator = if self.names.is_empty() { "{" } else { "," };
        self.names.push(name.to_string());
        sink.args(separator);
        sink.args(&quote(name));
        sink.args(":");
        self.value = Some(match meaning {
            Meaning::Json => Value::Json(String::new()),
            Meaning::OfSchema if types != Types::STRING => Value::Pending {
                text: String::new(),
                nullable: types == Types::STRING.with(Types::NULL),
            },
            Meaning::Text | Meaning::OfSchema => {
                sink.args("\"");
                Value::String
            }
        });
    }

    /// Reads on in a value that stands between tags. `On`: it is over.
    pub fn read(
        &mut self,
        value: tagged::Value<'_>,
        look: Look<'_>,
        text: &str,
        end: End,
        sink: &mut Sink,
    ) -> Go {
        let mut skipped = 0;
        if self.fresh && value.own_lines {
            match line_break(text, end) {
                None => return Go::Stop(Step::More(0)),
                Some(length) => skipped = length,
            }
        }
        self.fresh = false;
        let text = &text[skipped..];
        match value.find(text, end, &|text| look(self, sink, text)) {
            Found::Part(length) => {
                self.text(&text[..length], sink);
                if end.is_here() {
                    self.cut(sink);
                }
                Go::Stop(Step::More(skipped + length))
            }
            Found::Whole(length, after) => {
                self.text(&text[..length], sink);
                self.end(sink);
                Go::On(skipped + after)
            }
        }
    }

    /// More of the value.
    pub fn text(&mut self, piece: &str, sink: &mut Sink) {
        match &mut self.value {
            Some(Value::String) => {
                let mut escaped = String::with_capacity(piece.len());
                escape(piece, &mut escaped);
                sink.args(&escaped);
            }
            Some(Value::Pending { text, nullable }) => {
                text.push_str(piece);
                let trimmed = text.trim();
                let may_be_null = ["null", "None"]
                    .iter()
                    .any(|null| null.starts_with(trimmed));
                if *nullable && !may_be_null {
                    let text = core::mem::take(text);
                    sink.args("\"");
                    self.value = Some(Value::String);
                    self.text(&text, sink);
                }
            }
            Some(Value::Json(text)) => text.push_str(piece),
            Some(Value::Repeated) | None => {}
        }
    }

    /// The value is over.
    pub fn end(&mut self, sink: &mut Sink) {
        match self.value.take() {
            Some(Value::String) => sink.args("\""),
            Some(Value::Pending { text, .. }) => {
                let name = self.names.last().map_or("", String::as_str);
                let json = convert::from_text(&text, sink.argument(name));
                sink.args(&json);
            }
            Some(Value::Json(text)) => sink.args(&convert::from_json(&text)),
            Some(Value::Repeated) | None => {}
        }
    }

    /// The arguments are over.
    pub fn close(&mut self, sink: &mut Sink) {
        sink.args(if self.names.is_empty() { "{}" } else { "}" });
    }

    /// The answer was cut inside a value. What came of it goes out, as a string without an
    /// end: nothing is lost, and nothing looks whole.
    pub fn cut(&mut self, sink: &mut Sink) {
        if let Some(Value::Pending { text, .. } | Value::Json(text)) = self.value.take() {
            sink.args("\"");
            self.value = Some(Value::String);
            self.text(&text, sink);
        }
    }
}
