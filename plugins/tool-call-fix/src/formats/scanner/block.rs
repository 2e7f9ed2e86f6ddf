//! One block: its reader reads it, until it is over, or none.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Scanner;
use crate::formats::discarded::Discarded;
use crate::formats::left::Why;
use crate::formats::opener::{Found, Openers, Place};
use crate::formats::rules::InThoughts;
use crate::formats::{End, Reader, Sink, Step, Unknown, end_tokens};
use crate::offer::Offer;

/// More text than this is not held back while it is undecided whether it is a call.
const MAX_UNDECIDED: usize = 64 * 1024;

/// So many openers without a call, and the text is taken for one that talks about calls. Bounds
/// the time that such a text costs, since each of them may be followed for `MAX_UNDECIDED`.
const MAX_REFUTED: u32 = 256;

/// In place of an opener's number.
const NO_OPENER: usize = usize::MAX;

pub(super) struct Block {
    reader: Box<dyn Reader>,
    opener: usize,
    /// Bytes of the open text that the reader took.
    taken: usize,
    /// What it found, if that counts only when nothing else follows.
    pub(super) trial: Option<Trial>,
}

#[derive(Default)]
pub(super) struct Trial {
    sink: Sink,
    /// The block is over.
    over: bool,
    /// The opener of a further block that is read.
    further: Option<usize>,
    /// For the next block: openers before this number were tried.
    from: usize,
}

impl Scanner {
    /// A block begins, unless it cannot be one here.
    pub(super) fn begin(&mut self, number: usize, offer: &Offer) -> bool {
        let thinking = self.quoting.is_thinking();
        let ignored = thinking && self.rules.in_thoughts == InThoughts::Ignore;
        let (format, opener) = self.openers.get(number);
        let is_telling = opener.place == Place::Anywhere;
        let refused = match () {
            () if offer.tools().is_empty() => Some(Why::NoTools),
            () if ignored => Some(Why::Thought),
            () if self.quoting.is_code() => Some(Why::Code),
            () => None,
        };
        if let Some(why) = refused {
            if is_telling {
                self.lefts.left(format.name, why);
            }
            return false;
        }
        let proven = format.unmistakable && !thinking && is_telling;
        let is_trial = match opener.place {
            Place::Alone => true,
            _ => thinking && self.rules.in_thoughts == InThoughts::AtTheEnd,
        };
        let mut trial = is_trial.then(Trial::default);
        let sink = match &mut trial {
            Some(trial) => &mut trial.sink,
            None => &mut self.sink,
        };
        let unknown = match self.rules.unknown {
            _ if !is_telling => Unknown::Text,
            Some(unknown) => unknown,
            None if self.rules.named || proven => Unknown::Call,
            None => Unknown::Text,
        };
        sink.prepare(offer.tools(), unknown, format.name);
        self.block = Some(Block {
            reader: (opener.reader)(),
            opener: number,
            taken: 0,
            trial,
        });
        true
    }

    /// The block that stood here is left out.
    pub(super) fn discard(&mut self, ends: Vec<&'static str>) {
        self.sink.next();
        self.block = Some(Block {
            reader: Box::new(Discarded::new(ends)),
            opener: NO_OPENER,
            taken: 0,
            trial: None,
        });
    }

    pub(super) fn read_block(&mut self, mut block: Block, end: End) -> bool {
        let was_started = self.sink.has_started();
        let text = &self.buffer[self.done + block.taken..];
        // Whatever is there already, no reader looks further before it knows that it is a call.
        let seen = match was_started {
            true => text,
            false => beginning(text, MAX_UNDECIDED.saturating_sub(block.taken)),
        };
        let is_part = seen.len() < text.len();
        let end_seen = if is_part { End::No } else { end };
        let step = block.reader.read(seen, end_seen, &mut self.sink);
        let started = self.sink.has_started();
        if started && !was_started {
            self.gap = None;
        }
        match step {
            Step::More(taken) => {
                block.taken += taken;
                if started {
                    self.drain(&mut block);
                    if is_part {
                        self.block = Some(block);
                        return true;
                    }
                    if end.is_here() {
                        // What is left has no place in arguments that are cut off.
                        self.sink.end();
                        self.gap = Some(String::new());
                        return true;
                    }
                } else if is_part || end.is_here() || self.open().len() > MAX_UNDECIDED {
                    let why = if end_seen.is_here() {
                        Why::Broken
                    } else {
                        Why::TooLong
                    };
                    self.refute(&block, why);
                    return true;
                }
                self.block = Some(block);
                false
            }
            Step::Next(taken) => {
                block.taken += taken;
                self.drain(&mut block);
                self.sink.next();
                self.gap = Some(String::new());
                self.block = Some(block);
                true
            }
            Step::Done(taken) => {
                block.taken += taken;
                self.drain(&mut block);
                self.gap.get_or_insert_default();
                true
            }
            Step::Not => {
                let unknown = self.sink.refused().map(String::from);
                self.refute(&block, unknown.map_or(Why::Broken, Why::Unknown));
                true
            }
        }
    }

    /// Reads a block that counts only if nothing but other blocks follows it. All of it is held.
    pub(super) fn try_block(&mut self, mut block: Block, end: End, offer: &Offer) -> bool {
        let Some(mut trial) = block.trial.take() else {
            return true;
        };
        let all = &self.buffer[self.done + block.taken..];
        let rest = beginning(all, MAX_UNDECIDED.saturating_sub(block.taken));
        let is_part = rest.len() < all.len();
        let end = if is_part { End::No } else { end };
        let is_over = trial.over;
        let verdict = if is_over {
            let (past, begun) = end_tokens::at_start(rest, end);
            let next = rest[past..].trim_start();
            let found = match next {
                _ if begun => Found::Begun,
                "" => Found::Begun,
                next => self.openers.find(next, trial.from, false, offer, end),
            };
            match found {
                Found::Opener(number) => {
                    block.taken += rest.len() - next.len();
                    block.reader = (self.openers.get(number).1.reader)();
                    trial.over = false;
                    trial.further = Some(number);
                    trial.from = 0;
                    Step::Next(0)
                }
                Found::Begun => Step::More(0),
                Found::Nothing => Step::Not,
            }
        } else {
            block.reader.read(rest, end, &mut trial.sink)
        };
        let complete = end == End::Clean && (is_over || trial.sink.has_started());
        match verdict {
            Step::Next(taken) => {
                block.taken += taken;
                trial.sink.next();
            }
            Step::Done(taken) => {
                block.taken += taken;
                trial.over = true;
            }
            Step::More(taken) if complete => {
                block.taken += taken;
                if !is_over {
                    trial.sink.end();
                }
                self.sink.append(&mut trial.sink);
                self.drain(&mut block);
                self.gap = Some(String::new());
                return true;
            }
            Step::More(taken) if !end.is_here() && !is_part => {
                block.taken += taken;
                block.trial = Some(trial);
                self.block = Some(block);
                return false;
            }
            Step::Not if !is_over && trial.further.is_some() => {
                trial.from = trial.further.take().map_or(0, |tried| tried + 1);
                trial.over = true;
            }
            Step::More(_) | Step::Not => {
                let why = match trial.sink.refused() {
                    Some(name) => Why::Unknown(name.into()),
                    None if is_part => Why::TooLong,
                    None if is_over => Why::Followed,
                    None => Why::Broken,
                };
                self.refute(&block, why);
                return true;
            }
        }
        block.trial = Some(trial);
        self.block = Some(block);
        true
    }

    /// Forgets what the reader took.
    fn drain(&mut self, block: &mut Block) {
        self.done += core::mem::take(&mut block.taken);
        self.fresh = false;
        self.ends = None;
        self.lefts.was_read();
    }

    /// The block was none: another format may begin so, else its first character is text, and
    /// the search goes on behind it.
    fn refute(&mut self, block: &Block, why: Why) {
        self.block = None;
        self.refuted += 1;
        if block.opener != NO_OPENER {
            self.note_left(block.opener, why);
        }
        if self.refuted > MAX_REFUTED {
            self.openers = Openers::of(&[]);
        } else {
            self.resume = block.opener.saturating_add(1);
            if self.rules.drops_broken && block.opener != NO_OPENER {
                self.note_ends(block);
            }
        }
    }

    /// A brace or a bracket begins many a text: only what was read as a call is worth a word.
    fn note_left(&mut self, opener: usize, why: Why) {
        let (format, opener) = self.openers.get(opener);
        let is_telling = opener.place == Place::Anywhere;
        let why = match self.refuted > MAX_REFUTED {
            true => Why::TooMany,
            false => why,
        };
        if is_telling || matches!(why, Why::Unknown(_) | Why::Followed) {
            self.lefts.try_failed(format.name, why);
        }
    }

    /// Whether, and up to where, the refuted block may be dropped.
    fn note_ends(&mut self, block: &Block) {
        let (_, opener) = self.openers.get(block.opener);
        let is_tag = opener.place == Place::Anywhere && block.trial.is_none();
        if !is_tag || self.quoting.is_thinking() || self.sink.refused().is_some() {
            self.ends = Some(Vec::new());
        } else if self.ends.is_none() {
            self.ends = Some(block.reader.ends());
        }
    }
}

/// At most so many bytes of the text.
fn beginning(text: &str, bytes: usize) -> &str {
    let until = (0..=bytes.min(text.len())).rev();
    let until = until.into_iter().find(|at| text.is_char_boundary(*at));
    &text[..until.unwrap_or(0)]
}
