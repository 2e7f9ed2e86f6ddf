//! Strings as Python writes them, turned into the text of a JSON string as they arrive.

use alloc::string::String;

use super::{End, Match, Sink, matches};
use crate::text::escape;

/// More white space than this between a quote and what may follow a string refutes it.
const MAX_SPACE: usize = 256;

/// Hands on what is certain of a string's text: how much, and whether the string ends.
pub fn read(text: &str, quote: &str, plain: bool, end: End, sink: &mut Sink) -> (usize, bool) {
    let mut out = String::with_capacity(text.len());
    let special = |c: char| c == '\\' && !plain || quote.starts_with(c);
    let mut at = 0;
    let closed = loop {
        let rest = &text[at..];
        let run = rest.find(special).unwrap_or(rest.len());
        escape(&rest[..run], &mut out);
        at += run;
        let rest = &rest[run..];
        if rest.is_empty() {
            break false;
        }
        let taken = if rest.starts_with('\\') && !plain {
            unescape(rest, end, &mut out)
        } else {
            match ends(rest, quote, end) {
                Match::Yes => {
                    at += quote.len();
                    break true;
                }
                Match::Begun => 0,
                Match::No => {
                    let first = rest.chars().next().map_or(0, char::len_utf8);
                    escape(&rest[..first], &mut out);
                    first
                }
            }
        };
        if taken == 0 {
            break false;
        }
        at += taken;
    };
    sink.args(&out);
    (at, closed)
}

/// Whether the string ends at this quote: a single one that stands before anything but what may
/// follow a value belongs to the text.
fn ends(text: &str, quote: &str, end: End) -> Match {
    match matches(text, quote) {
        Match::Yes => {}
        Match::Begun if end.is_here() => return Match::No,
        other => return other,
    }
    if quote.len() > 1 {
        return Match::Yes;
    }
    let after = &text[quote.len()..];
    let next = after.trim_start();
    match next.chars().next() {
        _ if after.len() - next.len() > MAX_SPACE => Match::No,
        Some(',' | ')' | ']' | '}' | ':') => Match::Yes,
        None if !end.is_here() => Match::Begun,
        None => Match::Yes,
        Some(_) => Match::No,
    }
}

/// Writes what a backslash means; how many bytes it took, 0 if it is not all there.
fn unescape(text: &str, end: End, out: &mut String) -> usize {
    let Some(next) = text[1..].chars().next() else {
        return 0;
    };
    let digits = |from: usize, count: usize| text.as_bytes().get(from..from + count);
    let hex = |count: usize| {
        let digits = core::str::from_utf8(digits(2, count)?).ok()?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    };
    let count = match next {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if count > 0 && text.len() < 2 + count && !end.is_here() {
        return 0;
    }
    let plain = match next {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        '0' => '\0',
        '\\' | '\'' | '"' => next,
        '\n' => return 2,
        'u' if digits(2, 4).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => {
            // As JSON has it, so that pairs of surrogates stay pairs.
            out.push_str(&text[..6]);
            return 6;
        }
        'x' | 'U' => match hex(count) {
            Some(c) => {
                escape(c.encode_utf8(&mut [0; 4]), out);
                return 2 + count;
            }
            None => '\\',
        },
        // Python leaves what it does not know.
        _ => '\\',
    };
    escape(plain.encode_utf8(&mut [0; 4]), out);
    if plain == '\\' && next != '\\' { 1 } else { 2 }
}
