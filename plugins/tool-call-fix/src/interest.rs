//! Which events must be looked at: as few as the enabled formats allow.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Interest;

use crate::formats::{Opener, Openers, Place};

/// What defects of calls that came as such, and of the end, show by.
const STRUCTURE: [&str; 9] = [
    "\"tool_calls\"",
    "\"function_call\":{",
    "\"function_call\": {",
    "\"finish_reason\":\"function_call\"",
    "\"finish_reason\": \"function_call\"",
    "\"tool_use\"",
    "\"end_turn\"",
    "\"role\":null",
    "\"role\": null",
];

/// Openers of text formats begin with `<`, and code that they do not count in with a backtick;
/// JSON may spell both otherwise.
const TEXT: [&str; 5] = ["<", "\\u003c", "\\u003C", "`", "\\u0060"];

/// Any content: what a message starts with can be told from plain text only by looking.
const CONTENT: [&str; 2] = ["\"content\":\"", "\"content\": \""];

/// What shows that a text may start with a call without delimiters: its bracket, with white space before
/// it or without; an object in the text, which in a whole answer may follow a name; white space alone, or
/// thoughts in a field of their own, behind which the start is still to come.
const BARE: [&str; 17] = [
    "\"{",
    "\"[",
    "\" {",
    "\" [",
    "\\n{",
    "\\n[",
    "{\\\"",
    "{ \\\"",
    "{\\n",
    "{}\"",
    "\"\\n\"",
    "\"\\n\\n\"",
    "\" \"",
    "\"reasoning_content\":\"",
    "\"reasoning_content\": \"",
    "\"reasoning\":\"",
    "\"reasoning\": \"",
];

/// The last chunk of a stream, which counts tokens.
const USAGE: [&str; 2] = ["\"usage\":{", "\"usage\": {"];

/// Chunks that count tokens, too.
pub fn and_usage(interest: Interest) -> Interest {
    match interest {
        Interest::AnyOf(mut needles) => {
            needles.extend(USAGE.iter().map(ToString::to_string));
            Interest::AnyOf(needles)
        }
        other => other,
    }
}

/// Calls that came as such: all that matters if no text can be a call.
pub fn structure() -> Interest {
    Interest::any_of(&STRUCTURE)
}

/// Text that looks like a call, before any was looked at. The first letter of a word at the end
/// of a piece does not, but if it is all of it: nearly every text has a piece that ends so.
pub fn guess(openers: &Openers) -> Interest {
    let Interest::AnyOf(mut needles) = with(&BARE, openers) else {
        return Interest::None;
    };
    for needle in &mut needles {
        if needle.len() == 2 && needle.starts_with(char::is_alphanumeric) {
            needle.insert(0, '"');
        }
    }
    for needle in openers.iter().flat_map(first_word) {
        if !needles.iter().any(|known| needle.contains(known)) {
            needles.push(needle);
        }
    }
    Interest::AnyOf(needles)
}

/// What shows an opener that counts only where the message starts, and begins with a word: the word's first
/// letters, alone or with more.
fn first_word(opener: &Opener) -> Vec<String> {
    let text = opener.text;
    let is_word = text.starts_with(|c: char| c.is_alphabetic());
    // Every stream has it as its role.
    if opener.place == Place::Anywhere || !is_word || text.starts_with("assistant") {
        return Vec::new();
    }
    let begun = (1..FIRST_LETTERS).map(|length| alloc::format!("\"{}\"", &text[..length]));
    let enough = alloc::format!("\"{}", &text[..FIRST_LETTERS]);
    begun.chain([enough]).collect()
}

/// So many letters of a word are seldom the beginning of a text.
const FIRST_LETTERS: usize = 4;

/// Until the first words of the content are there.
pub fn start(openers: &Openers) -> Interest {
    if openers.look_at_start() {
        with(&CONTENT, openers)
    } else {
        text(openers)
    }
}

/// After them, until a call is seen.
pub fn text(openers: &Openers) -> Interest {
    with(&[], openers)
}

fn with(more: &[&str], openers: &Openers) -> Interest {
    let fixed = STRUCTURE.iter().chain(more).map(ToString::to_string);
    Interest::AnyOf(fixed.chain(of_text(openers)).collect())
}

fn of_text(openers: &Openers) -> Vec<String> {
    let mut needles: Vec<String> = TEXT.iter().map(ToString::to_string).collect();
    let texts = openers
        .iter()
        .filter(|opener| opener.place == Place::Anywhere)
        .map(|opener| opener.text)
        .filter(|text| !text.starts_with('<'));
    for needle in texts.flat_map(telling) {
        if !needles.contains(&needle) {
            needles.push(needle);
        }
    }
    needles
}

/// What shows an opener that does not begin with `<`. If with a letter, its first word, or the
/// beginning of that at the end of the text. If with punctuation, that with what must follow it,
/// or at the end of the text.
fn telling(text: &str) -> Vec<String> {
    let letters = text.find(|c: char| !c.is_alphanumeric());
    let word = match letters {
        Some(0) => {
            let mut chars = text.chars();
            let first: String = chars.by_ref().take(1).collect();
            let second: String = chars.take(1).collect();
            return [first.clone() + &second, first + "\""].into();
        }
        Some(length) => &text[..length],
        None => text,
    };
    let begun = (1..word.len()).map(|length| word[..length].to_string() + "\"");
    begun.chain([word.to_string()]).collect()
}

#[cfg(test)]
#[path = "interest_tests.rs"]
mod tests;
