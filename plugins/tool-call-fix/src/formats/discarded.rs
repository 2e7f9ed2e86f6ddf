//! Takes a block that began as calls do and is none, where such blocks are dropped.

use alloc::vec::Vec;

use super::json_args::up_to;
use super::{End, Match, Reader, Sink, Step, first_of};

/// Up to the tags that end the block. Without one it stays: nobody can tell where it ends.
pub struct Discarded {
    ends: Vec<&'static str>,
    /// Bytes that certainly stand before the first of them.
    seen: usize,
}

impl Discarded {
    pub fn new(ends: Vec<&'static str>) -> Self {
        Discarded { ends, seen: 0 }
    }
}

impl Reader for Discarded {
    fn read(&mut self, text: &str, end: End, _: &mut Sink) -> Step {
        let (safe, found) = up_to(&text[self.seen..], &[&self.ends], end);
        self.seen += safe;
        if !found {
            return Step::More(0);
        }
        let mut over = self.seen;
        loop {
            let rest = text[over..].trim_start();
            match first_of(rest, &self.ends) {
                Ok(tag) => over = text.len() - rest.len() + tag.len(),
                Err(Match::Begun) if !end.is_here() => return Step::More(0),
                Err(_) => return Step::Done(over),
            }
        }
    }
}
