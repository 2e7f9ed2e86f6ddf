//! The request's body, as far as rules look at it: the members that they name. So a long
//! conversation is not parsed for the sake of `temperature`, and all else stays as it was.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::json::Object;
use yallmp_sdk::{Edit, Json, Result, request};

/// The edit that makes of these members what `change` makes of an object with them alone.
pub fn patch(mut roots: Vec<String>, change: impl FnOnce(&mut Json<'_>)) -> Result<Edit> {
    roots.sort_unstable();
    roots.dedup();
    let member = |name: String| {
        let text = request::member(&name);
        (name, text)
    };
    let before: Vec<(String, Option<String>)> = roots.into_iter().map(member).collect();
    let mut body = Object::new();
    for (name, text) in &before {
        if let Some(text) = text {
            body.set(name, Json::parse(text)?);
        }
    }
    let mut body = Json::Object(body);
    change(&mut body);
    let mut edit = Edit::new();
    for (name, text) in &before {
        let value = body.get(name.as_str());
        edit = match value {
            Some(value) if text.as_deref() != Some(&value.to_text()) => edit.set(name, value),
            None if text.is_some() => edit.remove(name),
            _ => edit,
        };
    }
    Ok(edit)
}
