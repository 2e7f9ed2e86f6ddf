//! Which events must be looked at: as few as possible once the text has begun.

use alloc::vec::Vec;

use yallmp_sdk::Interest;

use crate::settings::{Raw, Settings, Starts};
use crate::target::Target;

/// Members that say nothing and yet end a block of reasoning in clients, and shapes that
/// clients cannot read.
const ODD: [&str; 16] = [
    "\"tool_calls\":[]",
    "\"tool_calls\": []",
    "\"tool_calls\":null",
    "\"tool_calls\": null",
    "\"reasoning_content\":null",
    "\"reasoning_content\": null",
    "\"reasoning_content\":\"\"",
    "\"reasoning_content\": \"\"",
    "\"reasoning\":null",
    "\"reasoning\": null",
    "\"reasoning\":\"\"",
    "\"reasoning\": \"\"",
    "\"content\":[",
    "\"content\": [",
    "\"thinking\":\"",
    "\"thinking\": \"",
];

const FIELDS: [&str; 2] = ["\"reasoning", "\"thinking\""];
/// The first reasoning in a field, wherever it stands.
const FIRST: [&str; 4] = [
    "\"reasoning\":\"",
    "\"reasoning\": \"",
    "\"reasoning_content\":\"",
    "\"reasoning_content\": \"",
];

/// A text that begins like a tag; JSON may spell `<` and `◁` otherwise. In the first events it is the
/// beginning of the answer.
const STARTS: [&str; 14] = [
    "\"content\":\"<",
    "\"content\": \"<",
    "\"content\":\"\\u003c",
    "\"content\": \"\\u003c",
    "\"content\":\"\\u003C",
    "\"content\": \"\\u003C",
    "\"content\":\"[",
    "\"content\": \"[",
    "\"content\":\"◁",
    "\"content\": \"◁",
    "\"content\":\"\\u25c1",
    "\"content\": \"\\u25c1",
    "\"content\":\"\\u25C1",
    "\"content\": \"\\u25C1",
];

/// Closing tags that come as one token.
const CLOSERS: [&str; 8] = [
    "</think>",
    "\\u003c/think",
    "\\u003C/think",
    "</thought>",
    "[/THINK]",
    "◁/think▷",
    "\\u25c1/think",
    "\\u25C1/think",
];

/// How tags begin, wherever they are cut.
const BEGINNINGS: [&str; 7] = ["<", "\\u003c", "\\u003C", "[", "◁", "\\u25c1", "\\u25C1"];

/// Until the first event.
pub fn initial(settings: &Settings) -> Interest {
    match settings.raw {
        // Where the text began decides what becomes of reasoning behind it.
        _ if settings.written().is_some() => Interest::All,
        Raw::Yes => Interest::All,
        Raw::Maybe => {
            let closers = settings.starts_inside != Starts::Never;
            let mut needles = needles(settings, closers, false);
            needles.extend(STARTS);
            if settings.may_come_last {
                needles.extend(FIRST);
            }
            any_of(settings, &needles)
        }
        Raw::No => any_of(settings, &needles(settings, false, false)),
    }
}

/// When the text can hold no opening tag any more. `closers`: closing tags still mean
/// something; `copies`: a field may repeat what stood between tags; `awaits`: the first
/// reasoning is still to come.
pub fn reduced(settings: &Settings, closers: bool, copies: bool, awaits: bool) -> Interest {
    let mut needles = needles(settings, closers, copies);
    if awaits {
        needles.extend(FIRST);
    }
    any_of(settings, &needles)
}

fn any_of(settings: &Settings, needles: &[&str]) -> Interest {
    match settings.promote {
        true => Interest::All,
        false => Interest::any_of(needles),
    }
}

fn needles(settings: &Settings, closers: bool, copies: bool) -> Vec<&'static str> {
    let mut needles: Vec<&str> = ODD.to_vec();
    if settings.target != Target::Auto || copies {
        needles.extend(FIELDS);
    } else if settings.may_be_cumulative {
        needles.push("\"reasoning_details\"");
    }
    match settings.raw {
        Raw::Yes if closers => needles.extend(BEGINNINGS),
        _ if closers => needles.extend(CLOSERS),
        _ => {}
    }
    needles
}
