//! Whether the model reads its thoughts of earlier turns again: the client's word for that, in the backend's.

use yallmp_sdk::Json;

use crate::body::{Blocked, Body};
use crate::dialects::{Field, KWARGS};
use crate::facts::Facts;

/// Where it is said, and how.
struct Place {
    path: &'static [&'static str],
    all: Word,
    own_turn: Word,
}

enum Word {
    Flag(bool),
    Text(&'static str),
    /// What is meant if nothing is said.
    Silence,
}

const fn place(path: &'static [&'static str], all: Word, own_turn: Word) -> Place {
    Place {
        path,
        all,
        own_turn,
    }
}

const PLACES: [Place; 5] = [
    // Zhipu's.
    place(
        &["thinking", "clear_thinking"],
        Word::Flag(false),
        Word::Flag(true),
    ),
    // Moonshot's.
    place(&["thinking", "keep"], Word::Text("all"), Word::Silence),
    // Fireworks'.
    place(
        &["reasoning_history"],
        Word::Text("preserved"),
        Word::Text("interleaved"),
    ),
    // Of chat templates: GLM's and Qwen's.
    place(
        &[KWARGS, "clear_thinking"],
        Word::Flag(false),
        Word::Flag(true),
    ),
    place(
        &[KWARGS, "preserve_thinking"],
        Word::Flag(true),
        Word::Flag(false),
    ),
];

impl Word {
    fn json(&self) -> Option<Json<'static>> {
        match *self {
            Word::Flag(flag) => Some(flag.into()),
            Word::Text(text) => Some(text.into()),
            Word::Silence => None,
        }
    }
}

/// Whether the client wants those of all turns, if it says so.
pub fn read(body: &mut Body) -> Option<bool> {
    PLACES.iter().find_map(|place| {
        let said = body.get(place.path)?;
        let is = |word: &Word| word.json().as_ref() == Some(said);
        is(&place.all)
            .then_some(true)
            .or(is(&place.own_turn).then_some(false))
    })
}

/// `fields`: how this backend is asked to think. What it may know stays, also if nobody knows whether it does.
pub fn write(
    all: Option<bool>,
    fields: &[&[Field]],
    facts: &Facts,
    body: &mut Body,
) -> Result<(), Blocked> {
    let spoken = |top: &str| {
        fields
            .iter()
            .copied()
            .flatten()
            .any(|field| field.path[0] == top)
    };
    let own = PLACES.iter().find(|place| match place.path {
        [KWARGS, name] => spoken(KWARGS) && facts.lists_kwarg(name),
        path => facts
            .earlier
            .as_deref()
            .is_some_and(|own| path.iter().copied().eq(own.split('.'))),
    });
    if let (Some(place), Some(all)) = (own, all) {
        let word = if all { &place.all } else { &place.own_turn };
        match word.json() {
            Some(word) if body.get(place.path) == Some(&word) => {}
            Some(word) => body.set(place.path, word)?,
            None => body.remove(place.path),
        }
    }
    let is_own = |place: &Place| own.is_some_and(|own| own.path == place.path);
    for place in PLACES.iter().filter(|place| !is_own(place)) {
        if own.is_some() && all.is_some() || !spoken(place.path[0]) {
            body.remove(place.path);
        }
    }
    Ok(())
}
