//! What rules do to a value.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

use crate::moving::{Move, holds_more};
use crate::path::{Path, Step};
use crate::place::{Key, Place, at, put, rename, same, take};

#[derive(Debug)]
pub enum Action {
    Set(Path, Json<'static>),
    /// Set what is missing or `null`.
    Default(Path, Json<'static>),
    Drop(Path),
    Rename(Path, String),
    Move(Move),
    Clamp(Path, Bounds),
    Append(Path, Json<'static>),
    Prepend(Path, Json<'static>),
}

#[derive(Debug)]
pub struct Bounds {
    min: Option<Json<'static>>,
    max: Option<Json<'static>>,
}

/// The words for actions, as `Action::read` takes them.
pub const WORDS: [&str; 8] = [
    "set", "default", "drop", "rename", "move", "clamp", "append", "prepend",
];

impl Action {
    /// The actions that a member of a rule stands for; none if its name is not one of `WORDS`.
    ///
    /// # Errors
    /// What is wrong with it, with the way out.
    pub fn read(word: &str, what: &Json<'_>) -> Result<Vec<Self>, String> {
        if word == "drop" {
            let paths = paths(what)?;
            return Ok(paths.into_iter().map(Action::Drop).collect());
        }
        if !WORDS.contains(&word) {
            return Ok(Vec::new());
        }
        let pairs = what.as_object().into_iter().flat_map(Object::iter);
        let text = |value: &Json<'_>| value.as_str().unwrap_or_default().to_string();
        pairs
            .map(|(path, value)| {
                let path = Path::parse(path)?;
                let owned = || value.clone().into_owned();
                Ok(match word {
                    "set" => Action::Set(path, owned()),
                    "default" => Action::Default(path, owned()),
                    "rename" => match path.steps.last() {
                        Some(Step::Name(name)) if *name != text(value) => {
                            Action::Rename(path, text(value))
                        }
                        Some(Step::Name(_)) => return Err("that is its name already".to_owned()),
                        _ => return Err("what is renamed ends with a name".to_owned()),
                    },
                    "move" => Action::Move(Move::new(&path, &Path::parse(&text(value))?)?),
                    "clamp" => Action::Clamp(path, Bounds::read(value)?),
                    "append" => Action::Append(path, owned()),
                    _ => Action::Prepend(path, owned()),
                })
            })
            .collect()
    }

    /// Does it, and says whether anything changed.
    pub fn apply(&self, json: &mut Json<'_>) -> bool {
        match self {
            Action::Set(path, value) => set(json, path.places(json), value, |_| true),
            Action::Default(path, value) => {
                set(json, path.places(json), value, |old| old.is_null())
            }
            Action::Drop(path) => {
                let places = path.find(json);
                // From the end, so that indexes stay right.
                let dropped = places.iter().rev().filter_map(|place| take(json, place));
                dropped.count() > 0
            }
            Action::Rename(path, to) => {
                let places = path.find(json);
                for place in &places {
                    let target = with_name(place, to);
                    if holds_more(json, place, &target) {
                        take(json, place);
                    } else {
                        rename(json, place, to);
                    }
                }
                !places.is_empty()
            }
            Action::Move(it) => it.apply(json),
            Action::Clamp(path, bounds) => {
                let clamped =
                    |json: &Json<'_>, place: &Place| bounds.beyond(at(json, place)?).cloned();
                change(json, path.find(json), clamped)
            }
            Action::Append(path, addition) => change(json, path.find(json), |json, place| {
                join(at(json, place)?, addition, false)
            }),
            Action::Prepend(path, addition) => change(json, path.find(json), |json, place| {
                join(at(json, place)?, addition, true)
            }),
        }
    }

    /// The members of the root that it reads or writes; none in the list: not known by name.
    pub fn roots(&self) -> Vec<Option<&str>> {
        match self {
            Action::Set(path, _)
            | Action::Default(path, _)
            | Action::Drop(path)
            | Action::Clamp(path, _)
            | Action::Append(path, _)
            | Action::Prepend(path, _) => [path.root()].into(),
            Action::Rename(path, to) if path.steps.len() == 1 => [path.root(), Some(to)].into(),
            Action::Rename(path, _) => [path.root()].into(),
            Action::Move(it) => it.roots(),
        }
    }

    /// A text that is there if there is something to do.
    pub fn needle(&self) -> Option<String> {
        match self {
            Action::Set(path, _) | Action::Default(path, _) => path.needle_to_put(),
            Action::Drop(path)
            | Action::Rename(path, _)
            | Action::Clamp(path, _)
            | Action::Append(path, _)
            | Action::Prepend(path, _) => path.needle(),
            Action::Move(it) => it.needle(),
        }
    }

    /// Whether it drops the whole value.
    pub fn drops_all(&self) -> bool {
        matches!(self, Action::Drop(path) if path.steps.is_empty())
    }
}

/// The paths of a text or a list of texts.
///
/// # Errors
/// What is wrong with the first that is.
pub fn paths(json: &Json<'_>) -> Result<Vec<Path>, String> {
    crate::when::texts(Some(json))
        .into_iter()
        .map(|text| Path::parse(&text))
        .collect()
}

fn set(
    json: &mut Json<'_>,
    places: Vec<Place>,
    value: &Json<'static>,
    replaces: impl Fn(&Json<'_>) -> bool,
) -> bool {
    change(json, places, |json, place| match at(json, place) {
        Some(old) if same(old, value) || !replaces(old) => None,
        _ => Some(value.clone()),
    })
}

/// Puts what `new` makes for a place, if it makes something.
fn change<'a>(
    json: &mut Json<'a>,
    places: Vec<Place>,
    new: impl Fn(&Json<'a>, &Place) -> Option<Json<'static>>,
) -> bool {
    let mut changed = false;
    for place in places {
        if let Some(value) = new(json, &place) {
            put(json, &place, value);
            changed = true;
        }
    }
    changed
}

fn with_name(place: &Place, name: &str) -> Place {
    let mut place = place.clone();
    place.pop();
    place.push(Key::Name(name.to_owned()));
    place
}

/// The text or list with the addition at its end or its head; none if it stands there already.
/// A text is added to a list of content parts as a part.
fn join(old: &Json<'_>, addition: &Json<'static>, at_head: bool) -> Option<Json<'static>> {
    match (old, addition) {
        (Json::String(old), Json::String(addition)) => {
            let (old, addition) = (old.as_str(), addition.as_str());
            let joined = match at_head {
                true if old.starts_with(addition) => return None,
                true => format!("{addition}{old}"),
                false if old.ends_with(addition) => return None,
                false => format!("{old}{addition}"),
            };
            Some(joined.into())
        }
        (Json::Array(old), addition) => {
            let parts = old.iter().any(|item| item.as_object().is_some());
            let item = match addition {
                Json::String(_) if parts => Json::Object(
                    [("type", Json::from("text")), ("text", addition.clone())]
                        .into_iter()
                        .collect(),
                ),
                addition => addition.clone(),
            };
            let place = if at_head { 0 } else { old.len() };
            let neighbour = if at_head {
                old.get(0)
            } else {
                old.iter().last()
            };
            if neighbour.is_some_and(|neighbour| same(neighbour, &item)) {
                return None;
            }
            let mut joined = old.clone().into_owned();
            joined.items_mut().insert(place, item);
            Some(joined.into())
        }
        _ => None,
    }
}

impl Bounds {
    fn read(json: &Json<'_>) -> Result<Self, String> {
        let bound = |name: &str| json.get(name).cloned().map(Json::into_owned);
        let it = Bounds {
            min: bound("min"),
            max: bound("max"),
        };
        let number = |bound: &Option<Json<'_>>| bound.as_ref().and_then(Json::as_f64);
        match (number(&it.min), number(&it.max)) {
            (Some(min), Some(max)) if min > max => Err("`min` is greater than `max`".to_owned()),
            _ => Ok(it),
        }
    }

    /// The bound that a number is beyond.
    fn beyond(&self, json: &Json<'_>) -> Option<&Json<'static>> {
        let number = json.as_f64()?;
        let is = |bound: &&Json<'static>, beyond: fn(f64, f64) -> bool| {
            bound.as_f64().is_some_and(|bound| beyond(number, bound))
        };
        let low = self
            .min
            .as_ref()
            .filter(|min| is(min, |number, min| number < min));
        low.or_else(|| {
            self.max
                .as_ref()
                .filter(|max| is(max, |number, max| number > max))
        })
    }
}
