//! What a message says, without how it is written: the same for the answer that went to
//! the client and for the message that comes back.
//!
//! Counted are role, text (line ends as LF, white space at both ends and a block of
//! reasoning at the head left out, parts joined), other parts, names and arguments of calls,
//! and where asked for the ids of calls. Not counted is what clients lose or change: every
//! reasoning field, `extra_content`, `cache_control`, `null` or `""`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};
use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use crate::tags;

pub type Hash = [u8; 32];

/// Ends every text: no byte of UTF-8.
const END: u8 = 0xff;

#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    pub fn hash(&mut self, hash: &Hash) {
        self.0.update(hash);
    }

    pub fn text(&mut self, text: &str) {
        self.0.update(text.as_bytes());
        self.0.update([END]);
    }

    fn tag(&mut self, tag: u8) {
        self.0.update([tag]);
    }

    pub fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// A message of a request. `ids`: those of calls and results count too.
pub fn message(message: &Object<'_>, ids: bool) -> Hash {
    let mut hasher = Hasher::default();
    let role = text_of(message, "role");
    hasher.text(role);
    content(&mut hasher, message.get("content"), role == "assistant");
    for called in calls(message) {
        call(
            &mut hasher,
            called.name,
            &called.arguments,
            ids.then_some(called.id),
        );
    }
    if let Some(function) = message.get("function_call").filter(|it| !it.is_null()) {
        hasher.tag(b'f');
        value(&mut hasher, function);
    }
    if ids {
        hasher.tag(b'r');
        hasher.text(text_of(message, "tool_call_id"));
    }
    hasher.finish()
}

/// An answer as it went to the client; equal to [`message`] without ids of the message that
/// it becomes.
pub fn answer<'c>(text: &str, calls: impl Iterator<Item = (&'c str, &'c str)>) -> Hash {
    let mut hasher = Hasher::default();
    hasher.text("assistant");
    words(&mut hasher, text, true);
    for (name, arguments) in calls {
        call(&mut hasher, name, &Json::from(arguments), None);
    }
    hasher.finish()
}

pub struct Called<'m, 'a> {
    pub id: &'m str,
    pub name: &'m str,
    pub arguments: Cow<'m, Json<'a>>,
}

/// The tool calls of a message.
pub fn calls<'m, 'a>(message: &'m Object<'a>) -> Vec<Called<'m, 'a>> {
    let list = message.get("tool_calls").and_then(Json::as_array);
    let called = |call: &'m Json<'a>| {
        let text = |json: Option<&'m Json<'a>>| json.and_then(Json::as_str).unwrap_or_default();
        let function = call.get("function");
        Called {
            id: text(call.get("id")),
            name: text(function.and_then(|it| it.get("name"))),
            arguments: match function.and_then(|it| it.get("arguments")) {
                Some(arguments) => Cow::Borrowed(arguments),
                None => Cow::Owned(Json::Null),
            },
        }
    };
    list.into_iter().flatten().map(called).collect()
}

pub fn text_of<'m>(object: &'m Object<'_>, name: &str) -> &'m str {
    object.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn content(hasher: &mut Hasher, content: Option<&Json<'_>>, is_answer: bool) {
    let Some(Json::Array(parts)) = content else {
        return words(
            hasher,
            content.and_then(Json::as_str).unwrap_or_default(),
            is_answer,
        );
    };
    let mut text = String::new();
    let mut others = Vec::new();
    for part in parts {
        match part.get("type").and_then(Json::as_str) {
            Some("thinking") => {}
            _ => match part.get("text").and_then(Json::as_str) {
                Some(more) => text.push_str(more),
                None => others.push(part),
            },
        }
    }
    words(hasher, &text, is_answer);
    for part in others {
        hasher.tag(b'p');
        value(hasher, part);
    }
}

fn words(hasher: &mut Hasher, text: &str, is_answer: bool) {
    let text = match tags::split(text) {
        Some(split) if is_answer => split.rest,
        _ => text,
    };
    for line in text.trim().split("\r\n").enumerate() {
        if line.0 > 0 {
            hasher.tag(b'\n');
        }
        hasher.0.update(line.1.as_bytes());
    }
    hasher.tag(END);
}

fn call(hasher: &mut Hasher, name: &str, arguments: &Json<'_>, id: Option<&str>) {
    hasher.tag(b'c');
    hasher.text(name);
    hasher.text(id.unwrap_or_default());
    match arguments.as_str() {
        // Clients write nothing as an empty object.
        Some(text) if text.trim().is_empty() => value(hasher, &Json::object()),
        Some(text) => match Json::parse(text) {
            Ok(arguments) => value(hasher, &arguments),
            Err(_) => hasher.text(text),
        },
        None if arguments.is_null() => value(hasher, &Json::object()),
        None => value(hasher, arguments),
    }
}

/// JSON by its meaning: members by name, white space and escapes do not count.
fn value(hasher: &mut Hasher, json: &Json<'_>) {
    match json {
        Json::Null => hasher.tag(b'0'),
        Json::Bool(value) => hasher.tag(if *value { b't' } else { b'n' }),
        Json::Number(number) => {
            hasher.tag(b'#');
            hasher.text(number.spelling());
        }
        Json::String(text) => {
            hasher.tag(b's');
            hasher.text(text.as_str());
        }
        Json::Array(items) => {
            hasher.tag(b'[');
            items.iter().for_each(|item| value(hasher, item));
            hasher.tag(b']');
        }
        Json::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.retain(|(name, _)| *name != "cache_control");
            members.sort_by_key(|(name, _)| *name);
            hasher.tag(b'{');
            for (name, member) in members {
                hasher.text(name);
                value(hasher, member);
            }
            hasher.tag(b'}');
        }
    }
}
