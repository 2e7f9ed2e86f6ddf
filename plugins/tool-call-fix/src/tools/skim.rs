//! Names and schemas out of the request's `tools`, without a tree of the whole: agents offer
//! a hundred kilobytes of tools, of which an answer calls one.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use yallmp_sdk::Json;

use crate::lexer::{Lexer, Status};

/// Name and `parameters` (JSON text, may be empty) of every function in a list of tools or
/// of functions.
pub fn functions(list: &str) -> Vec<(Cow<'_, str>, &str)> {
    let mut functions = Vec::new();
    let mut rest = list.trim_start().strip_prefix('[').unwrap_or_default();
    while let Some((tool, after)) = value(rest) {
        let function = member(tool, "function").unwrap_or(tool);
        if let Some(name) = member(function, "name").and_then(text) {
            let parameters = member(function, "parameters").unwrap_or_default();
            functions.push((name, parameters));
        }
        rest = after.trim_start().strip_prefix(',').unwrap_or_default();
    }
    functions
}

/// The first value of a text, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let mut lexer = Lexer::default();
    let end = lexer.read(text);
    (lexer.status() == Status::Complete).then(|| text.split_at(end))
}

fn member<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = object.trim_start().strip_prefix('{')?;
    loop {
        let (key, after) = value(rest)?;
        let (found, after) = value(after.trim_start().strip_prefix(':')?)?;
        if text(key)? == name {
            return Some(found);
        }
        rest = after.trim_start().strip_prefix(',')?;
    }
}

fn text(value: &str) -> Option<Cow<'_, str>> {
    let inside = value.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        let json = Json::parse(value).ok()?;
        return Some(Cow::Owned(json.as_str()?.into()));
    }
    Some(Cow::Borrowed(inside))
}
