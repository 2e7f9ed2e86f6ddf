//! Who the demonstration models are, and what they say.

use super::ask::Ask;
use super::leak;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    LeakyTools,
    LeakyKimi,
    LeakyXml,
    LeakyGlm,
    ThinkTags,
    Flaky,
    DiesMidstream,
    Plain,
}

impl Model {
    pub const ALL: [Self; 8] = [
        Self::LeakyTools,
        Self::LeakyKimi,
        Self::LeakyXml,
        Self::LeakyGlm,
        Self::ThinkTags,
        Self::Flaky,
        Self::DiesMidstream,
        Self::Plain,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::LeakyTools => "leaky-tools",
            Self::LeakyKimi => "leaky-kimi",
            Self::LeakyXml => "leaky-xml",
            Self::LeakyGlm => "leaky-glm",
            Self::ThinkTags => "think-tags",
            Self::Flaky => "flaky",
            Self::DiesMidstream => "dies-midstream",
            Self::Plain => "plain",
        }
    }

    /// For whoever chooses one.
    pub fn summary(self) -> &'static str {
        match self {
            Self::LeakyTools => "leaks its tool call as text, as Hermes and Qwen 2.5 write it",
            Self::LeakyKimi => "leaks its tool call as text, as Kimi K2 writes it",
            Self::LeakyXml => "leaks its tool call as text, as Qwen3-Coder writes it",
            Self::LeakyGlm => "leaks its tool call as text, as GLM 4.5 writes it; CR LF line ends",
            Self::ThinkTags => "puts its reasoning into the text, between think tags",
            Self::Flaky => "answers 503 to two requests of three",
            Self::DiesMidstream => "the connection breaks in the middle of a sentence",
            Self::Plain => "answers as it should, in pieces cut at odd places",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// The dialect of a leaked call, and its words.
    fn leak(self, ask: &Ask) -> Option<(&'static str, String)> {
        Some(match self {
            Self::LeakyTools => ("Hermes", leak::hermes(&ask.tool)),
            Self::LeakyKimi => ("Kimi K2", leak::kimi(&ask.tool)),
            Self::LeakyXml => ("Qwen3-Coder", leak::xml(&ask.tool)),
            Self::LeakyGlm => ("GLM", leak::glm(&ask.tool)),
            Self::ThinkTags | Self::Flaky | Self::DiesMidstream | Self::Plain => return None,
        })
    }
}

/// What a model says, in the tokens in which it says it.
pub(super) struct Answer {
    pub tokens: Vec<String>,
    /// The connection breaks here instead of the end.
    pub breaks: bool,
}

pub(super) fn answer(model: Model, ask: &Ask) -> Answer {
    let name = model.name();
    let mut tokens = Vec::new();
    let mut breaks = false;
    match (model.leak(ask), &ask.tool_result) {
        (Some(_), Some(result)) => words(
            &mut tokens,
            &format!(
                "I am `{name}`, a model inside yallmp. Your tool says: {} So the call that I \
                 wrote as text did reach you as a call. ☀️",
                sentence(result)
            ),
        ),
        (Some((dialect, call)), None) => {
            words(
                &mut tokens,
                &format!(
                    "I am `{name}`, a model inside yallmp, and I leak tool calls as {dialect} \
                     text. What follows is one; if you see a proper tool call instead, the \
                     proxy has mended it – voilà.\n\n"
                ),
            );
            crumbs(&mut tokens, &call);
        }
        (None, _) => match model {
            Model::ThinkTags => {
                let asked = match &ask.thinking {
                    Some(thinking) => format!("The request that reached me says {thinking}."),
                    None => "The request says nothing about thinking; I think anyway.".to_owned(),
                };
                crumbs(&mut tokens, "<think>\n");
                words(
                    &mut tokens,
                    &format!(
                        "The user says: {} {asked} I say who I am.",
                        sentence(&ask.question)
                    ),
                );
                crumbs(&mut tokens, "\n</think>\n\n");
                words(
                    &mut tokens,
                    &format!(
                        "I am `{name}`, a model inside yallmp, and I put my reasoning into the \
                         text between think tags. Did you see any? ☀️"
                    ),
                );
            }
            Model::Flaky => words(
                &mut tokens,
                &format!(
                    "I am `{name}`, a model inside yallmp. I answered 503 twice just now; the \
                     proxy tried again, and you noticed nothing but a short wait. ☀️"
                ),
            ),
            Model::DiesMidstream => {
                breaks = true;
                words(
                    &mut tokens,
                    &format!(
                        "I am `{name}`, a model inside yallmp. In the middle of this sentence my \
                         connection will"
                    ),
                );
            }
            _ => words(
                &mut tokens,
                &format!(
                    "I am `{name}`, a model inside yallmp that needs no mending: what I send \
                     reaches you byte for byte. You said: {} ☀️",
                    sentence(&ask.question)
                ),
            ),
        },
    }
    Answer { tokens, breaks }
}

/// A short quotation that ends like a sentence.
fn sentence(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    let short = short.split_whitespace().collect::<Vec<_>>().join(" ");
    match short.ends_with(['.', '!', '?']) {
        true => short,
        false => format!("{short}."),
    }
}

/// Prose comes word by word, each with the blank before it.
fn words(tokens: &mut Vec<String>, text: &str) {
    let mut start = 0;
    for (at, _) in text.match_indices(' ') {
        if at > start {
            tokens.push(text[start..at].to_owned());
            start = at;
        }
    }
    tokens.push(text[start..].to_owned());
}

/// Markup comes in crumbs, cut where it hurts.
fn crumbs(tokens: &mut Vec<String>, text: &str) {
    let mut sizes = [3, 5, 1, 4, 7, 2].into_iter().cycle();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let size = sizes.next().unwrap_or(1);
        tokens.push(chars.by_ref().take(size).collect());
    }
}
