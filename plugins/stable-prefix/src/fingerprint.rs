//! Numbers that stand for what a backend makes of a message. Not for secrets: two messages
//! with the same number only mean a warning that is missing.

use yallmp_sdk::Json;
use yallmp_sdk::chat::REASONING_FIELDS;
use yallmp_sdk::json::Object;

/// FNV-1a, 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    pub const EMPTY: Hash = Hash(0xcbf2_9ce4_8422_2325);

    pub fn value(self) -> u64 {
        self.0
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// With its length, so that no two rows of texts look alike.
    pub fn text(self, text: &str) -> Self {
        self.bytes(&(text.len() as u64).to_le_bytes())
            .bytes(text.as_bytes())
    }

    /// A value, whatever its white space and escapes. Marks for caches do not count, for they
    /// move from turn to turn; neither does `null`.
    pub fn json(self, json: &Json<'_>) -> Self {
        match json {
            Json::Null => self.bytes(b"n"),
            Json::Bool(value) => self.bytes(if *value { b"t" } else { b"f" }),
            Json::Number(number) => self.bytes(b"0").text(number.spelling()),
            Json::String(text) => self.bytes(b"s").text(text.as_str()),
            Json::Array(items) => items.iter().fold(self.bytes(b"["), Hash::json).bytes(b"]"),
            Json::Object(object) => self.members(object, |_| true),
        }
    }

    fn members(self, object: &Object<'_>, counts: impl Fn(&str) -> bool) -> Self {
        let members = object
            .iter()
            .filter(|(name, value)| *name != "cache_control" && !value.is_null() && counts(name));
        let hash = |hash: Hash, (name, value): (&str, &Json<'_>)| match name {
            "content" => hash.text(name).content(value),
            _ => hash.text(name).json(value),
        };
        members.fold(self.bytes(b"{"), hash).bytes(b"}")
    }

    /// Parts that are only text are the text: clients write the same message both ways.
    fn content(self, content: &Json<'_>) -> Self {
        let Some(parts) = content.as_array() else {
            return self.json(content);
        };
        let text = |part: &Json<'_>| {
            let kind = part.get("type").and_then(Json::as_str);
            kind == Some("text") && part.get("text").is_some()
        };
        if !parts.iter().all(text) {
            return self.json(content);
        }
        let texts = || parts.iter().filter_map(|part| part.get("text")?.as_str());
        let length: usize = texts().map(str::len).sum();
        let start = self.bytes(b"s").bytes(&(length as u64).to_le_bytes());
        texts().fold(start, |hash, text| hash.bytes(text.as_bytes()))
    }
}

/// What stands for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Without its reasoning.
    pub said: u64,
    /// Of its reasoning; 0: there is none.
    pub thought: u64,
}

impl Fingerprint {
    pub fn of(message: &Json<'_>) -> Self {
        let Some(object) = message.as_object() else {
            return Fingerprint {
                said: Hash::EMPTY.json(message).value(),
                thought: 0,
            };
        };
        let is_thought = |name: &str| REASONING_FIELDS.contains(&name);
        let thought = Hash::EMPTY.members(object, is_thought);
        let nothing = Hash::EMPTY.members(&Object::new(), is_thought);
        Fingerprint {
            said: Hash::EMPTY
                .members(object, |name| !is_thought(name))
                .value(),
            thought: if thought == nothing {
                0
            } else {
                thought.value()
            },
        }
    }

    /// Whether a prompt with the one goes on as a prompt with the other. Reasoning may be gone,
    /// for templates leave it out of older turns themselves.
    pub fn goes_on_as(self, later: Self) -> bool {
        self.said == later.said && (later.thought == 0 || later.thought == self.thought)
    }
}
