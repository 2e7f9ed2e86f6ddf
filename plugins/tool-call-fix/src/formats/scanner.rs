//! Finds blocks in text that arrives in pieces, and lets readers read them.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::quoting::Quoting;
use super::{End, Event, Format, Match, Opener, Reader, Sink, Step, matches};
use crate::tools::Tools;

/// More text than this is not held back while it is undecided whether it is a call.
const MAX_UNDECIDED: usize = 64 * 1024;

/// More white space than this between an opener and what must follow refutes it.
const MAX_SPACE: usize = 64;

/// The text of one choice of an answer.
pub struct Scanner {
    formats: Rc<[&'static Format]>,
    /// The bytes that openers start with.
    firsts: Vec<u8>,
    /// Only known tools count, except in formats that cannot be mistaken.
    auto: bool,
    /// What was read and neither let out nor taken by a reader; while a block is undecided also
    /// what its reader took.
    buffer: String,
    /// Bytes of it that are settled; taken off when all of a piece is read.
    done: usize,
    /// White space after a call: dropped, unless text follows.
    gap: Option<String>,
    quoting: Quoting,
    block: Option<Block>,
    sink: Sink,
}

struct Block {
    reader: Box<dyn Reader>,
    /// Bytes of the open text that the reader took.
    taken: usize,
}

/// What a place in the text is.
enum Place {
    Nothing,
    /// The text ends before it is clear.
    Begun,
    Opener(&'static Format),
    /// `<think>` or its end, of this length.
    Think(usize),
}

impl Scanner {
    pub fn new(formats: Rc<[&'static Format]>, auto: bool) -> Self {
        let mut firsts = Vec::from([Quoting::THINK.as_bytes()[0]]);
        for opener in formats.iter().flat_map(|format| format.openers) {
            let first = opener.text.as_bytes()[0];
            if !firsts.contains(&first) {
                firsts.push(first);
            }
        }
        Scanner {
            formats,
            firsts,
            auto,
            buffer: String::new(),
            done: 0,
            gap: None,
            quoting: Quoting::default(),
            block: None,
            sink: Sink::default(),
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

    /// Reads the next piece. `tools` is asked for when there is an opener; without tools
    /// nothing is a call.
    pub fn read(
        &mut self,
        piece: &str,
        end: End,
        tools: &mut dyn FnMut() -> Rc<Tools>,
    ) -> Vec<Event> {
        self.buffer.push_str(piece);
        loop {
            let goes_on = match self.block.take() {
                Some(block) => self.read_block(block, end),
                None => self.find_block(end, tools),
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
    fn find_block(&mut self, end: End, tools: &mut dyn FnMut() -> Rc<Tools>) -> bool {
        let mut at = 0;
        while let Some(found) = self.candidate(at) {
            match self.place(&self.open()[found..], end) {
                Place::Nothing => at = found + 1,
                Place::Begun => {
                    self.release(found);
                    return false;
                }
                Place::Think(length) => {
                    self.release(found);
                    self.release(length);
                    at = 0;
                }
                Place::Opener(format) => {
                    self.release(found);
                    let offered = if self.quoting.is_open() {
                        Rc::default()
                    } else {
                        tools()
                    };
                    if !offered.is_empty() {
                        let cautious = self.auto && !format.unmistakable;
                        self.sink.prepare(offered, cautious);
                        self.block = Some(Block {
                            reader: (format.reader)(),
                            taken: 0,
                        });
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

    /// The next place from `at` on that may be the start of an opener.
    fn candidate(&self, at: usize) -> Option<usize> {
        let rest = &self.open().as_bytes()[at..];
        let found = rest.iter().position(|byte| self.firsts.contains(byte))?;
        Some(at + found)
    }

    fn openers(&self) -> impl Iterator<Item = (&'static Format, &'static Opener)> + '_ {
        let each = |format: &&'static Format| {
            let format = *format;
            format.openers.iter().map(move |opener| (format, opener))
        };
        self.formats.iter().flat_map(each)
    }

    fn place(&self, text: &str, end: End) -> Place {
        let mut begun = false;
        for tag in [Quoting::THINK, Quoting::THINK_END] {
            match matches(text, tag) {
                Match::Yes => return Place::Think(tag.len()),
                Match::Begun => begun = true,
                Match::No => {}
            }
        }
        for (format, opener) in self.openers() {
            match matches(text, opener.text) {
                Match::No => {}
                Match::Begun => begun = true,
                Match::Yes => {
                    let rest = &text[opener.text.len()..];
                    let next = rest.trim_start();
                    match next.chars().next() {
                        Some(c) if (opener.next)(c) => return Place::Opener(format),
                        None if rest.len() <= MAX_SPACE => begun = true,
                        _ => {}
                    }
                }
            }
        }
        if begun && !end.is_here() {
            Place::Begun
        } else {
            Place::Nothing
        }
    }

    fn read_block(&mut self, mut block: Block, end: End) -> bool {
        let was_started = self.sink.has_started();
        let text = &self.buffer[self.done + block.taken..];
        let step = block.reader.read(text, end, &mut self.sink);
        let started = self.sink.has_started();
        if started && !was_started {
            self.gap = None;
        }
        match step {
            Step::More(taken) => {
                block.taken += taken;
                if started {
                    self.drain(&mut block);
                    if end.is_here() {
                        // What is left has no place in arguments that are cut off.
                        self.sink.end();
                        self.gap = Some(String::new());
                        return true;
                    }
                } else if end.is_here() || self.open().len() > MAX_UNDECIDED {
                    self.refute();
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
                self.refute();
                true
            }
        }
    }

    /// Forgets what the reader took.
    fn drain(&mut self, block: &mut Block) {
        self.done += core::mem::take(&mut block.taken);
    }

    /// The block was none: its first character is text, and the search goes on behind it.
    fn refute(&mut self) {
        self.block = None;
        self.release_char();
    }

    fn release_char(&mut self) {
        let first = self.open().chars().next();
        self.release(first.map_or(0, char::len_utf8));
    }

    /// Lets the first bytes of the open text out.
    fn release(&mut self, bytes: usize) {
        let text = &self.buffer[self.done..self.done + bytes];
        if let Some(gap) = &mut self.gap {
            gap.push_str(text);
            if !gap.trim().is_empty() {
                self.sink.text(gap);
                self.gap = None;
            }
        } else {
            self.sink.text(text);
        }
        self.quoting.read(text);
        self.done += bytes;
    }
}
