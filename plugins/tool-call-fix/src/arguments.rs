//! The arguments of one call, while they arrive.
//!
//! As long as they are JSON and fit their schema they go out as they come. A value that does not
//! fit is held until it is over, and converted. From the first fragment that is no JSON all is
//! held, and mended at the end of the call; what went out before is then a prefix of the mended
//! text, or nothing is mended.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::lexer::{Lexer, Member, Status};
use crate::repair::rewrite::{Leniency, rewrite};
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
    /// They are no JSON object.
    broken: bool,
    /// The value that is read, if it may have to be converted.
    suspect: Option<Suspect>,
    /// They come out of text: holding them costs nothing.
    patient: bool,
    /// They are to go out in one piece.
    buffered: bool,
    /// They are, and are not whole yet.
    waits: bool,
}

/// The value of a member that may not fit its schema.
#[derive(Debug)]
struct Suspect {
    name: String,
    /// Where it begins in the text.
    from: usize,
    /// It is held until it is over.
    is_held: bool,
}

/// What becomes of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes out as it came.
    Passes,
    /// It must be held.
    Held,
    /// What is held goes out now, and this fragment is part of that.
    Frees,
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
    /// Hand on what is whole alone.
    pub buffer: bool,
}

impl Arguments {
    /// Arguments that are read from text. Whatever may want converting is held.
    pub fn of_text() -> Self {
        Arguments {
            patient: true,
            ..Arguments::default()
        }
    }

    pub fn read(&mut self, fragment: &str, policy: Policy, tool: Option<&Tool>) -> Fate {
        let was_holding = self.is_holding();
        let base = self.text.len();
        self.text.push_str(fragment);
        if self.broken {
            return Fate::Held;
        }
        self.buffered = policy.buffer;
        let is_object = self.text.trim_start().starts_with('{') || self.is_empty();
        let mut over = Vec::new();
        let mut read = 0;
        if self.lexer.status() == Status::Open {
            read = self.lex(fragment, base, tool.filter(|_| policy.convert), &mut over);
        }
        self.broken = policy.mend && !(is_object && fragment[read..].trim().is_empty());
        self.waits = policy.buffer && self.lexer.status() == Status::Open;
        let mut is_changed = false;
        for (suspect, to) in over.into_iter().rev() {
            is_changed |= self.convert(&suspect, to, tool);
        }
        if self
            .suspect
            .as_ref()
            .is_some_and(|suspect| !suspect.is_held)
        {
            // Some of it goes out now.
            self.suspect = None;
        }
        let is_sure = !self.is_holding() && !self.lexer.is_tentative();
        if is_sure || !policy.mend && !self.waits {
            self.sure = self.text.len();
        }
        match (self.is_holding(), was_holding || is_changed) {
            (true, _) => Fate::Held,
            (false, true) => Fate::Frees,
            (false, false) => Fate::Passes,
        }
    }

    /// Reads on, and notes which suspects are over, and where. Returns how far it came.
    fn lex(
        &mut self,
        fragment: &str,
        base: usize,
        tool: Option<&Tool>,
        over: &mut Vec<(Suspect, usize)>,
    ) -> usize {
        let Some(tool) = tool else {
            return self.lexer.read(fragment);
        };
        let (suspect, patient) = (&mut self.suspect, self.patient);
        let costs_nothing = patient || self.buffered;
        self.lexer
            .read_members(fragment, |member, at| match member {
                Member::Begins { name, first } => {
                    let suspicion =
                        argument(tool, name, patient).and_then(|schema| suspicion(schema, first));
                    *suspect = suspicion.map(|is_certain| Suspect {
                        name: name.to_string(),
                        from: base + at,
                        is_held: is_certain || costs_nothing,
                    });
                }
                Member::Ends => over.extend(suspect.take().map(|suspect| (suspect, base + at))),
            })
    }

    /// Makes a value that is over fit. False: it stays.
    fn convert(&mut self, suspect: &Suspect, to: usize, tool: Option<&Tool>) -> bool {
        let schema = tool.and_then(|tool| argument(tool, &suspect.name, self.patient));
        let value = &self.text[suspect.from..to];
        let Some(fitting) = rewrite(value, Leniency::Strict, false, schema) else {
            return false;
        };
        if fitting.json == value {
            return false;
        }
        if let Some(open) = &mut self.suspect {
            open.from = open.from + fitting.json.len() - value.len();
        }
        self.text.replace_range(suspect.from..to, &fitting.json);
        true
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
        self.broken || self.waits || self.suspect.as_ref().is_some_and(|suspect| suspect.is_held)
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether a whole object was read, and nothing after it.
    pub fn is_complete(&self) -> bool {
        self.lexer.status() == Status::Complete && !self.broken
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
        let untouched = self.is_complete() || !policy.mend || cut && !self.broken;
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

/// The schema of an argument. `patient`: the arguments come out of text.
fn argument<'t>(tool: &'t Tool, name: &str, patient: bool) -> Option<Schema<'t>> {
    let schema = tool.argument(name)?;
    Some(if patient {
        schema.in_any_case()
    } else {
        schema
    })
}

/// Whether a value that starts so may not fit, and if so, whether that is certain.
fn suspicion(schema: Schema<'_>, first: u8) -> Option<bool> {
    let types = schema.types();
    let starts = Types::starting_with(first);
    let convertible = Types::STRING.with(Types::NUMBER);
    let wants_list = schema.liberties().lists && types.has(Types::ARRAY);
    if (convertible.has(starts) || wants_list) && !types.has(starts) {
        return Some(true);
    }
    let whole = starts == Types::NUMBER && !types.has(Types::FRACTION);
    let inside = Types::ARRAY.with(Types::OBJECT).has(starts) && schema.looks_inside();
    (whole || inside).then_some(false)
}
