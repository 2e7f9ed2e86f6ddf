//! Moving a member from one path to another.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::path::{Path, Step};
use crate::place::{Key, Place, at, is_free, put, take};

/// From and to, below each place that the common beginning of both paths leads to.
#[derive(Debug)]
pub struct Move {
    common: Path,
    from: Path,
    to: Path,
}

impl Move {
    /// # Errors
    /// Why there is nothing to move from the one to the other, with the way out.
    pub fn new(from: &Path, to: &Path) -> Result<Self, String> {
        // An item that is taken out moves the others: the new path would lead elsewhere.
        if !matches!(from.steps.last(), Some(Step::Name(_))) {
            return Err("what is moved ends with a name".to_owned());
        }
        if to.steps.starts_with(&from.steps) {
            return Err("what is moved goes to another place, not into itself".to_owned());
        }
        let same = from.steps.iter().zip(&to.steps).take_while(|(a, b)| a == b);
        // Where it moves up, the place itself is what is written.
        let common = same.count().min(to.steps.len().saturating_sub(1));
        let rest = |path: &Path| Path {
            steps: path.steps[common..].to_vec(),
        };
        let it = Move {
            common: Path {
                steps: from.steps[..common].to_vec(),
            },
            from: rest(from),
            to: rest(to),
        };
        if !it.from.is_single() || !it.to.is_single() {
            return Err(
                "`[*]` and filters must stand at the same place at the beginning of both paths"
                    .to_owned(),
            );
        }
        Ok(it)
    }

    /// Does it, and says whether anything changed.
    pub fn apply(&self, json: &mut Json<'_>) -> bool {
        let mut moved = false;
        for base in self.common.find(json) {
            let places = |json: &Json<'_>| {
                let here = at(json, &base)?;
                let place = |rest: Place| [&base[..], &rest].concat();
                let from = self.from.find(here).pop()?;
                let to = self.to.places(here).pop()?;
                Some((place(from), place(to)))
            };
            let Some((from, to)) = places(json) else {
                continue;
            };
            let drop_only = holds_more(json, &from, &to);
            let value = take(json, &from);
            if let Some(value) = value.filter(|_| !drop_only && is_free(json, &to)) {
                put(json, &to, value);
            }
            moved = true;
        }
        moved
    }

    /// The members of the root that it reads or writes.
    pub fn roots(&self) -> Vec<Option<&str>> {
        match self.common.steps.is_empty() {
            true => [self.from.root(), self.to.root()].into(),
            false => [self.common.root()].into(),
        }
    }

    /// A text that is there if there is something to move.
    pub fn needle(&self) -> Option<String> {
        self.from.needle()
    }
}

/// `null` never replaces a value.
pub fn holds_more(json: &Json<'_>, from: &[Key], to: &[Key]) -> bool {
    let is_null = |place| at(json, place).is_none_or(Json::is_null);
    is_null(from) && !is_null(to)
}
