//! A conversation read from its beginning: what stood before each assistant message.

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use crate::digest::{self, Hash, Hasher};

/// Where an assistant message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// All messages before it.
    pub prefix: Hash,
    /// Those from the last user's on, without system messages.
    pub turn: Hash,
}

/// Reads message by message.
#[derive(Default)]
pub struct Reader {
    prefix: Hasher,
    turn: Hasher,
    /// Several user messages in a row begin one turn.
    after_user: bool,
}

impl Reader {
    /// The place of a message that comes next.
    pub fn place(&self) -> Place {
        Place {
            prefix: self.prefix.clone().finish(),
            turn: self.turn.clone().finish(),
        }
    }

    pub fn read(&mut self, message: &Object<'_>) {
        let hash = digest::message(message, true);
        self.prefix.hash(&hash);
        match digest::text_of(message, "role") {
            "system" | "developer" => return,
            "user" => {
                if !self.after_user {
                    self.turn = Hasher::default();
                }
                self.after_user = true;
            }
            _ => self.after_user = false,
        }
        self.turn.hash(&hash);
    }
}

/// The place of the answer to these messages.
pub fn end_of(messages: &Json<'_>) -> Place {
    let mut reader = Reader::default();
    let objects = messages.as_array().into_iter().flatten();
    for message in objects.filter_map(Json::as_object) {
        reader.read(message);
    }
    reader.place()
}
