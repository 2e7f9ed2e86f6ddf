use alloc::vec::Vec;

use super::{Json, Text};

/// An object: members in their order, repeated names included. Of a repeated name the last
/// one counts, as in most readers. Reading leaves the spelling; whatever hands out `&mut`
/// gives it up.
#[derive(Debug, Clone, Default)]
pub struct Object<'a> {
    members: Vec<(Text<'a>, Json<'a>)>,
    /// The whole text of the object, while nothing in it changed.
    spelled: Option<&'a str>,
}

impl<'a> Object<'a> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn spelled(members: Vec<(Text<'a>, Json<'a>)>, spelled: &'a str) -> Self {
        Object {
            members,
            spelled: Some(spelled),
        }
    }

    pub(super) fn spelling(&self) -> Option<&'a str> {
        self.spelled
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.members
            .iter()
            .rposition(|(name, _)| name.as_str() == key)
    }

    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.position(key).is_some()
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        self.position(key).map(|at| &self.members[at].1)
    }

    #[must_use]
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Json<'a>> {
        let at = self.position(key)?;
        self.spelled = None;
        Some(&mut self.members[at].1)
    }

    /// Sets a member: one that exists keeps its place, a new one goes to the end.
    pub fn set(&mut self, key: &str, value: impl Into<Json<'a>>) {
        *self.entry(key) = value.into();
    }

    /// The member, made as `null` at the end if it was not there.
    pub fn entry(&mut self, key: &str) -> &mut Json<'a> {
        self.spelled = None;
        let at = self.position(key).unwrap_or_else(|| {
            let name = Text::new(alloc::string::String::from(key));
            self.members.push((name, Json::Null));
            self.members.len() - 1
        });
        &mut self.members[at].1
    }

    /// Takes a member out (all of them, if the name is repeated; the last one is returned).
    pub fn remove(&mut self, key: &str) -> Option<Json<'a>> {
        let mut removed = None;
        while let Some(at) = self.position(key) {
            self.spelled = None;
            let (_, value) = self.members.remove(at);
            removed.get_or_insert(value);
        }
        removed
    }

    /// Keeps the members for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Json<'a>) -> bool) {
        let before = self.members.len();
        self.members
            .retain(|(name, value)| keep(name.as_str(), value));
        if self.members.len() != before {
            self.spelled = None;
        }
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Json<'a>)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn members(&self) -> &[(Text<'a>, Json<'a>)] {
        &self.members
    }

    #[must_use]
    pub fn into_owned(self) -> Object<'static> {
        let own = |(name, value): (Text<'a>, Json<'a>)| (name.into_owned(), value.into_owned());
        Object {
            members: self.members.into_iter().map(own).collect(),
            spelled: None,
        }
    }
}

/// Order counts: this is about texts, not sets.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members
    }
}

impl<'a, K: Into<alloc::borrow::Cow<'a, str>>, V: Into<Json<'a>>> FromIterator<(K, V)>
    for Object<'a>
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Object {
            members: members
                .into_iter()
                .map(|(name, value)| (Text::new(name), value.into()))
                .collect(),
            spelled: None,
        }
    }
}
