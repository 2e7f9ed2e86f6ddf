//! Every way in which a format is known to be written, one call or two, next to each other in one file:
//! a line `### FORMAT: WHAT | FORMATS`, what the model wrote, `=>`, and what the client gets. Without FORMATS
//! the setting is `auto` for a model that nobody knows. It is sent streamed, a character at a time, and whole.

use serde_json::{Value, json};

use crate::support::{Case, Sections, chunk, collect, parse, summary};

struct Spelling<'a> {
    name: &'a str,
    case: Case,
    field: &'static str,
    text: &'a str,
    finish: &'static str,
    expected: &'a str,
}

fn read(block: &str) -> Spelling<'_> {
    let (head, body) = block.split_once('\n').expect("a head");
    let (name, formats) = head
        .split_once(" | ")
        .map_or((head, None), |(name, formats)| (name, Some(formats)));
    let (text, expected) = body.split_once("\n=>\n").expect("what the client gets");
    let field = if name.starts_with("(thought)") {
        "reasoning"
    } else {
        "content"
    };
    let finish = if name.starts_with("(cut)") {
        "length"
    } else {
        "stop"
    };
    let config = formats.map(|formats| {
        (
            "config",
            json!({"formats": formats.split(',').collect::<Value>()}).to_string(),
        )
    });
    let sections = [(field, text), ("finish", finish), ("out", expected)];
    let sections = sections.map(|(name, body)| (name, body.to_string()));
    let sections: Sections = sections
        .into_iter()
        .chain(config)
        .map(|(name, body)| (name.to_string(), body))
        .collect();
    Spelling {
        name,
        case: Case::of(sections),
        field,
        text,
        finish,
        expected: expected.trim_end(),
    }
}

impl Spelling<'_> {
    fn in_characters(&self) -> Vec<String> {
        let field = if self.field == "reasoning" {
            "reasoning_content"
        } else {
            "content"
        };
        let each = self
            .text
            .chars()
            .map(|c| chunk(&json!({ field: c.to_string() }), None));
        let mut events = vec![chunk(&json!({"role": "assistant"}), None)];
        events.extend(each);
        events.push(chunk(&json!({}), Some(self.finish)));
        events
    }
}

#[test]
fn every_spelling_is_read() {
    let text = include_str!("../spellings.txt").replace("\r\n", "\n");
    let mut wrong = Vec::new();
    for block in format!("\n{text}").split("\n### ").skip(1) {
        let spelling = read(block);
        let case = &spelling.case;
        let whole = case.whole().expect("a text");
        let found = [
            ("streamed", summary(&collect(&case.run(&case.stream())))),
            (
                "in characters",
                summary(&collect(&case.run(&spelling.in_characters()))),
            ),
            ("whole", summary(&parse(&case.run_whole(&whole)))),
        ];
        for (how, found) in found {
            if found != spelling.expected {
                wrong.push(format!("{} {how}:\n{found}", spelling.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
