//! What the profile says about this model at this backend; see `docs/profiles.md`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::wish::Effort;

#[derive(Default)]
pub struct Facts {
    /// Whether anything is known: else nothing speaks against trying.
    pub known: bool,
    pub dialect: Option<String>,
    /// Thinks when nothing is said.
    pub default_on: bool,
    pub always: bool,
    pub fixed: bool,
    pub efforts: Option<Vec<String>>,
    effort_words: Vec<(String, String)>,
    kwargs: Option<Vec<String>>,
    pub effort_kwarg: bool,
    /// The member that says whether the model reads its thoughts of earlier turns, with dots.
    pub earlier: Option<String>,
    pub raise_max_tokens: bool,
    pub when_on: Option<Json<'static>>,
    pub when_off: Option<Json<'static>>,
    /// Values of `tool_choice` that are taken while it thinks.
    pub choice: Option<Vec<String>>,
    /// It is told what another one wanted.
    pub choice_hint: bool,
}

impl Facts {
    /// From JSON text; what is not there, or odd, is not known.
    pub fn read(profile: &str) -> Self {
        let Ok(json) = Json::parse(profile) else {
            return Self::default();
        };
        let choice = json.pointer("/tools/choice_thinking").map(words);
        let choice_hint = json.pointer("/tools/choice_hint").and_then(Json::as_bool) == Some(true);
        let Some(reasoning) = json.get("reasoning") else {
            return Self {
                choice,
                choice_hint,
                ..Self::default()
            };
        };
        let is = |name| reasoning.get(name).and_then(Json::as_bool) == Some(true);
        let companions = |name| reasoning.get(name).cloned().map(Json::into_owned);
        let text = |json: &Json<'_>| json.as_str().map(ToString::to_string);
        let pairs = reasoning.get("effort_words").and_then(Json::as_object);
        let pairs = pairs.into_iter().flat_map(|words| words.iter());
        Self {
            known: true,
            dialect: reasoning.get("dialect").and_then(text),
            default_on: is("default"),
            always: is("always"),
            fixed: is("fixed"),
            efforts: reasoning.get("efforts").map(words),
            effort_words: pairs
                .filter_map(|(from, to)| Some((from.to_string(), text(to)?)))
                .collect(),
            kwargs: reasoning.get("kwargs").map(words),
            effort_kwarg: is("effort_kwarg"),
            earlier: reasoning.get("earlier").and_then(text),
            raise_max_tokens: is("raise_max_tokens"),
            when_on: companions("when_on"),
            when_off: companions("when_off"),
            choice,
            choice_hint,
        }
    }

    /// Words of the dialect, where the profile has none.
    pub fn have_at_least(&mut self, efforts: &[&str]) {
        if self.efforts.is_none() && !efforts.is_empty() {
            self.efforts = Some(efforts.iter().map(ToString::to_string).collect());
        }
    }

    /// Whether the chat template reads this member; both are tried where nothing is known.
    pub fn has_kwarg(&self, name: &str) -> bool {
        self.kwargs.is_none() || self.lists_kwarg(name)
    }

    /// Whether it is known that the chat template reads it.
    pub fn lists_kwarg(&self, name: &str) -> bool {
        self.kwargs.iter().flatten().any(|known| known == name)
    }

    /// The word of this model for an effort: the nearest lower that it has, else the nearest.
    pub fn word(&self, effort: Effort) -> &str {
        let own = self
            .effort_words
            .iter()
            .find(|(from, _)| from == effort.word());
        if let Some((_, to)) = own {
            return to;
        }
        let words = || self.efforts.iter().flatten().map(String::as_str);
        let scale = || words().filter_map(Effort::of);
        let lower = scale().filter(|known| *known <= effort).max();
        let nearest = lower.or_else(|| scale().min());
        // Some have one word for all of it, such as `default`.
        let only = || words().find(|word| *word != "none");
        nearest
            .map(Effort::word)
            .or_else(only)
            .unwrap_or(effort.word())
    }

    /// The word for no reasoning, or the one for the least.
    pub fn off_word(&self) -> &str {
        match &self.efforts {
            Some(efforts) if !efforts.iter().any(|word| word == "none") => {
                self.word(Effort::Minimal)
            }
            _ => "none",
        }
    }
}

fn words(json: &Json<'_>) -> Vec<String> {
    let items = json.as_array().into_iter().flat_map(|items| items.iter());
    items
        .filter_map(|item| item.as_str().map(ToString::to_string))
        .collect()
}
