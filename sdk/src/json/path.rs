use super::{Json, Object};

/// What names a place in a value: a member's name or an index.
pub trait Key {
    fn find<'s, 'a>(self, json: &'s Json<'a>) -> Option<&'s Json<'a>>;
    fn find_mut<'s, 'a>(self, json: &'s mut Json<'a>) -> Option<&'s mut Json<'a>>;
}

impl Key for &str {
    fn find<'s, 'a>(self, json: &'s Json<'a>) -> Option<&'s Json<'a>> {
        json.as_object()?.get(self)
    }

    fn find_mut<'s, 'a>(self, json: &'s mut Json<'a>) -> Option<&'s mut Json<'a>> {
        json.as_object_mut()?.get_mut(self)
    }
}

impl Key for usize {
    fn find<'s, 'a>(self, json: &'s Json<'a>) -> Option<&'s Json<'a>> {
        json.as_array()?.get(self)
    }

    fn find_mut<'s, 'a>(self, json: &'s mut Json<'a>) -> Option<&'s mut Json<'a>> {
        json.as_array_mut()?.get_mut(self)
    }
}

/// Walking: `json.get("choices")?.get(0)?.get("delta")`, or `json.pointer("/choices/0/delta")`.
impl<'a> Json<'a> {
    #[must_use]
    pub fn get(&self, key: impl Key) -> Option<&Json<'a>> {
        key.find(self)
    }

    /// Gives up the spelling of this value, so look with `get` first.
    #[must_use]
    pub fn get_mut(&mut self, key: impl Key) -> Option<&mut Json<'a>> {
        key.find_mut(self)
    }

    /// A JSON pointer (RFC 6901) without `~` escapes; `""` is the value itself.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Json<'a>> {
        steps(pointer)?.try_fold(self, |json, step| match json {
            Json::Array(array) => array.get(step.parse().ok()?),
            _ => json.get(step),
        })
    }

    /// Gives up the spelling of all values on the way.
    #[must_use]
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Json<'a>> {
        steps(pointer)?.try_fold(self, |json, step| match json {
            Json::Array(array) => array.get_mut(step.parse().ok()?),
            _ => json.get_mut(step),
        })
    }

    /// Sets a member. A value that is no object becomes one.
    pub fn set(&mut self, key: &str, value: impl Into<Json<'a>>) {
        self.make_object().set(key, value);
    }

    /// Removes a member, if this is an object that has it.
    pub fn remove(&mut self, key: &str) -> Option<Json<'a>> {
        self.as_object_mut()?.remove(key)
    }

    /// This value as an object; anything else is replaced by `{}`.
    pub fn make_object(&mut self) -> &mut Object<'a> {
        if !matches!(self, Json::Object(_)) {
            *self = Json::object();
        }
        match self {
            Json::Object(object) => object,
            _ => unreachable!("made an object above"),
        }
    }
}

fn steps(pointer: &str) -> Option<core::iter::Skip<core::str::Split<'_, char>>> {
    (pointer.is_empty() || pointer.starts_with('/')).then(|| pointer.split('/').skip(1))
}
