//! Cases, and what a client makes of an answer.

use std::collections::BTreeMap;
use std::fmt::Write;

use plugin_tool_call_fix::ToolCallFix;
use serde_json::{Value, json};
use yallmp_sdk::testkit::Kit;

/// The tools that most cases offer.
pub const REQUEST: &str = include_str!("request.json");

pub struct Case {
    kit: Kit<ToolCallFix>,
    whole_kit: Kit<ToolCallFix>,
    content: Option<String>,
    reasoning: Option<String>,
    events: Vec<String>,
    whole: Option<String>,
    finish: String,
    pub out: Expect,
    sent: Option<Vec<String>>,
    answer: Option<String>,
    pub may_be_cut: bool,
}

pub enum Expect {
    Unchanged,
    Lines(String),
}

/// A case's sections, by name.
pub type Sections = BTreeMap<String, String>;

pub fn sections(text: &str) -> Sections {
    let mut sections = BTreeMap::new();
    for section in format!("\n{text}").split("\n--- ").skip(1) {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        let body = body.strip_suffix('\n').unwrap_or(body);
        sections.insert(name.to_string(), body.to_string());
    }
    sections
}

impl Case {
    pub fn parse(text: &str) -> Self {
        Self::of(sections(text))
    }

    pub fn of(mut sections: Sections) -> Self {
        let mut take = |name: &str| sections.remove(name);
        let lines = |body: String| body.lines().map(ToString::to_string).collect::<Vec<_>>();
        let config = take("config").unwrap_or("null".into());
        let profile = take("profile").unwrap_or("{}".into());
        let request = take("request").unwrap_or(REQUEST.into());
        let kit = || {
            let kit = Kit::new().config(config.clone()).request(request.clone());
            kit.exchange(|exchange| exchange.deployment.profile.clone_from(&profile))
        };
        let case = Case {
            kit: kit(),
            whole_kit: kit().exchange(|exchange| exchange.streaming = false),
            content: take("content"),
            reasoning: take("reasoning"),
            events: take("events").map(lines).unwrap_or_default(),
            whole: take("whole"),
            finish: take("finish").unwrap_or("stop".into()),
            out: match take("out").expect("a section `out`").as_str() {
                "unchanged" => Expect::Unchanged,
                lines => Expect::Lines(lines.trim_end().to_string()),
            },
            sent: take("sent").map(lines),
            answer: take("answer"),
            may_be_cut: take("cuts").is_none(),
        };
        assert!(sections.is_empty(), "unknown sections: {sections:?}");
        case
    }

    /// The answer as a stream.
    pub fn stream(&self) -> Vec<String> {
        match (&self.whole, self.events.is_empty()) {
            (Some(whole), _) => yallmp_sdk::testkit::chunks(whole).expect("a chat completion"),
            (None, false) => self.events.clone(),
            (None, true) => {
                let said = [
                    ("reasoning_content", &self.reasoning),
                    ("content", &self.content),
                ];
                let mut stream = vec![chunk(&json!({"role": "assistant"}), None)];
                for (field, text) in said {
                    stream.extend(text.iter().map(|text| chunk(&json!({ field: text }), None)));
                }
                stream.push(chunk(&json!({}), Some(&self.finish)));
                stream
            }
        }
    }

    /// The whole answer, if the case is no stream by nature.
    pub fn whole(&self) -> Option<String> {
        let said = || {
            let is_text = self.content.is_some() || self.reasoning.is_some();
            let mut message = json!({"role": "assistant", "content": self.content});
            if let Some(reasoning) = &self.reasoning {
                message["reasoning_content"] = json!(reasoning);
            }
            is_text.then(|| whole(&message, &self.finish))
        };
        self.whole.clone().or_else(said)
    }

    pub fn run(&self, stream: &[String]) -> Vec<String> {
        let out = self.kit.stream(stream).expect("no error");
        check_protocol(&out);
        out
    }

    pub fn run_whole(&self, answer: &str) -> String {
        self.whole_kit.whole(answer).expect("no error")
    }

    pub fn expect(&self, out: &[String]) -> Result<(), String> {
        match &self.out {
            Expect::Unchanged => same(&self.stream().join("\n"), &out.join("\n")),
            Expect::Lines(lines) => same(lines, &summary(&collect(out))),
        }
    }

    pub fn expect_sent(&self, out: &[String]) -> Result<(), String> {
        match &self.sent {
            Some(sent) => same(&sent.join("\n"), &out.join("\n")),
            None => Ok(()),
        }
    }

    pub fn expect_whole(&self, before: &str, out: &str) -> Result<(), String> {
        if let Some(answer) = &self.answer {
            same(answer, out)?;
        }
        match &self.out {
            Expect::Unchanged => same(before, out),
            Expect::Lines(lines) => same(lines, &summary(&parse(out))),
        }
    }
}

fn same(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("expected:\n{expected}\nfound:\n{found}\n"))
}

pub fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]})
        .to_string()
}

fn whole(message: &Value, finish: &str) -> String {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish});
    json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "m", "choices": [choice]})
        .to_string()
}

pub fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub fn collect(events: &[String]) -> Value {
    parse(&yallmp_sdk::testkit::collect(events))
}

/// What the answer's choices say.
pub fn summary(answer: &Value) -> String {
    let mut out = String::new();
    let choices = answer["choices"].as_array().expect("choices");
    for choice in choices {
        let message = &choice["message"];
        if choices.len() > 1 {
            writeln!(out, "choice {}", choice["index"]).expect("text");
        }
        let reasoning = message["reasoning_content"].as_str().unwrap_or_default();
        if !reasoning.trim().is_empty() {
            writeln!(out, "thought {}", json!(reasoning)).expect("text");
        }
        let content = message["content"].as_str().unwrap_or_default();
        if !content.trim().is_empty() {
            writeln!(out, "text {}", json!(content)).expect("text");
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let id = call["id"].as_str().expect("an id");
            let made = id.strip_prefix("call_").is_some_and(|id| id.len() == 24);
            if !made {
                writeln!(out, "id {id}").expect("text");
            }
            assert_eq!(call["type"], "function");
            let function = &call["function"];
            let arguments = function["arguments"]
                .as_str()
                .expect("arguments as a string");
            let name = function["name"].as_str().expect("a name");
            writeln!(out, "call {name} {arguments}").expect("text");
        }
        writeln!(
            out,
            "finish {}",
            choice["finish_reason"].as_str().unwrap_or("null")
        )
        .expect("text");
    }
    out.trim_end().to_string()
}

/// What every stream must hold to: calls are opened once, in the order of their indexes, with
/// all that identifies them; nothing follows a finish; nothing is empty.
pub fn check_protocol(events: &[String]) {
    let mut opened: BTreeMap<u64, u64> = BTreeMap::new();
    let mut finished: Vec<u64> = Vec::new();
    for event in events {
        let json = parse(event);
        for choice in json["choices"].as_array().into_iter().flatten() {
            let number = choice["index"].as_u64().unwrap_or(0);
            assert!(!finished.contains(&number), "after the finish: {event}");
            if choice["finish_reason"].is_string() {
                finished.push(number);
            }
            let Some(calls) = choice["delta"].get("tool_calls") else {
                continue;
            };
            let calls = calls.as_array().expect("a list of calls");
            assert!(!calls.is_empty(), "no calls: {event}");
            let count = opened.entry(number).or_default();
            for call in calls {
                let index = call["index"].as_u64().expect("an index");
                if index == *count {
                    *count += 1;
                    for text in [&call["id"], &call["function"]["name"], &call["type"]] {
                        assert!(
                            text.as_str().is_some_and(|text| !text.is_empty()),
                            "{event}"
                        );
                    }
                    assert!(call["function"]["arguments"].is_string(), "{event}");
                } else {
                    assert!(index < *count, "a gap: {event}");
                    assert!(
                        call["function"].get("name").is_none(),
                        "named twice: {event}"
                    );
                    assert!(
                        call.get("id").is_none_or(|id| id.as_str() != Some("")),
                        "{event}"
                    );
                }
            }
        }
    }
}
