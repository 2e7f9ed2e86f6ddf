//! What else a request needs when its model thinks, or is told not to.

use alloc::string::ToString;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::chat::tool_choice_in_words;

use crate::body::{Blocked, Body};
use crate::facts::Facts;
use crate::prompt;

/// `companions`: `when_on` or `when_off` of a profile.
pub fn apply(companions: &Json<'static>, body: &mut Body) -> Result<(), Blocked> {
    for (old, new) in members(companions, "rename") {
        if let (Some(value), Some(new)) = (body.get(&[old]).cloned(), new.as_str()) {
            if body.get(&[new]).is_none() {
                body.set(&[new], value)?;
            }
            body.remove(&[old]);
        }
    }
    let refused = companions.get("drop").and_then(Json::as_array);
    for name in refused.into_iter().flat_map(|names| names.iter()) {
        body.remove(&[name.as_str().unwrap_or_default()]);
    }
    // Nothing is right too: the backend then takes the only value there is.
    for (name, value) in members(companions, "set") {
        let differs = |sent: &Json<'_>| {
            sent.as_f64() != value.as_f64() || sent.as_f64().is_none() && sent != value
        };
        if body.get(&[name]).is_some_and(differs) {
            body.set(&[name], value.clone())?;
        }
    }
    match companions.get("merge") {
        Some(merge) => lay(merge, &mut Vec::new(), body),
        None => Ok(()),
    }
}

/// `tells`: the model is told what a `tool_choice` that it refuses while it thinks wanted.
pub fn choose(facts: &Facts, tells: bool, body: &mut Body) -> Result<(), Blocked> {
    if let Some(choice) = &facts.choice {
        let taken = |sent: &Json<'_>| choice.iter().any(|word| sent.as_str() == Some(word));
        let refused = body.get(&["tool_choice"]).filter(|sent| !taken(sent));
        if let Some(refused) = refused.cloned() {
            body.set(&["tool_choice"], "auto".into())?;
            if let Some(words) = tool_choice_in_words(&refused).filter(|_| tells) {
                prompt::tell(&words, body)?;
            }
        }
    }
    Ok(())
}

fn members<'j>(
    json: &'j Json<'static>,
    name: &str,
) -> impl Iterator<Item = (&'j str, &'j Json<'static>)> {
    let object = json.get(name).and_then(Json::as_object);
    object.into_iter().flat_map(|members| members.iter())
}

/// Each value that is no object, to its place.
fn lay<'j>(
    json: &'j Json<'static>,
    path: &mut Vec<&'j str>,
    body: &mut Body,
) -> Result<(), Blocked> {
    let Some(object) = json.as_object() else {
        return match body.get(path) {
            Some(sent) if sent.to_string() == json.to_string() => Ok(()),
            _ => body.set(path, json.clone()),
        };
    };
    for (name, value) in object.iter() {
        path.push(name);
        lay(value, path, body)?;
        path.pop();
    }
    Ok(())
}
