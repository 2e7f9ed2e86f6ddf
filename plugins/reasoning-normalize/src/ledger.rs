//! The same reasoning is often sent twice: in two fields, in a field and between tags, once
//! more at the end. One copy goes out.

use alloc::string::{String, ToString};

/// Bytes of reasoning that copies are compared with; what comes later is not compared.
const MOST: usize = 1 << 20;

/// So many equal bytes are a copy; fewer may be chance.
const COPY: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Details,
    ReasoningContent,
    Reasoning,
    /// Ollama's own field.
    Thinking,
    /// Tags or a list in the content.
    Content,
}

#[derive(Debug, Default)]
pub struct Ledger {
    total: String,
    seen: [Seen; 5],
}

#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    /// Where in the total this source began, if it did.
    start: Option<usize>,
    /// Up to where it said the same.
    matched: usize,
    /// It said something else: it is no copy.
    differs: bool,
}

impl Ledger {
    /// All reasoning so far.
    pub fn total(&self) -> &str {
        &self.total
    }

    /// Whether a source has said anything.
    pub fn has(&self, source: Source) -> bool {
        self.seen[source as usize].start.is_some()
    }

    /// What of this is new.
    pub fn add(&mut self, source: Source, text: &str) -> String {
        let seen = &mut self.seen[source as usize];
        if seen.differs || self.total.len() > MOST {
            self.total.push_str(text);
            return text.to_string();
        }
        let mut rest = text;
        let start = match seen.start {
            Some(start) => start,
            None => {
                // Copies differ in white space at their start.
                let start = self.total.len() - self.total.trim_start().len();
                if !self.total.is_empty() {
                    rest = rest.trim_start();
                }
                if text.is_empty() || rest.is_empty() && !self.total.is_empty() {
                    return String::new();
                }
                (seen.start, seen.matched) = (Some(start), start);
                start
            }
        };
        let ahead = &self.total[seen.matched..];
        let common = common(rest, ahead);
        if common == ahead.len() {
            let new = rest[common..].to_string();
            self.total.push_str(&new);
            seen.matched = self.total.len();
            return new;
        }
        if common == rest.len() {
            seen.matched += common;
            return String::new();
        }
        seen.differs = true;
        let new = match seen.matched + common - start >= COPY {
            true => rest[common..].to_string(),
            // What was taken for a copy was the start of something else.
            false => [&self.total[start..seen.matched], rest].concat(),
        };
        self.total.push_str(&new);
        new
    }
}

/// The length of the common beginning.
fn common(a: &str, b: &str) -> usize {
    let equal = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    a.floor_char_boundary(equal)
}
