//! Which events must be looked at: as few as the enabled formats allow.

use yallmp_sdk::Interest;

use crate::formats::{Format, Opener};

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

/// Until a call is seen.
pub fn initial(formats: &[&Format]) -> Interest {
    let mut needles = STRUCTURE.to_vec();
    if !formats.is_empty() {
        needles.extend(TEXT);
    }
    for needle in formats
        .iter()
        .flat_map(|format| format.openers)
        .filter_map(bare)
    {
        if !needles.contains(&needle) {
            needles.push(needle);
        }
    }
    Interest::any_of(&needles)
}

/// For a request without tools: no text can be a call.
pub fn structure() -> Interest {
    Interest::any_of(&STRUCTURE)
}

/// What shows an opener that does not begin with `<`: its first letters, because backends put
/// punctuation into a token, and so an event, of its own.
fn bare(opener: &Opener) -> Option<&'static str> {
    let text = opener.text;
    let letters = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    match letters {
        0 if text.starts_with('<') => None,
        0 => Some(text),
        _ => Some(&text[..letters]),
    }
}
