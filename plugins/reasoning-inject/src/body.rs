//! The members of the request that are looked at, and what becomes of them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::{Edit, Json, RequestOutcome, request};

/// Read from the request when they are first asked for. What ends as it began is left as it
/// was written.
#[derive(Default)]
pub struct Body {
    members: Vec<Member>,
    /// How many were set.
    set: usize,
}

struct Member {
    name: String,
    before: Option<Json<'static>>,
    now: Option<Json<'static>>,
    /// New members stand in the order in which they were set.
    rank: usize,
}

/// A member on the way stands in the way: it is no object.
#[derive(Debug)]
pub struct Blocked;

impl Body {
    fn member(&mut self, name: &str) -> &mut Member {
        let at = self.members.iter().position(|member| member.name == name);
        let at = at.unwrap_or_else(|| {
            let text = request::member(name);
            let json = text.as_deref().and_then(|text| Json::parse(text).ok());
            let before = json.map(Json::into_owned);
            self.members.push(Member {
                name: name.to_string(),
                now: before.clone(),
                before,
                rank: 0,
            });
            self.members.len() - 1
        });
        &mut self.members[at]
    }

    /// The value at a path; null is none.
    pub fn get(&mut self, path: &[&str]) -> Option<&Json<'static>> {
        let (top, below) = path.split_first()?;
        let mut place = self.member(top).now.as_ref()?;
        for name in below {
            place = place.get(*name)?;
        }
        (!place.is_null()).then_some(place)
    }

    pub fn set(&mut self, path: &[&str], value: Json<'static>) -> Result<(), Blocked> {
        let Some((top, below)) = path.split_first() else {
            return Ok(());
        };
        self.set += 1;
        let rank = self.set;
        let member = self.member(top);
        if member.rank == 0 {
            member.rank = rank;
        }
        let mut place = member.now.get_or_insert(Json::Null);
        for name in below {
            if !place.is_null() && place.as_object().is_none() {
                return Err(Blocked);
            }
            place = place.make_object().entry(name);
        }
        *place = value;
        Ok(())
    }

    /// Takes the value at a path out, and objects that have nothing else in them.
    pub fn remove(&mut self, path: &[&str]) {
        let (Some((top, below)), true) = (path.split_first(), self.get(path).is_some()) else {
            return;
        };
        let member = self.member(top);
        let emptied = match &mut member.now {
            Some(json) => take_out(json, below),
            None => false,
        };
        if emptied {
            member.now = None;
        }
    }

    pub fn into_outcome(mut self) -> RequestOutcome {
        self.members.sort_by_key(|member| member.rank);
        let changed = self
            .members
            .into_iter()
            .filter(|member| member.now != member.before);
        changed
            .fold(Edit::new(), |edit, Member { name, now, .. }| match now {
                Some(value) => edit.set(&name, &value),
                None => edit.remove(&name),
            })
            .into_outcome()
    }
}

/// Returns whether nothing is left.
fn take_out(json: &mut Json<'static>, path: &[&str]) -> bool {
    let Some((name, below)) = path.split_first() else {
        return true;
    };
    let Some(object) = json.as_object_mut() else {
        return false;
    };
    if object
        .get_mut(name)
        .is_some_and(|value| take_out(value, below))
    {
        object.remove(name);
    }
    object.is_empty()
}
