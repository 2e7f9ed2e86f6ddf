//! Lines of system prompts, wherever requests have them.

use alloc::string::String;

use yallmp_sdk::json::Array;
use yallmp_sdk::{Glob, Json};

/// Takes the lines out of this member of a request, and says how many there were. What has
/// nothing else in it goes with them: a part, a message, the member itself (it is `null` then).
pub fn clean(name: &str, member: &mut Json<'_>, lines: &[Glob]) -> usize {
    match name {
        "messages" | "input" => messages(member, lines),
        _ => content(member, lines),
    }
}

fn messages(messages: &mut Json<'_>, lines: &[Glob]) -> usize {
    let concerned = |message: &Json<'_>| {
        let role = message.get("role").and_then(Json::as_str);
        matches!(role, Some("system" | "developer"))
            && message
                .get("content")
                .is_some_and(|content| count(content, lines) > 0)
    };
    items(messages, concerned, |message| {
        let Some(text) = message.get_mut("content") else {
            return (0, false);
        };
        (content(text, lines), text.is_null())
    })
}

/// A text or a list of parts.
fn content(json: &mut Json<'_>, lines: &[Glob]) -> usize {
    let found = count(json, lines);
    if found == 0 {
        return 0;
    }
    if let Some(text) = json.as_str() {
        let left = without(text, lines);
        *json = if left.trim().is_empty() {
            Json::Null
        } else {
            left.into()
        };
        return found;
    }
    let concerned = |part: &Json<'_>| part.get("text").is_some_and(|text| count(text, lines) > 0);
    items(json, concerned, |part| {
        let Some(text) = part.get_mut("text") else {
            return (0, false);
        };
        (content(text, lines), text.is_null())
    });
    if json.as_array().is_some_and(Array::is_empty) {
        *json = Json::Null;
    }
    found
}

/// Cleans the items that are concerned and takes those out that are empty then; the others
/// keep their spelling. `clean` says how many lines, and whether nothing is left.
fn items<'a>(
    list: &mut Json<'a>,
    concerned: impl Fn(&Json<'_>) -> bool,
    clean: impl Fn(&mut Json<'a>) -> (usize, bool),
) -> usize {
    let mut found = 0;
    let Some(list) = list.as_array_mut() else {
        return 0;
    };
    if !list.iter().any(&concerned) {
        return 0;
    }
    list.items_mut().retain_mut(|item| {
        if !concerned(item) {
            return true;
        }
        let (lines, is_empty) = clean(item);
        found += lines;
        !is_empty
    });
    found
}

/// How many of the lines a text, or the texts of a list of parts, have.
fn count(json: &Json<'_>, lines: &[Glob]) -> usize {
    let in_text = |text: &str| text.lines().filter(|line| is_one(line, lines)).count();
    let texts = json.as_array().into_iter().flatten();
    let texts = texts.filter_map(|part| part.get("text")?.as_str());
    json.as_str().map_or(0, in_text) + texts.map(in_text).sum::<usize>()
}

fn without(text: &str, lines: &[Glob]) -> String {
    let kept = text.split_inclusive('\n');
    kept.filter(|line| !is_one(line.trim_end_matches(['\n', '\r']), lines))
        .collect()
}

fn is_one(line: &str, lines: &[Glob]) -> bool {
    lines.iter().any(|glob| glob.fits(line))
}
