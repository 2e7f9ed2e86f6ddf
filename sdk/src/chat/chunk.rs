use alloc::string::String;

use super::Choice;
use crate::json::{Array, Json, Object};

/// A `chat.completion.chunk`. `at` in the methods is a place in `choices`, usually 0; it is not
/// the `index` that the choice itself names.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk<'a>(Json<'a>);

impl<'a> Chunk<'a> {
    /// None if the text is not an object with a list `choices`.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        Self::from_json(Json::parse(text).ok()?)
    }

    /// None if the value is not an object with a list `choices`.
    #[must_use]
    pub fn from_json(json: Json<'a>) -> Option<Self> {
        json.get("choices")?.as_array()?;
        Some(Chunk(json))
    }

    #[must_use]
    pub fn json(&self) -> &Json<'a> {
        &self.0
    }

    /// For changes that have no method here. Gives up the spelling of what it reaches.
    pub fn json_mut(&mut self) -> &mut Json<'a> {
        &mut self.0
    }

    #[must_use]
    pub fn into_json(self) -> Json<'a> {
        self.0
    }

    #[must_use]
    pub fn into_owned(self) -> Chunk<'static> {
        Chunk(self.0.into_owned())
    }

    /// Whether anything but reading was done since it was parsed.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.0.is_changed()
    }

    fn choices_array(&self) -> Option<&Array<'a>> {
        self.0.get("choices")?.as_array()
    }

    /// How many choices there are: 0 in a usage chunk.
    #[must_use]
    pub fn len(&self) -> usize {
        self.choices_array().map_or(0, Array::len)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a client would miss nothing if the chunk did not come: no text, no finish, no
    /// usage, nothing but blank members.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        let silent = |(_, value): (&str, &Json<'_>)| match value {
            Json::Null => true,
            Json::String(text) => text.as_str().is_empty(),
            Json::Array(items) => items.is_empty(),
            _ => false,
        };
        self.0.get("usage").is_none_or(Json::is_null)
            && self.choices().all(|choice| {
                choice.finish_reason().is_none()
                    && choice.delta().is_none_or(|delta| delta.iter().all(silent))
            })
    }

    pub fn choices(&self) -> impl Iterator<Item = Choice<'_, 'a>> {
        self.choices_array()
            .into_iter()
            .flat_map(|choices| choices.iter().filter_map(Choice::of))
    }

    #[must_use]
    pub fn choice(&self, at: usize) -> Option<Choice<'_, 'a>> {
        Choice::of(self.choices_array()?.get(at)?)
    }

    /// The choice's object, to change it.
    #[must_use]
    pub fn choice_mut(&mut self, at: usize) -> Option<&mut Object<'a>> {
        self.choice(at)?;
        self.0.get_mut("choices")?.get_mut(at)?.as_object_mut()
    }

    /// The choice's `delta`, to change it; made if it is missing.
    #[must_use]
    pub fn delta_mut(&mut self, at: usize) -> Option<&mut Object<'a>> {
        Some(self.choice_mut(at)?.entry("delta").make_object())
    }

    /// Sets a member of the delta, if it is not already so.
    pub fn set_delta(&mut self, at: usize, name: &str, value: impl Into<Json<'a>>) {
        let value = value.into();
        let is = self.choice(at).and_then(|choice| choice.delta()?.get(name));
        if is == Some(&value) {
            return;
        }
        if let Some(delta) = self.delta_mut(at) {
            delta.set(name, value);
        }
    }

    /// Removes a member of the delta, if it is there.
    pub fn remove_delta(&mut self, at: usize, name: &str) -> Option<Json<'a>> {
        self.choice(at)?.delta()?.get(name)?;
        self.delta_mut(at)?.remove(name)
    }

    /// Sets `finish_reason`, if it is not already so.
    pub fn set_finish_reason(&mut self, at: usize, reason: &'a str) {
        if self.choice(at).and_then(|choice| choice.finish_reason()) == Some(reason) {
            return;
        }
        if let Some(choice) = self.choice_mut(at) {
            choice.set("finish_reason", reason);
        }
    }

    /// Puts every choice's content through `change`.
    pub fn map_content(&mut self, mut change: impl FnMut(&str) -> String) {
        for at in 0..self.len() {
            if let Some(text) = self.choice(at).and_then(|choice| choice.content()) {
                let text = change(text);
                self.set_delta(at, "content", text);
            }
        }
    }

    /// A chunk of the same answer (same `id`, `model` and so on) that says `delta` for the
    /// choice with this `index`, and nothing else: no finish, no usage.
    #[must_use]
    pub fn sibling(&self, index: u64, delta: impl Into<Json<'a>>) -> Self {
        let choice: Object<'a> = [
            ("index", Json::from(index)),
            ("delta", delta.into()),
            ("finish_reason", Json::Null),
        ]
        .into_iter()
        .collect();
        let mut json = self.0.clone();
        json.remove("usage");
        json.set("choices", Array::from_iter([Json::Object(choice)]));
        Chunk(json)
    }
}
