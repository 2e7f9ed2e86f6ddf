use alloc::vec::Vec;

use super::Json;

/// An array. Reading leaves its spelling; whatever hands out `&mut` gives it up.
#[derive(Debug, Clone, Default)]
pub struct Array<'a> {
    items: Vec<Json<'a>>,
    /// The whole text of the array, while nothing in it changed.
    spelled: Option<&'a str>,
}

impl<'a> Array<'a> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn spelled(items: Vec<Json<'a>>, spelled: &'a str) -> Self {
        Array {
            items,
            spelled: Some(spelled),
        }
    }

    pub(super) fn spelling(&self) -> Option<&'a str> {
        self.spelled
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Json<'a>> {
        self.items.get(index)
    }

    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Json<'a>> {
        if index < self.items.len() {
            self.spelled = None;
        }
        self.items.get_mut(index)
    }

    pub fn iter(&self) -> core::slice::Iter<'_, Json<'a>> {
        self.items.iter()
    }

    pub fn iter_mut(&mut self) -> core::slice::IterMut<'_, Json<'a>> {
        self.items_mut().iter_mut()
    }

    pub fn push(&mut self, item: impl Into<Json<'a>>) {
        self.items_mut().push(item.into());
    }

    /// For everything else that a `Vec` can do.
    pub fn items_mut(&mut self) -> &mut Vec<Json<'a>> {
        self.spelled = None;
        &mut self.items
    }

    #[must_use]
    pub fn into_items(self) -> Vec<Json<'a>> {
        self.items
    }

    #[must_use]
    pub fn into_owned(self) -> Array<'static> {
        Array {
            items: self.items.into_iter().map(Json::into_owned).collect(),
            spelled: None,
        }
    }
}

impl PartialEq for Array<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl<'s, 'a> IntoIterator for &'s Array<'a> {
    type Item = &'s Json<'a>;
    type IntoIter = core::slice::Iter<'s, Json<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<'a> FromIterator<Json<'a>> for Array<'a> {
    fn from_iter<I: IntoIterator<Item = Json<'a>>>(items: I) -> Self {
        Array {
            items: items.into_iter().collect(),
            spelled: None,
        }
    }
}
