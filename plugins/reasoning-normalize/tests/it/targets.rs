//! Every shape that the fixtures have, written as every target, streamed, in characters and whole.

use serde_json::{Value, json};
use yallmp_sdk::testkit::single_chars;

use crate::fixtures::fixtures;
use crate::support::{kit, message, streamed};

/// What an answer says, whatever shape its reasoning has: reasoning, text, finish.
fn said(message: &Value, target: &str) -> [String; 3] {
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    let details = message["reasoning_details"]
        .as_array()
        .into_iter()
        .flatten();
    let details: String = details
        .filter_map(|detail| detail["text"].as_str().or(detail["summary"].as_str()))
        .collect();
    let fields = [text("reasoning_content"), text("reasoning"), details];
    let content = text("content");
    let in_text = match target {
        "think_tags" => Some(("<think>\n", "\n</think>")),
        "details_html" => Some(("<details><summary>Thinking</summary>\n\n", "\n\n</details>")),
        _ => None,
    };
    let block = in_text.and_then(|(open, close)| content.strip_prefix(open)?.split_once(close));
    let (reasoning, content) = match block {
        Some((reasoning, rest)) => (reasoning, rest.strip_prefix("\n\n").unwrap_or(rest)),
        None => {
            let longest = fields.iter().max_by_key(|field| field.len()).unwrap();
            assert!(
                fields
                    .iter()
                    .all(|field| field.is_empty() || field == longest),
                "{message:#}"
            );
            (longest.as_str(), content.as_str())
        }
    };
    [reasoning.to_owned(), content.to_owned(), text("finish")]
}

/// Where reasoning of each target stands, of all places.
fn places(message: &Value) -> Vec<&str> {
    let all = ["reasoning_content", "reasoning", "reasoning_details"];
    all.into_iter()
        .filter(|name| message.get(name).is_some())
        .collect()
}

#[test]
fn every_shape_becomes_every_target() {
    let targets: [(&str, &[&str]); 7] = [
        ("reasoning_content", &["reasoning_content"]),
        ("reasoning", &["reasoning"]),
        ("reasoning_details", &["reasoning_details"]),
        ("both", &["reasoning_content", "reasoning"]),
        ("think_tags", &[]),
        ("details_html", &[]),
        ("drop", &[]),
    ];
    let fixtures = fixtures();
    let plain = fixtures.iter().filter(|fixture| {
        fixture.part("config").is_none() && fixture.part("only") != Some("tokens")
    });
    let mut count = 0;
    let mut wrong = Vec::new();
    for fixture in plain {
        let expected = fixture.json("message");
        let [reasoning, content, finish] = said(&expected, "auto");
        for (target, fields) in targets {
            // Behind text there is no block of reasoning, and what closes one may be our own.
            let behind_text = [
                "late-reasoning-stays.txt",
                "anywhere.txt",
                "stray-closer-stream.txt",
            ];
            let in_text = matches!(target, "think_tags" | "details_html");
            if in_text && behind_text.contains(&fixture.name.as_str()) {
                continue;
            }
            let kit = kit(
                &json!({ "target": target }).to_string(),
                &fixture.json("profile").to_string(),
            );
            let mut found = Vec::new();
            if fixture.is_for("stream") {
                found.push(streamed(&kit, &fixture.events()));
                found.push(streamed(&kit, &single_chars(&fixture.events())));
            }
            if fixture.is_for("whole") {
                found.push(message(&kit.whole(&fixture.answer()).unwrap()));
            }
            for found in found {
                let reasoning = if target == "drop" { "" } else { &reasoning };
                let label = format!("{} as {target}: {found:#}", fixture.name);
                let fields = if reasoning.is_empty() { &[] } else { fields };
                if said(&found, target) != [reasoning, &content, &finish]
                    || places(&found) != fields
                {
                    wrong.push(label);
                }
                count += 1;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count > 500, "{count}");
}
