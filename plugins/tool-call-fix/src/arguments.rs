//! The arguments of one call, while they arrive.
//!
//! As long as they are JSON and fit their schema they go out as they come. From the first
//! fragment that shows otherwise they are held, and at the end of the call mended; what went
//! out before is then a prefix of the mended text, or nothing is mended.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::lexer::{Lexer, Status};
use crate::repair::{Means, repair};
use crate::tools::Tool;
use crate::tools::types::{Schema, Types};

#[derive(Debug, Default)]
pub struct Arguments {
    /// All that came.
    text: String,
    /// How much of it went out.
    out: usize,
    /// How much of it may go out without being taken back.
    sure: usize,
    lexer: Lexer,
    holding: bool,
    /// They come out of text: holding them costs nothing.
    patient: bool,
}

/// How arguments end.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    /// What has still to go out.
    pub tail: String,
    /// Arguments of further calls that came with these.
    pub more: Vec<String>,
}

/// What may be done about arguments.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Mend what is no JSON object.
    pub mend: bool,
    /// Convert values that do not fit their schema.
    pub convert: bool,
}

impl Arguments {
    /// Arguments that are read from text. What is inside of arrays and objects is held, since
    /// it may want converting too.
    pub fn of_text() -> Self {
        Arguments {
            patient: true,
            ..Arguments::default()
        }
    }

    /// Reads a fragment. False: it must be held.
    pub fn read(&mut self, fragment: &str, policy: Policy, tool: Option<&Tool>) -> bool {
        self.text.push_str(fragment);
        if self.holding {
            return false;
        }
        if self.lexer.status() == Status::Open {
            let starts = self.text.trim_start().starts_with('{') || self.text.trim().is_empty();
            let fits = |name: &str, first: u8| {
                let schema = tool.and_then(|tool| tool.argument(name));
                schema.is_none_or(|schema| may_stay(schema, first, self.patient))
            };
            let read = if policy.convert {
                self.lexer.read_members(fragment, fits)
            } else {
                self.lexer.read(fragment)
            };
            self.holding = !starts || !fragment[read..].trim().is_empty();
        } else {
            self.holding = !fragment.trim().is_empty();
        }
        self.holding |= self.lexer.status() == Status::Broken;
        self.holding &= policy.mend;
        if policy.convert && self.is_whole_in_one() {
            let schema = tool.and_then(Tool::schema);
            let ending = self.mended(true, policy, schema);
            self.holding = ending.is_some_and(|ending| ending.tail != self.text.trim());
        }
        if !policy.mend || !self.holding && !self.lexer.is_tentative() {
            self.sure = self.text.len();
        }
        !self.holding
    }

    /// All came at once: what is inside of arrays and objects can be looked at.
    fn is_whole_in_one(&self) -> bool {
        self.out == 0 && !self.patient && self.is_complete()
    }

    /// What came since it last went out goes out.
    pub fn pass(&mut self) {
        self.out = self.text.len();
    }

    /// What may go out now for good.
    pub fn take_sure(&mut self) -> &str {
        let from = self.out;
        self.out = self.sure.max(from);
        &self.text[from..self.out]
    }

    pub fn is_holding(&self) -> bool {
        self.holding
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether a whole object was read, and nothing after it.
    pub fn is_complete(&self) -> bool {
        self.lexer.status() == Status::Complete && !self.holding
    }

    /// What is held, as it came.
    pub fn held(&self) -> &str {
        &self.text[self.out..]
    }

    /// The end of the call. `cut`: the answer was cut, so that nothing may be added that makes
    /// the call look whole.
    pub fn end(&self, cut: bool, policy: Policy, schema: Option<Schema<'_>>) -> Ending {
        let as_it_came = Ending {
            tail: self.held().to_string(),
            more: Vec::new(),
        };
        let untouched = self.is_complete() || !policy.mend || cut && !self.holding;
        if untouched || cut && self.is_empty() {
            return as_it_came;
        }
        self.mended(cut, policy, schema).unwrap_or(as_it_came)
    }

    /// The end of the call, if something certain can be made of what came.
    pub fn mended(&self, cut: bool, policy: Policy, schema: Option<Schema<'_>>) -> Option<Ending> {
        let sent = self.text[..self.out].trim_start();
        [schema.filter(|_| policy.convert), None]
            .into_iter()
            .find_map(|schema| {
                let means = Means {
                    schema,
                    close: !cut,
                };
                let mut objects = repair(&self.text, means)?.into_iter();
                let tail = objects.next()?.strip_prefix(sent)?.to_string();
                Some(Ending {
                    tail,
                    more: objects.collect(),
                })
            })
    }
}

/// Whether a value that starts so is left as it is. Only what could be converted is stopped.
fn may_stay(schema: Schema<'_>, first: u8, patient: bool) -> bool {
    let starts = Types::starting_with(first);
    if Types::ARRAY.with(Types::OBJECT).has(starts) {
        return !patient || !schema.looks_inside();
    }
    let convertible = Types::STRING.with(Types::NUMBER);
    schema.types().has(starts) || !convertible.has(starts)
}
