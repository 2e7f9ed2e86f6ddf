//! Finds blocks in text that arrives in pieces, and lets readers read them.

mod block;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::left::{Left, Lefts, Why};
use super::opener::{Found, Openers};
use super::quoting::Quoting;
use super::rules::Rules;
use super::{End, Event, FORMATS, Match, Sink, end_tokens, matches};
use crate::offer::Offer;
use block::Block;

/// How many places of an answer without tools are looked at.
const MAX_GLANCES: usize = 64;

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
    lefts: Lefts,
    /// Also those that are not looked for, once they are needed.
    all: Option<Rc<Openers>>,
    sink: Sink,
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
            lefts: Lefts::default(),
            all: None,
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

    /// What looked like a call and stayed text, since this was last asked.
    pub fn take_left(&mut self) -> &[Left] {
        self.lefts.take()
    }

    /// Text of an answer in which nothing can be called. Looks whether something seems to be, for a while.
    pub fn glance(&mut self, text: &str, offer: &Offer) {
        let mut at = 0;
        for _ in 0..MAX_GLANCES {
            let Some(found) = self.openers.candidate(text, at, b'<') else {
                return;
            };
            let opener = self
                .openers
                .find(&text[found..], 0, false, offer, End::Clean);
            if let Found::Opener(number) = opener {
                let (format, _) = self.openers.get(number);
                return self.lefts.left(format.name, Why::NoTools);
            }
            // Openers begin with one byte.
            at = found + 1;
        }
    }

    /// Whether a format that is not looked for begins at this place of the open text.
    fn note_other(&mut self, at: usize, offer: &Offer) {
        if self.lefts.is_full() || self.openers.are_all() || self.quoting.is_code() {
            return;
        }
        let all = self.all.get_or_insert_with(|| Openers::of(FORMATS));
        let text = &self.buffer[self.done + at..];
        if let Found::Opener(number) = all.find(text, 0, false, offer, End::Clean) {
            self.lefts.left(all.get(number).0.name, Why::NotLookedFor);
        }
    }

    /// The text that is not settled.
    fn open(&self) -> &str {
        &self.buffer[self.done..]
    }

    /// False: more text is needed.
    fn find_block(&mut self, end: End, offer: &Offer) -> bool {
        if self.gap.is_some() && self.resume == 0 {
            let (past, begun) = end_tokens::at_start(self.open(), end);
            if past > 0 {
                self.done += past;
                self.gap = Some(String::new());
            }
            if begun {
                return false;
            }
        }
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
                    if !self.lefts.give_up() {
                        self.note_other(found, offer);
                    }
                    let text = &self.open()[found..];
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
        self.lefts.give_up();
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
