//! The messages of a request, and whether any was changed.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

pub struct History<'a> {
    messages: Vec<Json<'a>>,
    changed: bool,
}

impl<'a> History<'a> {
    pub fn new(messages: Vec<Json<'a>>) -> Self {
        History {
            messages,
            changed: false,
        }
    }

    pub fn is_changed(&self) -> bool {
        self.changed
    }

    pub fn into_messages(self) -> Vec<Json<'a>> {
        self.messages
    }

    pub fn messages(&self) -> &[Json<'a>] {
        &self.messages
    }

    /// Other messages.
    pub fn replace(&mut self, messages: Vec<Json<'a>>) {
        self.messages = messages;
        self.changed = true;
    }

    pub fn take(&mut self) -> Vec<Json<'a>> {
        core::mem::take(&mut self.messages)
    }

    /// Changes a message.
    pub fn change(&mut self, at: usize) -> Option<&mut Object<'a>> {
        self.changed = true;
        self.messages.get_mut(at)?.as_object_mut()
    }

    /// Drops the messages that `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(&Json<'a>) -> bool) {
        let before = self.messages.len();
        self.messages.retain(|message| keep(message));
        self.changed |= self.messages.len() < before;
    }

    pub fn insert(&mut self, at: usize, message: Json<'a>) {
        self.messages.insert(at, message);
        self.changed = true;
    }

    pub fn remove(&mut self, at: usize) -> Json<'a> {
        self.changed = true;
        self.messages.remove(at)
    }
}

pub fn role<'m>(message: &'m Json<'_>) -> &'m str {
    text(message, "role")
}

/// A member that is a string; nothing for anything else.
pub fn text<'m>(json: &'m Json<'_>, name: &str) -> &'m str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The calls of an assistant message.
pub fn calls<'m, 'a>(message: &'m Json<'a>) -> Vec<&'m Json<'a>> {
    let calls = message.get("tool_calls").and_then(Json::as_array);
    let calls = calls.filter(|_| role(message) == "assistant");
    calls.into_iter().flat_map(|calls| calls.iter()).collect()
}

/// A message of text.
pub fn message<'a>(role: &str, content: &str) -> Json<'a> {
    let mut message = Json::object();
    message.set("role", String::from(role));
    message.set("content", String::from(content));
    message
}

/// What a content says as text; none if it holds anything else.
pub fn plain(content: &Json<'_>) -> Option<String> {
    match content {
        Json::Null => Some(String::new()),
        Json::String(text) => Some(text.as_str().into()),
        Json::Array(parts) => {
            let texts = parts.iter().map(|part| match part {
                Json::String(text) => Some(text.as_str()),
                part if matches!(
                    text(part, "type"),
                    "text" | "input_text" | "output_text" | ""
                ) =>
                {
                    part.get("text")?.as_str()
                }
                _ => None,
            });
            let texts: Option<Vec<&str>> = texts.collect();
            Some(texts?.join("\n"))
        }
        _ => None,
    }
}
