//! Each file in `tests/fixtures` is an answer and what the client must get: sections `config`,
//! `profile`, `deltas` (one a line, the last line the finish reason), `message`, and `only`
//! (`stream` or `whole` where the two differ by nature, `tokens` for a stream as it is cut). What comes out must not depend on where
//! the text was cut, nor on whether it was streamed, and stays when it is patched again.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use yallmp_sdk::testkit::{collect, cuts, single_chars};

use crate::support::{chunk, finish, kit, message, streamed};

pub struct Fixture {
    pub name: String,
    parts: BTreeMap<String, String>,
}

impl Fixture {
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts.get(name).map(String::as_str)
    }

    pub fn json(&self, name: &str) -> Value {
        let text = self.part(name).unwrap_or("{}");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{} {name}: {error}", self.name))
    }

    fn kit(&self) -> yallmp_sdk::testkit::Kit<plugin_reasoning_normalize::ReasoningNormalize> {
        kit(
            self.part("config").unwrap_or("null"),
            &self.json("profile").to_string(),
        )
    }

    pub fn events(&self) -> Vec<String> {
        let mut lines: Vec<&str> = self.part("deltas").unwrap().lines().collect();
        let end = lines.pop().unwrap();
        let delta = |line: &&str| {
            let delta = serde_json::from_str(line);
            chunk(&delta.unwrap_or_else(|error| panic!("{}: {error}: {line}", self.name)))
        };
        let mut events: Vec<String> = lines.iter().map(delta).collect();
        events.extend((end != "nothing").then(|| finish(end)));
        events
    }

    /// The same as a whole answer.
    pub fn answer(&self) -> String {
        let mut answer: Value = serde_json::from_str(&collect(&self.events())).unwrap();
        answer["object"] = json!("chat.completion");
        answer.to_string()
    }

    pub fn is_for(&self, way: &str) -> bool {
        self.part("only").is_none_or(|only| only == way)
    }
}

pub fn fixtures() -> Vec<Fixture> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let mut parts = BTreeMap::new();
        for part in format!("\n{text}").split("\n--- ").skip(1) {
            let (name, body) = part.split_once('\n').unwrap_or((part, ""));
            parts.insert(
                name.trim().to_owned(),
                body.trim_end_matches('\n').to_owned(),
            );
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        all.push(Fixture { name, parts });
    }
    assert!(all.len() > 20);
    all
}

#[test]
fn streamed_in_any_pieces() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_for("stream")) {
        let (kit, events, expected) = (fixture.kit(), fixture.events(), fixture.json("message"));
        assert_eq!(streamed(&kit, &events), expected, "{}", fixture.name);
        let single = single_chars(&events);
        assert_eq!(
            streamed(&kit, &single),
            expected,
            "{} in characters",
            fixture.name
        );
        for cut in cuts(&events) {
            assert_eq!(
                streamed(&kit, &cut),
                expected,
                "{} cut: {cut:#?}",
                fixture.name
            );
        }
    }
}

#[test]
fn whole() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_for("whole")) {
        let out = fixture.kit().whole(&fixture.answer()).unwrap();
        assert_eq!(message(&out), fixture.json("message"), "{}", fixture.name);
    }
}

#[test]
fn patched_twice() {
    for fixture in fixtures().iter().filter(|fixture| fixture.is_for("stream")) {
        let once = fixture.kit().stream(&fixture.events()).unwrap();
        let twice = fixture.kit().stream(&once).unwrap();
        assert_eq!(
            message(&collect(&once)),
            message(&collect(&twice)),
            "{}",
            fixture.name
        );
    }
}

#[test]
fn tokens() {
    for fixture in fixtures()
        .iter()
        .filter(|fixture| fixture.part("only") == Some("tokens"))
    {
        let found = streamed(&fixture.kit(), &fixture.events());
        assert_eq!(found, fixture.json("message"), "{}", fixture.name);
    }
}
