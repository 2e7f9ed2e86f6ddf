//! Finds reasoning between tags in a text that comes in pieces cut anywhere.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::families::CALLS;
use crate::piece::{Piece, add};

/// White space before a closing tag is held back up to this many bytes.
const MOST_SPACE: usize = 4096;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Tags {
    pub pairs: Vec<(String, String)>,
    /// Around the answer.
    pub answers: Vec<(String, String)>,
    /// The text begins inside reasoning.
    pub opened: bool,
    /// Reasoning may begin after text.
    pub anywhere: bool,
    pub ends_at_call: bool,
    /// A closing tag may come without an opening one.
    pub strays: bool,
    /// The text comes whole, so what stands before a closing tag can still become reasoning.
    pub whole: bool,
}

#[derive(Debug)]
enum State {
    /// Only white space so far: an opening tag may come.
    Start,
    /// In reasoning, until one of these tags. `begun`: its first line break is dealt with.
    Inside {
        closers: Vec<String>,
        begun: bool,
    },
    /// Behind a closing tag, with so many line breaks dropped.
    After {
        dropped: u8,
    },
    /// In an answer between tags.
    Answer {
        closer: String,
        begun: bool,
    },
    Text,
}

#[derive(Debug)]
pub struct Scanner {
    tags: Tags,
    state: State,
    /// What may be part of a tag, and white space that may be dropped.
    pending: String,
    /// Whether a pair of tags was seen, or half of one.
    found: bool,
    /// Whether text went out.
    said: bool,
    /// Whether the text itself speaks of an opening tag.
    quoted: bool,
    fences: usize,
    last: Option<char>,
}

impl Scanner {
    pub fn new(tags: Tags) -> Self {
        let mut scanner = Scanner {
            tags,
            state: State::Start,
            pending: String::new(),
            found: false,
            said: false,
            quoted: false,
            fences: 0,
            last: None,
        };
        if scanner.tags.pairs.is_empty() {
            scanner.state = State::Text;
        } else if scanner.tags.opened {
            scanner.state = scanner.inside(None);
        }
        scanner
    }

    /// Reasoning came in a field: the server has a parser, so the text does not begin inside.
    pub fn is_parsed(&mut self) {
        if self.tags.opened && !self.found && self.pending.is_empty() && !self.said {
            self.tags.opened = false;
            self.state = State::Start;
        }
    }

    /// What is held back, and whether it is reasoning.
    pub fn pending(&self) -> (&str, bool) {
        (&self.pending, matches!(self.state, State::Inside { .. }))
    }

    /// Whether nothing was read that tells how the text begins.
    pub fn is_at_start(&self) -> bool {
        matches!(self.state, State::Start) && self.pending.is_empty()
    }

    /// Whether tags were seen.
    pub fn has_found(&self) -> bool {
        self.found
    }

    /// Whether what comes now can only be text, but for a closing tag without an opening one.
    pub fn is_plain(&self) -> bool {
        matches!(self.state, State::Text) && !self.tags.anywhere && self.pending.is_empty()
    }

    /// Not all of the text was shown.
    pub fn begin_in_text(&mut self) {
        self.state = State::Text;
        self.said = true;
        self.be_blind();
    }

    /// From now on not all of the text is shown.
    pub fn be_blind(&mut self) {
        self.last = Some(' ');
    }

    /// Whether a closing tag would mean something.
    pub fn looks_for_closers(&self) -> bool {
        self.tags.strays && !self.found && !self.quoted
    }

    /// Reads on. `end`: nothing follows.
    pub fn read(&mut self, text: &str, end: bool, out: &mut Vec<Piece>) {
        self.pending.push_str(text);
        while self.step(end, out) {}
    }

    /// Returns whether there is more to do.
    fn step(&mut self, end: bool, out: &mut Vec<Piece>) -> bool {
        match core::mem::replace(&mut self.state, State::Text) {
            State::Start => self.start(end, out, None),
            State::Inside { closers, begun } => self.in_reasoning(closers, begun, end, out),
            State::After { dropped } => self.after(dropped, end, out),
            State::Answer { closer, begun } => self.in_answer(closer, begun, end, out),
            State::Text => self.text(end, out),
        }
    }

    fn inside(&self, pair: Option<usize>) -> State {
        let pairs = match pair {
            Some(at) => &self.tags.pairs[at..=at],
            None => &self.tags.pairs[..],
        };
        State::Inside {
            closers: pairs.iter().map(|(_, close)| close.clone()).collect(),
            begun: false,
        }
    }

    /// An opening tag, behind nothing but white space. `dropped`: of the state before.
    fn start(&mut self, end: bool, out: &mut Vec<Piece>, dropped: Option<u8>) -> bool {
        let rest = self.pending.trim_start();
        let space = self.pending.len() - rest.len();
        let open = |(open, _): &(String, String)| rest.starts_with(open.as_str());
        if let Some(at) = self.tags.pairs.iter().position(open) {
            let open = self.tags.pairs[at].0.len();
            self.pending.drain(..space + open);
            self.state = self.inside(Some(at));
            self.found = true;
            return true;
        }
        if let Some(at) = self.tags.answers.iter().position(open) {
            let (open, closer) = self.tags.answers[at].clone();
            self.pending.drain(..space + open.len());
            let begun = false;
            self.state = State::Answer { closer, begun };
            return true;
        }
        let pairs = self.tags.pairs.iter().chain(&self.tags.answers);
        let may_open = rest.is_empty() || pairs.into_iter().any(|(open, _)| open.starts_with(rest));
        let held = self.pending.len() <= MOST_SPACE;
        if may_open && held && !end {
            self.state = match dropped {
                Some(dropped) => State::After { dropped },
                None => State::Start,
            };
            return false;
        }
        self.state = State::Text;
        self.text(end, out)
    }

    fn in_reasoning(
        &mut self,
        closers: Vec<String>,
        mut begun: bool,
        end: bool,
        out: &mut Vec<Piece>,
    ) -> bool {
        if !begun {
            // The opening tag stood in the prompt, and the model writes it once more.
            if self.tags.opened && !self.found {
                let rest = self.pending.trim_start();
                let space = self.pending.len() - rest.len();
                let opener = |(open, _): &&(String, String)| rest.starts_with(open.as_str());
                let again = self
                    .tags
                    .pairs
                    .iter()
                    .find(opener)
                    .map(|(open, _)| open.len());
                let may = self
                    .tags
                    .pairs
                    .iter()
                    .any(|(open, _)| open.starts_with(rest));
                if let Some(open) = again {
                    self.pending.drain(..space + open);
                } else if may && !end && self.pending.len() <= MOST_SPACE {
                    self.state = State::Inside { closers, begun };
                    return false;
                }
                self.found = true;
            }
            if self.pending.is_empty() && !end {
                self.state = State::Inside { closers, begun };
                return false;
            }
            if self.pending.starts_with('\n') {
                self.pending.remove(0);
            }
            begun = true;
        }
        let calls = CALLS.iter().filter(|_| self.tags.ends_at_call).copied();
        let needles = || closers.iter().map(String::as_str).chain(calls.clone());
        let first = needles().filter_map(|needle| Some((self.pending.find(needle)?, needle)));
        if let Some((at, needle)) = first.min_by_key(|(at, _)| *at) {
            let is_call = !closers.iter().any(|closer| closer == needle);
            let text = self.pending[..at].trim_end().to_string();
            add(out, Piece::Reasoning(text));
            self.pending
                .drain(..if is_call { at } else { at + needle.len() });
            self.state = match is_call {
                true => State::Text,
                false => State::After { dropped: 0 },
            };
            return true;
        }
        let sure = match end {
            true => self.pending.len(),
            false => {
                let sure = before_part_of(&self.pending, needles());
                let solid = self.pending[..sure].trim_end().len();
                if sure - solid > MOST_SPACE {
                    sure
                } else {
                    solid
                }
            }
        };
        let text = self.pending.drain(..sure).collect();
        add(out, Piece::Reasoning(text));
        self.state = State::Inside { closers, begun };
        false
    }

    fn after(&mut self, mut dropped: u8, end: bool, out: &mut Vec<Piece>) -> bool {
        while dropped < 2 && self.pending.starts_with('\n') {
            self.pending.remove(0);
            dropped += 1;
        }
        if self.pending.is_empty() {
            self.state = State::After { dropped };
            return false;
        }
        self.start(end, out, Some(dropped))
    }

    fn in_answer(&mut self, closer: String, begun: bool, end: bool, out: &mut Vec<Piece>) -> bool {
        if self.pending.is_empty() {
            self.state = State::Answer { closer, begun };
            return false;
        }
        if !begun && self.pending.starts_with('\n') {
            self.pending.remove(0);
        }
        if let Some(at) = self.pending.find(closer.as_str()) {
            let text = &self.pending[..at];
            let text = text.strip_suffix('\n').unwrap_or(text).to_string();
            self.say(text, out);
            self.pending.drain(..at + closer.len());
            self.state = State::After { dropped: 0 };
            return true;
        }
        let sure = match end {
            true => self.pending.len(),
            false => {
                let sure = before_part_of(&self.pending, core::iter::once(closer.as_str()));
                let text = &self.pending[..sure];
                text.strip_suffix('\n').unwrap_or(text).len()
            }
        };
        let text = self.pending.drain(..sure).collect();
        self.say(text, out);
        let begun = true;
        self.state = State::Answer { closer, begun };
        false
    }

    fn text(&mut self, end: bool, out: &mut Vec<Piece>) -> bool {
        if let Some((at, pair)) = self.opener() {
            let text = self.pending.drain(..at).collect();
            self.say(text, out);
            self.pending.drain(..self.tags.pairs[pair].0.len());
            self.state = self.inside(Some(pair));
            self.found = true;
            return true;
        }
        if let Some((at, len)) = self.stray_closer(end) {
            let text: String = self.pending.drain(..at).collect();
            self.pending.drain(..len);
            if self.tags.whole && !self.said {
                let text = text.trim_end();
                let text = text.strip_prefix('\n').unwrap_or(text);
                add(out, Piece::Reasoning(text.to_string()));
            } else {
                self.say(text, out);
            }
            self.found = true;
            self.state = State::After { dropped: 0 };
            return true;
        }
        let sure = if end {
            self.pending.len()
        } else {
            self.sure_text()
        };
        let text = self.pending.drain(..sure).collect();
        self.say(text, out);
        self.state = State::Text;
        false
    }

    /// An opening tag in the middle of text, where such may stand; not in code.
    fn opener(&self) -> Option<(usize, usize)> {
        if !self.tags.anywhere {
            return None;
        }
        let found = self
            .tags
            .pairs
            .iter()
            .enumerate()
            .flat_map(|(pair, (open, _))| {
                let places = self.pending.match_indices(open.as_str());
                places.map(move |(at, _)| (at, pair))
            });
        let in_code = |at: usize| {
            let before = &self.pending[..at];
            let quoted = before.chars().next_back().or(self.last) == Some('`');
            quoted || (self.fences + before.matches("```").count()) % 2 == 1
        };
        found.filter(|(at, _)| !in_code(*at)).min()
    }

    /// A closing tag without an opening one that stands at the start or the end of a line:
    /// text about tags has it in the middle.
    fn stray_closer(&self, end: bool) -> Option<(usize, usize)> {
        if !self.looks_for_closers() {
            return None;
        }
        let closers = self.tags.pairs.iter().map(|(_, close)| close.as_str());
        let places = closers.filter_map(|close| Some((self.pending.find(close)?, close.len())));
        let (at, len) = places.min()?;
        if self.quotes(&self.pending[..at]) {
            return None;
        }
        let before = self.pending[..at].chars().next_back().or(self.last);
        let after = self.pending[at + len..].chars().next();
        let alone = matches!(before, None | Some('\n'))
            || after == Some('\n')
            || after.is_none() && (end || self.tags.whole);
        (alone && before != Some('`')).then_some((at, len))
    }

    /// How much of the text is no part of a tag.
    fn sure_text(&self) -> usize {
        let none = self.pending.len();
        let mut sure = none;
        if self.tags.anywhere {
            let openers = self.tags.pairs.iter().map(|(open, _)| open.as_str());
            let fence = self.pending.trim_end_matches('`').len();
            sure = before_part_of(&self.pending, openers).min(fence);
        }
        if self.looks_for_closers() {
            let openers = self.tags.pairs.iter().map(|(open, _)| open.as_str());
            let closers = || self.tags.pairs.iter().map(|(_, close)| close.as_str());
            // A whole one at the very end waits for what follows.
            let whole = closers().find(|close| self.pending.ends_with(close));
            let whole = whole.map_or(none, |close| none - close.len());
            let part = before_part_of(&self.pending, openers.chain(closers()));
            sure = sure.min(part).min(whole);
        }
        sure
    }

    /// Whether a text speaks of an opening tag.
    fn quotes(&self, text: &str) -> bool {
        let mut openers = self.tags.pairs.iter().map(|(open, _)| open.as_str());
        openers.any(|open| text.contains(open))
    }

    fn say(&mut self, text: String, out: &mut Vec<Piece>) {
        if text.is_empty() {
            return;
        }
        self.said = true;
        if self.tags.anywhere {
            self.fences += text.matches("```").count();
        }
        self.quoted |= self.looks_for_closers() && self.quotes(&text);
        self.last = text.chars().next_back();
        add(out, Piece::Content(text));
    }
}

/// Where the longest end of the text begins that may become one of the needles.
fn before_part_of<'n>(text: &str, needles: impl Iterator<Item = &'n str>) -> usize {
    let part = |needle: &str| {
        let parts = needle.char_indices().rev().map(|(at, _)| at);
        parts
            .filter(|len| *len > 0 && *len <= text.len())
            .find(|len| text.as_bytes().ends_with(&needle.as_bytes()[..*len]))
    };
    text.len() - needles.filter_map(part).max().unwrap_or(0)
}
