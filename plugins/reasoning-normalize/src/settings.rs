use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::{Deployment, Json};

use crate::families::{ANSWERS, TAGS};
use crate::scanner::Tags;
use crate::target::Target;

/// What opening tags begin with that are found by the first letter of a text.
const SHOWN: [char; 3] = ['<', '[', '◁'];

pub const SCHEMA: &str = include_str!("../schema.json");

/// The settings together with what the profile says.
pub struct Settings {
    pub target: Target,
    tags: Option<(String, String)>,
    pub starts_inside: Starts,
    pub multi_span: bool,
    pub promote: bool,
    pub raw: Raw,
    /// Whether it may be sent in a way that has to be looked at in each event.
    pub may_be_cumulative: bool,
    /// Whether a stream may end with the whole message, and say reasoning there alone.
    pub may_come_last: bool,
    looked_for: Tags,
}

/// Whether the text holds what the model wrote about its reasoning, because nobody took it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    No,
    /// It shows by the first events, or not at all.
    Maybe,
    Yes,
}

/// Whether the text begins inside reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    Yes,
    Never,
    /// Unless the client switched thinking off.
    IfAsked,
    /// Nobody knows; a closing tag will tell.
    Unknown,
}

impl Settings {
    pub fn read(config: &Json<'_>, deployment: &Deployment) -> Self {
        let profile = Json::parse(&deployment.profile).unwrap_or(Json::Null);
        let fact = |name: &str| profile.pointer("/reasoning/format")?.get(name);
        let is = |json: Option<&Json<'_>>| json.and_then(Json::as_bool);
        let flag = |name: &str| is(config.get(name)).or(is(fact(name))) == Some(true);
        let tags = config.get("tags").and_then(pair);

        let raw = fact("raw");
        let is_raw = is(raw) == Some(true);
        let known = profile.get("name").is_some();
        let from_text = fact("from").and_then(Json::as_str) == Some("tags");
        let starts_inside = match config.get("start_in_reasoning").map(|it| is(Some(it))) {
            Some(Some(true)) => Starts::Yes,
            Some(Some(false)) => Starts::Never,
            _ if is_raw && is(fact("opened")) == Some(true) => Starts::IfAsked,
            _ => Starts::Unknown,
        };
        let mut pairs: Vec<(String, String)> = tags.iter().cloned().collect();
        let own = fact("tags").and_then(Json::as_array);
        pairs.extend(
            own.into_iter()
                .flat_map(|pairs| pairs.iter().filter_map(pair)),
        );
        let owned = |(open, close): &(&str, &str)| (open.to_string(), close.to_string());
        pairs.extend(TAGS.iter().map(owned));
        let mut answers: Vec<(String, String)> =
            fact("answer_tags").and_then(pair).into_iter().collect();
        answers.extend(ANSWERS.iter().map(owned));
        let anywhere = flag("anywhere");
        // Others can only be found by reading all of the text.
        let is_shown = |(open, _): &(String, String)| open.starts_with(SHOWN);
        let asked = tags.is_some() || starts_inside == Starts::Yes || !pairs.iter().all(is_shown);
        let raw = match is_raw || from_text || asked {
            true => Raw::Yes,
            false if raw.is_none() && known => Raw::No,
            false if anywhere => Raw::Yes,
            false => Raw::Maybe,
        };
        Settings {
            target: Target::read(config),
            tags,
            multi_span: flag("multi_span"),
            promote: flag("promote_reasoning_if_no_content"),
            raw,
            may_come_last: !known,
            may_be_cumulative: !known || is(fact("cumulative")) == Some(true),
            looked_for: Tags {
                pairs,
                answers,
                anywhere,
                ends_at_call: flag("ends_at_call"),
                ..Tags::default()
            },
            starts_inside,
        }
    }

    /// Whether each event is looked at, whatever it holds.
    pub fn reads_all(&self) -> bool {
        self.raw == Raw::Yes || self.promote || self.target != Target::Auto
    }

    /// What to look for in the text of an answer.
    pub fn looked_for(&self, opened: bool, whole: bool) -> Tags {
        if self.raw == Raw::No {
            return Tags::default();
        }
        Tags {
            opened,
            // A target in the text leaves tags there that nobody understands.
            strays: self.starts_inside != Starts::Never && (whole || self.written().is_none()),
            whole,
            ..self.looked_for.clone()
        }
    }

    /// Opening and closing tag, where reasoning is written into the text.
    pub fn written(&self) -> Option<(String, String)> {
        let (open, close) = self
            .tags
            .clone()
            .unwrap_or(("<think>".into(), "</think>".into()));
        match self.target {
            Target::ThinkTags => Some((open + "\n", ["\n", &close, "\n\n"].concat())),
            Target::DetailsHtml => Some((
                "<details><summary>Thinking</summary>\n\n".into(),
                "\n\n</details>\n\n".into(),
            )),
            _ => None,
        }
    }
}

fn pair(json: &Json<'_>) -> Option<(String, String)> {
    let text = |at: usize| json.get(at)?.as_str().filter(|text| !text.is_empty());
    Some((text(0)?.to_string(), text(1)?.to_string()))
}
