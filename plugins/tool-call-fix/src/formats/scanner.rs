//! Finds blocks in text that arrives in pieces, and lets readers read them.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::discarded::Discarded;
use super::opener::{Found, Openers, Place};
use super::quoting::Quoting;
use super::{End, Event, Match, Reader, Sink, Step, Unknown, matches};
use crate::offer::Offer;

/// More text than this is not held back while it is undecided whether it is a call.
const MAX_UNDECIDED: usize = 64 * 1024;

/// So many openers without a call, and the text is taken for one that talks about calls. Bounds
/// the time that such a text costs, since each of them may be followed for `MAX_UNDECIDED`.
const MAX_REFUTED: u32 = 256;

/// In place of an opener's number.
const NO_OPENER: usize = usize::MAX;

/// What is taken for a call, and what becomes of the rest.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// None: a call, where a format is named or cannot be mistaken, else text.
    pub unknown: Option<Unknown>,
    /// The formats are named.
    pub named: bool,
    pub in_thoughts: InThoughts,
    /// Text behind a call is left out.
    pub drops_text_after: bool,
    /// Blocks that are no calls are left out, if their end can be told.
    pub drops_broken: bool,
}

/// What is done about calls inside of thoughts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InThoughts {
    /// They are thoughts.
    Ignore,
    /// They count if nothing but white space follows them in the whole text.
    AtTheEnd,
    /// They count as elsewhere.
    Count,
}

/// One text of one choice of an answer.
pub struct Scanner {
    openers: Rc<Openers>,
    rules: Rules,
    /// What was read and neither let out nor taken by a reader; while a block is undecided also
    /// what its reader took.
    buffer: String,
    /// Bytes of it that are settled; taken off when all of a piece is read.
    done: usize,
    /// White space after a call: dropped, unless text follows.
    gap: Option<String>,
    quoting: Quoting,
    /// Nothing was said yet, except in thoughts.
    fresh: bool,
    block: Option<Block>,
    /// The block that stood here was none; openers from this number on may still be right.
    resume: usize,
    /// What would end that block, if it is to be dropped; nothing in it: it stays.
    ends: Option<Vec<&'static str>>,
    refuted: u32,
    sink: Sink,
}

struct Block {
    reader: Box<dyn Reader>,
    opener: usize,
    /// Bytes of the open text that the reader took.
    taken: usize,
    /// What it found, if that counts only when nothing else follows.
    trial: Option<Trial>,
}

#[derive(Default)]
struct Trial {
    sink: Sink,
    /// The block is over.
    over: bool,
    /// The opener of a further block that is read.
    further: Option<usize>,
    /// For the next block: openers before this number were tried.
    from: usize,
}

impl Scanner {
    pub fn new(openers: Rc<Openers>, rules: Rules) -> Self {
        Scanner {
            openers,
            rules,
            buffer: String::new(),
            done: 0,
            gap: None,
            quoting: Quoting::default(),
            fresh: true,
            block: None,
            resume: 0,
            ends: None,
            refuted: 0,
            sink: Sink::default(),
        }
    }

    /// For a text of which the start was not seen.
    pub fn later(openers: Rc<Openers>, rules: Rules) -> Self {
        Scanner {
            fresh: false,
            ..Scanner::new(openers, rules)
        }
    }

    /// For a text of thoughts.
    pub fn of_thoughts(openers: Rc<Openers>, rules: Rules) -> Self {
        let rules = Rules {
            drops_text_after: false,
            drops_broken: false,
            ..rules
        };
        Scanner {
            quoting: Quoting::thinking(),
            fresh: false,
            ..Scanner::new(openers, rules)
        }
    }

    /// Whether text is held back, or a call is open.
    pub fn is_busy(&self) -> bool {
        !self.buffer.is_empty() || self.block.is_some()
    }

    /// Whether the next piece of text must be read whatever it holds.
    pub fn needs_all_text(&self) -> bool {
        self.is_busy() || self.gap.is_some() || self.quoting.needs_all_text()
    }

    /// Whether a call is open that is left out.
    pub fn is_dropping(&self) -> bool {
        self.block.is_some() && self.sink.is_muted()
    }

    /// Whether the text has not started yet, and its start matters.
    pub fn awaits_start(&self) -> bool {
        self.fresh && self.openers.look_at_start()
    }

    /// Whether there is a block that counts only if nothing follows.
    pub fn is_trying(&self) -> bool {
        self.block
            .as_ref()
            .is_some_and(|block| block.trial.is_some())
    }

    /// Something was said elsewhere: what comes is no start.
    pub fn has_started(&mut self) {
        self.fresh = false;
    }

    /// Reads the next piece. Without tools nothing is a call.
    pub fn read(&mut self, piece: &str, end: End, offer: &Offer) -> Vec<Event> {
        self.buffer.push_str(piece);
        loop {
            let goes_on = match self.block.take() {
                Some(block) if block.trial.is_some() => self.try_block(block, end, offer),
                Some(block) => self.read_block(block, end),
                None => self.find_block(end, offer),
            };
            if !goes_on {
                self.buffer.drain(..core::mem::take(&mut self.done));
                return self.sink.take();
            }
        }
    }

    /// The text that is not settled.
    fn open(&self) -> &str {
        &self.buffer[self.done..]
    }

    /// False: more text is needed.
    fn find_block(&mut self, end: End, offer: &Offer) -> bool {
        let mut from = core::mem::take(&mut self.resume);
        let mut ends = self.ends.take();
        let mut at = 0;
        while let Some(found) = self.candidate(at, from > 0) {
            let start = self.fresh && at == 0 && !self.quoting.is_thinking();
            let text = &self.open()[found..];
            let think = think_tag(text, end);
            let opener = match think {
                Ok(_) => Found::Nothing,
                Err(Match::Begun) => Found::Begun,
                Err(_) => self.openers.find(text, from, start, offer, end),
            };
            from = 0;
            match (think, opener) {
                (Ok(tag), _) => {
                    self.release(found);
                    self.release(tag.len());
                    self.fresh |= tag == Quoting::THINK_END;
                    at = 0;
                }
                (_, Found::Nothing) => {
                    if let Some(ends) = ends.take().filter(|ends| !ends.is_empty()) {
                        self.discard(ends);
                        return true;
                    }
                    let first = text.chars().next();
                    at = found + first.map_or(1, char::len_utf8);
                }
                (_, Found::Begun) => {
                    self.release(found);
                    return false;
                }
                (_, Found::Opener(number)) => {
                    self.release(found);
                    if self.begin(number, offer) {
                        self.ends = ends;
                        return true;
                    }
                    self.release_char();
                    at = 0;
                }
            }
        }
        self.release(self.open().len());
        false
    }

    /// The next place from `at` on that may be the start of an opener. `here`: it is at the
    /// beginning of the text.
    fn candidate(&self, at: usize, here: bool) -> Option<usize> {
        let text = self.open();
        if here {
            return (!text.is_empty()).then_some(0);
        }
        if at == 0 && self.awaits_start() {
            let start = text.len() - text.trim_start().len();
            return (start < text.len()).then_some(start);
        }
        self.openers
            .candidate(text, at, Quoting::THINK.as_bytes()[0])
    }

    /// A block begins, unless it cannot be one here.
    fn begin(&mut self, number: usize, offer: &Offer) -> bool {
        let thinking = self.quoting.is_thinking();
        let ignored = thinking && self.rules.in_thoughts == InThoughts::Ignore;
        if ignored || self.quoting.is_code() || offer.tools().is_empty() {
            return false;
        }
        let (format, opener) = self.openers.get(number);
        let proven = format.unmistakable && !thinking && opener.place == Place::Anywhere;
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
            _ if opener.place != Place::Anywhere => Unknown::Text,
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
    fn discard(&mut self, ends: Vec<&'static str>) {
        self.sink.next();
        self.block = Some(Block {
            reader: Box::new(Discarded::new(ends)),
            opener: NO_OPENER,
            taken: 0,
            trial: None,
        });
    }

    fn read_block(&mut self, mut block: Block, end: End) -> bool {
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
                    self.refute(&block);
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
                self.refute(&block);
                true
            }
        }
    }

    /// Reads a block that counts only if nothing but other blocks follows it. All of it is held.
    fn try_block(&mut self, mut block: Block, end: End, offer: &Offer) -> bool {
        let Some(mut trial) = block.trial.take() else {
            return true;
        };
        let all = &self.buffer[self.done + block.taken..];
        let rest = beginning(all, MAX_UNDECIDED.saturating_sub(block.taken));
        let is_part = rest.len() < all.len();
        let end = if is_part { End::No } else { end };
        let is_over = trial.over;
        let verdict = if is_over {
            let next = rest.trim_start();
            let found = match next {
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
                self.refute(&block);
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
    }

    /// The block was none: another format may begin so, else its first character is text, and
    /// the search goes on behind it.
    fn refute(&mut self, block: &Block) {
        self.block = None;
        self.refuted += 1;
        if self.refuted > MAX_REFUTED {
            self.openers = Openers::of(&[]);
        } else {
            self.resume = block.opener.saturating_add(1);
            if self.rules.drops_broken && block.opener != NO_OPENER {
                self.note_ends(block);
            }
        }
    }

    /// Whether, and up to where, the refuted block may be dropped.
    fn note_ends(&mut self, block: &Block) {
        let (_, opener) = self.openers.get(block.opener);
        let is_tag = opener.place == Place::Anywhere && block.trial.is_none();
        if !is_tag || self.quoting.is_thinking() || self.sink.has_refused() {
            self.ends = Some(Vec::new());
        } else if self.ends.is_none() {
            self.ends = Some(block.reader.ends());
        }
    }

    fn release_char(&mut self) {
        let first = self.open().chars().next();
        self.release(first.map_or(0, char::len_utf8));
    }

    /// Lets the first bytes of the open text out.
    fn release(&mut self, bytes: usize) {
        let text = &self.buffer[self.done..self.done + bytes];
        if self.rules.drops_text_after && self.sink.has_called() {
            // Left out.
        } else if let Some(gap) = &mut self.gap {
            gap.push_str(text);
            if !gap.trim().is_empty() {
                self.sink.text(gap);
                self.gap = None;
            }
        } else {
            self.sink.text(text);
        }
        if self.fresh && !self.quoting.is_thinking() && text != Quoting::THINK {
            self.fresh = text.trim().is_empty();
        }
        self.quoting.read(text);
        self.done += bytes;
    }
}

/// At most so many bytes of the text.
fn beginning(text: &str, bytes: usize) -> &str {
    let until = (0..=bytes.min(text.len())).rev();
    let until = until.into_iter().find(|at| text.is_char_boundary(*at));
    &text[..until.unwrap_or(0)]
}

/// The tag of thoughts that stands here.
fn think_tag(text: &str, end: End) -> Result<&'static str, Match> {
    for tag in [Quoting::THINK, Quoting::THINK_END] {
        match matches(text, tag) {
            Match::Yes => return Ok(tag),
            Match::Begun if !end.is_here() => return Err(Match::Begun),
            _ => {}
        }
    }
    Err(Match::No)
}
