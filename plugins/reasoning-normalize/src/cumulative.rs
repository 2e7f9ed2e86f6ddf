use alloc::string::{String, ToString};

/// Some servers send all text so far with each event instead of what is new. It shows by the
/// second text: it begins with the first and is longer.
#[derive(Debug, Default)]
pub struct Cumulative {
    before: String,
    kind: Kind,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Unknown,
    Yes,
    No,
}

impl Cumulative {
    /// What is new in a text.
    pub fn new_part(&mut self, text: &str) -> String {
        if self.kind == Kind::No || text.is_empty() {
            return text.to_string();
        }
        let more = text.strip_prefix(self.before.as_str());
        let new = match (self.kind, more) {
            (_, Some(more)) if self.before.is_empty() => more,
            (Kind::Unknown, Some(more)) if !more.is_empty() => {
                self.kind = Kind::Yes;
                more
            }
            (Kind::Yes, Some(more)) => more,
            _ => {
                self.kind = Kind::No;
                self.before = String::new();
                return text.to_string();
            }
        };
        let new = new.to_string();
        self.before = text.to_string();
        new
    }
}
