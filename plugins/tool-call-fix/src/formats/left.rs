//! Why text that looked like a call stayed text: for whoever reads the log.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Of one text no more are told.
const MAX_TOLD: usize = 4;

/// Of a name no more is told.
const MAX_NAME: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The request offers no such tool.
    Unknown(String),
    /// It cannot be read.
    Broken,
    /// It stands in Markdown code.
    Code,
    /// It stands in thoughts, where calls do not count.
    Thought,
    /// It counts only at the end, and something follows.
    Followed,
    /// So much text may be held back, and it was not clear yet.
    TooLong,
    /// So many openers led to no call that no further one is looked at.
    TooMany,
    /// The format is not among those that are looked for.
    NotLookedFor,
    /// There is nothing to call.
    NoTools,
}

/// Text that stayed text, and the format that it looked like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    format: &'static str,
    why: Why,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left as text: it looks like {}, but ", self.format)?;
        match &self.why {
            Why::Unknown(name) => write!(f, "the request offers no tool {name:?}"),
            Why::Broken => f.write_str("it cannot be read as a call"),
            Why::Code => f.write_str("it stands in Markdown code"),
            Why::Thought => f.write_str("it stands in reasoning, and `in_reasoning` is `off`"),
            Why::Followed => {
                f.write_str("something follows, and here a call counts only at the end")
            }
            Why::TooLong => f.write_str("64 KiB of it did not show a call"),
            Why::TooMany => f.write_str("too many before it were no calls; no more are looked for"),
            Why::NotLookedFor => f.write_str("`formats` or the profile do not name that format"),
            Why::NoTools => f.write_str("the request offers no tools, or forbids to call them"),
        }
    }
}

/// What one text left, each reason once.
#[derive(Default)]
pub struct Lefts {
    told: Vec<Left>,
    /// Of these the log does not know yet.
    new: usize,
    /// Of the place where the text stands; another format may still read it.
    pending: Option<Left>,
}

impl Lefts {
    /// A format did not read what stands here. That a tool is unknown says more than the rest.
    pub fn try_failed(&mut self, format: &'static str, why: Why) {
        if self.pending.is_none() || matches!(why, Why::Unknown(_)) {
            self.pending = Some(Left { format, why });
        }
    }

    /// No format reads what stands here. False: none had tried.
    pub fn give_up(&mut self) -> bool {
        let left = self.pending.take();
        let tried = left.is_some();
        left.into_iter().for_each(|left| self.tell(left));
        tried
    }

    /// One does.
    pub fn was_read(&mut self) {
        self.pending = None;
    }

    pub fn left(&mut self, format: &'static str, why: Why) {
        self.tell(Left { format, why });
    }

    fn tell(&mut self, left: Left) {
        if self.told.len() < MAX_TOLD && !self.told.contains(&left) {
            self.told.push(left);
            self.new += 1;
        }
    }

    /// Whether there may be more.
    pub fn is_full(&self) -> bool {
        self.told.len() == MAX_TOLD
    }

    /// What is new since this was last asked.
    pub fn take(&mut self) -> &[Left] {
        let new = core::mem::take(&mut self.new);
        &self.told[self.told.len() - new..]
    }
}

/// A name as it is told.
pub fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}
