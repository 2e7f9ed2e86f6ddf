//! Events that differ from the one before in their words alone.

use memchr::{memchr, memchr2, memrchr};

use crate::alike::Alike;

/// Keys whose text has no meaning to the proxy.
const WORDS: [&[u8]; 6] = [
    b"content",
    b"reasoning_content",
    b"reasoning",
    b"text",
    b"arguments",
    b"delta",
];

/// Most events of a stream are twins of the one before: the model has said some more words,
/// and all else stands as it stood. What was found out about the one holds for the other,
/// and is not looked for again.
#[derive(Debug, Default)]
pub struct Twin {
    words: Option<Words>,
}

/// A string that holds words, without a backslash, in the frame of an event.
#[derive(Debug, Clone, Copy)]
struct Words {
    /// Place of the quote that opens it.
    open: usize,
    /// Bytes from the quote that closes it to the end of the frame.
    behind: usize,
}

impl Twin {
    /// Whether `event` is `before` with other words. Both are frames, and alike so far; the
    /// data of `before` must be a JSON object.
    pub fn is(&mut self, before: &[u8], event: &[u8], Alike { begin, end }: Alike) -> bool {
        let differ = |words: &Words| words.open < begin && words.behind <= end;
        let known = self.words.filter(differ);
        // Behind a comment or another field, quotes need not come in pairs.
        let words = known.or_else(|| {
            let words = before
                .starts_with(b"data:")
                .then(|| Words::around(before, begin));
            words.flatten().filter(differ)
        });
        // Where no quote and no backslash comes or goes, the string stays one string.
        self.words = words.filter(|_| is_plain(&event[begin..event.len() - end]));
        self.words.is_some()
    }
}

impl Words {
    /// The string in which the byte at `place` lies, if it holds words.
    fn around(event: &[u8], place: usize) -> Option<Self> {
        let mut from = 0;
        loop {
            let open = from + memchr(b'"', event.get(from..)?)?;
            if open >= place {
                return None;
            }
            let mut close = open + 1;
            let mut is_escaped = false;
            loop {
                close += memchr2(b'"', b'\\', event.get(close..)?)?;
                if event[close] == b'"' {
                    break;
                }
                is_escaped = true;
                close += 2;
            }
            if close >= place {
                let behind = event.len() - close;
                return (!is_escaped && is_of_words(&event[..open]))
                    .then_some(Self { open, behind });
            }
            from = close + 1;
        }
    }
}

/// Whether what begins behind `head` is the value of a key for words.
fn is_of_words(head: &[u8]) -> bool {
    let key = || {
        let head = head.trim_ascii_end().strip_suffix(b":")?;
        let head = head.trim_ascii_end().strip_suffix(b"\"")?;
        let open = memrchr(b'"', head)?;
        // A quote inside of a longer key stands behind a backslash.
        (open > 0 && head[open - 1] != b'\\').then(|| &head[open + 1..])
    };
    key().is_some_and(|key| WORDS.contains(&key))
}

/// Whether it can stand in any string as it is.
fn is_plain(text: &[u8]) -> bool {
    text.iter()
        .all(|&byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
#[path = "twin_tests.rs"]
mod tests;
