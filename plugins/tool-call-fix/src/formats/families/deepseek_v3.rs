//! `DeepSeek` V3, R1-0528 and, without fence and `function`, V3.1, V3.2-Exp:
//!
//! ````text
//! <｜tool▁calls▁begin｜>
//!   <｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME
//!   ```json
//!   {…}
//!   ```<｜tool▁call▁end｜>
//!   <｜tool▁call▁begin｜>NAME<｜tool▁sep｜>{…}<｜tool▁call▁end｜>
//! <｜tool▁calls▁end｜>
//! ````

use crate::formats::named_json::{Call, Head, Naming, named_json};
use crate::formats::{Format, Match, Opener, Sink, is_name, matches, split_name};

pub static FORMAT: Format = Format {
    name: "deepseek_v3",
    aliases: &["deepseekv3", "deepseek_v31", "deepseekv31", "deepseek_r1"],
    openers: &[
        Opener::new(SECTION, |c| c == '<', named_json!(CALLS)),
        Opener::new(CALL, is_name, named_json!(CALLS)),
    ],
    unmistakable: true,
};

const SECTION: &str = "<｜tool▁calls▁begin｜>";
const SECTION_END: &str = "<｜tool▁calls▁end｜>";
const CALL: &str = "<｜tool▁call▁begin｜>";
const CALL_END: &str = "<｜tool▁call▁end｜>";
const SEPARATOR: &str = "<｜tool▁sep｜>";
const FENCE: &str = "```";

static CALLS: Naming = Naming {
    head,
    close: &[FENCE, CALL_END],
    again: &[CALL],
    end: &[SECTION_END],
};

fn head(text: &str, _: &Sink) -> Head {
    let rest = text.strip_prefix(SECTION).unwrap_or(text).trim_start();
    let rest = match matches(rest, CALL) {
        Match::Yes => rest[CALL.len()..].trim_start(),
        other => return other.into(),
    };
    let (mut name, mut rest) = split_name(rest);
    rest = match matches(rest, SEPARATOR) {
        Match::Yes => &rest[SEPARATOR.len()..],
        other => return other.into(),
    };
    if name == "function" {
        // A tool may itself be called so: then its arguments follow at once.
        let (second, after) = split_name(rest.trim_start());
        if !second.is_empty() || rest.is_empty() {
            (name, rest) = (second, after);
        }
        if rest.is_empty() {
            return Head::Begun;
        }
    }
    rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix(FENCE) {
        rest = inside.strip_prefix("json").unwrap_or(inside).trim_start();
        if "json".starts_with(inside) {
            return Head::Begun;
        }
    }
    match matches(rest, "{") {
        Match::Yes => Head::Call(Call {
            name: name.into(),
            id: None,
            arguments: text.len() - rest.len(),
        }),
        Match::Begun => Head::Begun,
        Match::No => matches(rest, FENCE).into(),
    }
}
