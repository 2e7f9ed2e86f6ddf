//! Places in a value: paths that were followed. A value is only reached for changes where one
//! will happen, so that what stays keeps its spelling.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::path::{Filter, Path, Step, Test};

#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Name(String),
    Index(usize),
}

/// The keys from the root on.
pub type Place = Vec<Key>;

impl Path {
    /// The places that exist, in the order of the text.
    pub fn find(&self, json: &Json<'_>) -> Vec<Place> {
        let mut found = Vec::new();
        follow(json, &self.steps, &mut Vec::new(), &mut found);
        found
    }

    /// The values at the places that exist.
    pub fn values<'j, 'a>(&self, json: &'j Json<'a>) -> impl Iterator<Item = &'j Json<'a>> {
        let places = self.find(json).into_iter();
        places.filter_map(move |place| at(json, &place))
    }

    /// The places that exist or can be made: objects grow the members that the names at the
    /// end of the path ask for.
    pub fn places(&self, json: &Json<'_>) -> Vec<Place> {
        let fixed = self.fixed();
        let mut found = Vec::new();
        follow(json, &self.steps[..fixed], &mut Vec::new(), &mut found);
        for place in &mut found {
            place.extend(self.steps[fixed..].iter().filter_map(|step| match step {
                Step::Name(name) => Some(Key::Name(name.clone())),
                _ => None,
            }));
        }
        found.retain(|place| is_free(json, place));
        found
    }

    /// How many steps must be there already.
    pub fn fixed(&self) -> usize {
        let named = |step: &Step| matches!(step, Step::Name(_));
        self.steps
            .iter()
            .rposition(|step| !named(step))
            .map_or(0, |at| at + 1)
    }
}

fn follow(json: &Json<'_>, steps: &[Step], here: &mut Place, found: &mut Vec<Place>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push(here.clone());
        return;
    };
    let mut go = |key: Key, child: &Json<'_>| {
        here.push(key);
        follow(child, rest, here, found);
        here.pop();
    };
    match (step, json) {
        (Step::Name(name), Json::Object(object)) => {
            if let Some(child) = object.get(name) {
                go(Key::Name(name.clone()), child);
            }
        }
        (Step::Index(index), Json::Array(array)) => {
            let from_end = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
            let index = if *index < 0 {
                array.len().checked_sub(from_end)
            } else {
                Some(from_end)
            };
            if let Some((index, child)) = index.and_then(|index| Some((index, array.get(index)?))) {
                go(Key::Index(index), child);
            }
        }
        (Step::Any | Step::Filter(_), Json::Array(array)) => {
            for (index, child) in array
                .iter()
                .enumerate()
                .filter(|(_, child)| step.takes(child))
            {
                go(Key::Index(index), child);
            }
        }
        (Step::Any | Step::Filter(_), Json::Object(object)) => {
            for (name, child) in object.iter().filter(|(_, child)| step.takes(child)) {
                go(Key::Name(name.into()), child);
            }
        }
        _ => {}
    }
}

impl Step {
    fn takes(&self, child: &Json<'_>) -> bool {
        match self {
            Step::Filter(Filter { path, test }) => {
                let value = path.values(child).next();
                match test {
                    Test::Exists => value.is_some(),
                    Test::Equals(wanted) => value.is_some_and(|value| same(value, wanted)),
                    Test::Differs(other) => !value.is_some_and(|value| same(value, other)),
                }
            }
            _ => true,
        }
    }
}

/// Whether values mean the same; numbers may be spelled differently.
pub fn same(one: &Json<'_>, other: &Json<'_>) -> bool {
    match (one, other) {
        (Json::Number(_), Json::Number(_)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

pub fn at<'j, 'a>(json: &'j Json<'a>, place: &[Key]) -> Option<&'j Json<'a>> {
    place.iter().try_fold(json, |json, key| match key {
        Key::Name(name) => json.get(name.as_str()),
        Key::Index(index) => json.get(*index),
    })
}

fn at_mut<'j, 'a>(json: &'j mut Json<'a>, place: &[Key]) -> Option<&'j mut Json<'a>> {
    place.iter().try_fold(json, |json, key| match key {
        Key::Name(name) => json.get_mut(name.as_str()),
        Key::Index(index) => json.get_mut(*index),
    })
}

/// Whether a value can be put there without throwing away another that is in the way.
pub fn is_free(mut json: &Json<'_>, place: &[Key]) -> bool {
    for key in place {
        let next = match (key, json) {
            (Key::Name(name), Json::Object(object)) => match object.get(name) {
                Some(next) => next,
                None => return true,
            },
            (Key::Name(_), Json::Null) => return true,
            (Key::Index(index), Json::Array(array)) => match array.get(*index) {
                Some(next) => next,
                None => return false,
            },
            _ => return false,
        };
        json = next;
    }
    true
}

/// Puts a value there, if it is free; objects on the way are made.
pub fn put<'a>(json: &mut Json<'a>, place: &[Key], value: Json<'a>) {
    match place.split_first() {
        None => *json = value,
        Some((Key::Name(name), rest)) => put(json.make_object().entry(name), rest, value),
        Some((Key::Index(index), rest)) => {
            if let Some(item) = json.get_mut(*index) {
                put(item, rest, value);
            }
        }
    }
}

/// Takes a member or an item out.
pub fn take<'a>(json: &mut Json<'a>, place: &[Key]) -> Option<Json<'a>> {
    let (last, parent) = place.split_last()?;
    let parent = at_mut(json, parent)?;
    match last {
        Key::Name(name) => parent.remove(name),
        Key::Index(index) => {
            let items = parent.as_array_mut()?.items_mut();
            (*index < items.len()).then(|| items.remove(*index))
        }
    }
}

/// Gives a member another name, in its place. A member of that name goes.
pub fn rename(json: &mut Json<'_>, place: &[Key], to: &str) {
    let Some((Key::Name(from), parent)) = place.split_last() else {
        return;
    };
    let Some(Json::Object(object)) = at_mut(json, parent) else {
        return;
    };
    let members = object.iter().filter(|(name, _)| *name != to);
    *object = members
        .map(|(name, value)| {
            let name = if name == from { to } else { name };
            (String::from(name), value.clone())
        })
        .collect();
}
