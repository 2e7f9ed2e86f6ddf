//! Which call a fragment of a stream belongs to. Backends leave out, repeat and confuse index,
//! id and name in every way; the rules are in `resolve`, the most telling first.

use alloc::string::String;

use crate::tools::{Tools, names};

/// What a fragment says about its call. Blank ids and names say nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signs<'f> {
    pub index: Option<u64>,
    pub id: Option<&'f str>,
    pub name: Option<&'f str>,
    /// Whether it brings arguments (blank ones do not count).
    pub arguments: bool,
    /// Whether another fragment of the same delta came before it.
    pub not_first: bool,
}

/// What is known of a call.
#[derive(Debug, Default)]
pub struct Known {
    pub index: Option<u64>,
    pub id: Option<String>,
    /// The name, as far as it came.
    pub name: String,
    /// Whether the name is known to be whole.
    pub is_announced: bool,
    /// Whether arguments came.
    pub has_arguments: bool,
    /// Whether its arguments are a whole object.
    pub is_complete: bool,
}

impl Known {
    /// Takes in what a fragment says.
    pub fn learn(&mut self, signs: Signs<'_>, tools: &Tools) {
        self.index = self.index.or(signs.index);
        if self.id.is_none() {
            self.id = signs.id.map(String::from);
        }
        self.has_arguments |= signs.arguments;
        if self.is_announced {
            return;
        }
        let telling = signs
            .id
            .filter(|id| id.contains('.') && tools.resolve(id).is_some());
        if let Some(name) = signs.name.or(telling) {
            self.learn_name(name, tools);
        }
        let may_grow = !self.has_arguments && names::is_prefix(&self.name, tools.names());
        let is_tool = tools.resolve(&self.name).is_some();
        self.is_announced = !self.name.is_empty() && (is_tool || !may_grow);
    }

    /// A name again is a repetition, or the next piece if only both together are a tool.
    fn learn_name(&mut self, name: &str, tools: &Tools) {
        let mut joined = self.name.clone();
        joined.push_str(name);
        let is_piece = tools.get(&joined).is_some() || names::is_prefix(&joined, tools.names());
        if self.name.is_empty() || is_piece {
            self.name = joined;
        }
    }
}

/// The position of the call among those `known`; none: it is a new one.
pub fn resolve(signs: Signs<'_>, known: &[Known]) -> Option<usize> {
    let last = known.len().checked_sub(1)?;
    if let Some(id) = signs.id {
        let same_id = known
            .iter()
            .rposition(|call| call.id.as_deref() == Some(id));
        if let Some(at) = same_id {
            return (!is_another(signs, &known[at])).then_some(at);
        }
    }
    let at_index = signs.index.and_then(|index| {
        let is = |call: &Known| call.index == Some(index);
        known.iter().rposition(is)
    });
    match (signs.index, at_index) {
        // No index at all: each entry of a delta is a call of its own.
        (None, _) if signs.not_first && (signs.id.or(signs.name).is_some()) => None,
        (None, _) => continues(signs, &known[last]).then_some(last),
        (Some(_), Some(at)) => continues(signs, &known[at]).then_some(at),
        // An index never seen. A fragment that names nothing goes on with the open call.
        (Some(_), None) => {
            let nameless = signs.id.or(signs.name).is_none();
            (nameless && !known[last].is_complete).then_some(last)
        }
    }
}

/// Same id, and yet another call: the backend gives ids twice.
fn is_another(signs: Signs<'_>, call: &Known) -> bool {
    let Some(name) = signs.name else {
        return false;
    };
    let elsewhere = matches!((signs.index, call.index), (Some(new), Some(old)) if new != old);
    let renamed = call.is_complete && name != call.name;
    elsewhere || renamed || call.is_complete && signs.arguments
}

/// Whether the fragment goes on with the call in its place.
fn continues(signs: Signs<'_>, call: &Known) -> bool {
    match (signs.id, signs.name) {
        (None, None) => true,
        // A new id for every fragment.
        (Some(_), None) if signs.arguments => !call.is_complete,
        // The id comes after the name.
        (Some(_), name) => {
            call.id.is_none() && !call.has_arguments && name.is_none_or(|name| name == call.name)
        }
        // A name again: repeated, or in pieces, until the arguments are whole.
        (None, Some(name)) => !call.is_complete && (!call.is_announced || name == call.name),
    }
}
