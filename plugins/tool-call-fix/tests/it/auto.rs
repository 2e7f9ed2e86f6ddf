//! `formats: auto` for a model without a profile: text wakes the plugin by what one event shows. What
//! is found must be what is found where the format is named.

use std::path::Path;

use plugin_tool_call_fix::ToolCallFix;
use serde_json::{Value, json};
use yallmp_sdk::testkit::Kit;

use crate::fixtures::files;
use crate::support::{Case, Sections, collect, parse, sections, summary};

/// Thoughts, and text, that may stand before a call.
const BEFORE: [(Option<&str>, &str); 5] = [
    (None, ""),
    (None, "\n\n"),
    (None, " "),
    (None, "I look.\n"),
    (Some("I think."), ""),
];

/// Behind that many characters no cut matters any more.
const CUTS: usize = 32;

/// Shows what happens to the call of a format that is not named.
const OTHERS: &str = "function-tag-of-another-format";

fn case(sections: &Sections, format: Option<&str>, thoughts: Option<&str>, before: &str) -> Case {
    let mut sections = sections.clone();
    sections.remove("profile");
    let config = sections.remove("config").unwrap_or("{}".into());
    let mut config: Value = serde_json::from_str(&config).expect("JSON");
    let settings = config.as_object_mut().expect("settings");
    settings.remove("formats");
    settings.entry("unknown_tools").or_insert(json!("text"));
    if let Some(format) = format {
        settings.insert("formats".into(), json!([format]));
    }
    sections.insert("config".into(), config.to_string());
    if let Some(thoughts) = thoughts {
        sections.insert("reasoning".into(), thoughts.into());
    }
    if let Some(content) = sections.get_mut("content") {
        content.insert_str(0, before);
    }
    Case::of(sections)
}

fn is_format(name: &str) -> bool {
    let kit = Kit::<ToolCallFix>::new().config(json!({ "formats": [name] }).to_string());
    kit.plan().is_ok()
}

/// The pieces that the content comes in.
fn pieces(stream: &[String]) -> Vec<String> {
    let content = |event: &String| {
        Some(
            parse(event)["choices"][0]["delta"]["content"]
                .as_str()?
                .to_string(),
        )
    };
    stream.iter().filter_map(content).collect()
}

/// What the README says that is not found.
fn is_beyond(format: &str, call: &str, pieces: &[String]) -> bool {
    let text = call.trim_start();
    // A name alone, and its arguments in another event.
    let by_name = matches!(format, "glm4" | "mistral") && text.starts_with("stat");
    let apart = !pieces[0].contains("{\"");
    // A word that opens the message, behind white space in the same event.
    let words = ["Action:", "call:", "commentary to="];
    let by_word = words.iter().any(|word| text.starts_with(word));
    let behind_space = pieces[0].starts_with(char::is_whitespace) && !pieces[0].trim().is_empty();
    // The first letter of a word at the end of an event that holds more.
    let letter = pieces
        .iter()
        .any(|piece| piece.len() > 1 && piece.ends_with('f'));
    let by_letter = matches!(format, "kimi_k2" | "phi4_mini_json");
    by_name && apart || by_word && behind_space || by_letter && letter
}

#[test]
fn a_format_that_nobody_names_is_found_wherever_the_text_is_cut() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut missed = Vec::new();
    for path in files(&root) {
        let folder = path.parent().and_then(Path::file_name).expect("a folder");
        let format = folder.to_str().expect("text");
        let file = path.file_stem().expect("a name").to_str().expect("text");
        let sections = sections(&std::fs::read_to_string(&path).expect("UTF-8"));
        if !is_format(format) || !sections.contains_key("content") || file == OTHERS {
            continue;
        }
        for (thoughts, before) in BEFORE {
            let auto = case(&sections, None, thoughts, before);
            let named = case(&sections, Some(format), thoughts, before);
            let whole = auto.whole().expect("a text");
            let whole_is_missed = auto.run_whole(&whole) != named.run_whole(&whole);
            assert!(!whole_is_missed, "{format}/{file} behind {before:?}, whole");
            let stream = auto.stream();
            let mut streams = vec![stream.clone()];
            streams.extend(yallmp_sdk::testkit::cuts(&stream).take(before.len() + CUTS));
            streams.push(yallmp_sdk::testkit::single_chars(&stream));
            let said = |case: &Case, stream: &[String]| summary(&collect(&case.run(stream)));
            let expected = said(&named, &stream);
            for stream in streams {
                let is_found = said(&auto, &stream) == expected;
                let call = format!("{before}{}", sections["content"]);
                if !is_found && !is_beyond(format, &call, &pieces(&stream)) {
                    missed.push(format!("{format}/{file}: {:?}", pieces(&stream)));
                }
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
