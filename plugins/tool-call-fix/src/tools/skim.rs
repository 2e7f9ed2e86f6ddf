//! Names and schemas out of the request's `tools`, in one pass and without a tree: agents offer
//! a hundred kilobytes of tools, of which an answer calls one. The text is JSON already, so it
//! is not checked again.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use yallmp_sdk::Json;

/// A function's name and the JSON text of its `parameters`, which may be empty.
pub type Function<'t> = (Cow<'t, str>, &'t str);

/// Every function in a list of tools, or of bare functions.
pub fn functions(list: &str) -> Vec<Function<'_>> {
    let mut functions = Vec::new();
    let mut rest = list.trim_start().strip_prefix('[').unwrap_or_default();
    while !rest.is_empty() {
        let mut found = Found::default();
        let Some(after) = found.read(rest.trim_start(), true) else {
            break;
        };
        functions.extend(found.name.map(|name| (name, found.parameters)));
        rest = after.trim_start().strip_prefix(',').unwrap_or_default();
    }
    functions
}

#[derive(Default)]
struct Found<'t> {
    name: Option<Cow<'t, str>>,
    parameters: &'t str,
}

impl<'t> Found<'t> {
    /// Reads a tool, or the function in it; returns what follows.
    fn read(&mut self, object: &'t str, is_tool: bool) -> Option<&'t str> {
        let Some(mut rest) = object.strip_prefix('{') else {
            return skip(object);
        };
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return Some(after);
            }
            let (key, after) = split(rest)?;
            let value = after.trim_start().strip_prefix(':')?.trim_start();
            rest = match key {
                "\"function\"" if is_tool => self.read(value, false)?,
                "\"name\"" => {
                    let (name, after) = split(value)?;
                    self.name = text(name);
                    after
                }
                "\"parameters\"" => {
                    let (parameters, after) = split(value)?;
                    self.parameters = parameters;
                    after
                }
                _ => skip(value)?,
            };
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
    }
}

/// The value at the start of the text, and what follows.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = skip(text)?;
    Some(text.split_at(text.len() - rest.len()))
}

/// What follows the value at the start of the text.
fn skip(text: &str) -> Option<&str> {
    let mut rest = text;
    let mut depth = 0u32;
    loop {
        let at = rest.find(['"', '{', '[', '}', ']', ','])?;
        let (before, after) = (rest[..at].trim(), &rest[at + 1..]);
        match rest.as_bytes()[at] {
            b'"' => rest = skip_string(after)?,
            b'{' | b'[' => {
                depth += 1;
                rest = after;
                continue;
            }
            // A number or a word ends where the value around it goes on.
            b',' | b'}' | b']' if depth == 0 => {
                return (!before.is_empty()).then(|| &rest[at..]);
            }
            b',' => {
                rest = after;
                continue;
            }
            _ => {
                depth -= 1;
                rest = after;
            }
        }
        if depth == 0 {
            return Some(rest);
        }
    }
}

/// What follows a string, of which the first quote is gone.
fn skip_string(text: &str) -> Option<&str> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('"')?;
        let backslashes = text[..at].bytes().rev().take_while(|byte| *byte == b'\\');
        if backslashes.count() % 2 == 0 {
            return Some(&text[at + 1..]);
        }
        from = at + 1;
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
