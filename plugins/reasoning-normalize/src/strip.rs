//! Takes the reasoning that this plugin wrote into texts out of later requests: the client
//! sends back what it was shown, and the model must not take it for its answer.

use alloc::string::{String, ToString};

use yallmp_sdk::{Edit, Json, RequestOutcome, Result, request};

/// `multi`: spans stand behind text too.
pub fn messages(open: &str, close: &str, multi: bool) -> Result<RequestOutcome> {
    let without = |text: &str| {
        let head = without(text, open, close);
        let rest = head.as_deref().unwrap_or(text);
        multi
            .then(|| without_inner(rest, open, close))
            .flatten()
            .or(head)
    };
    let Some(text) = request::member("messages") else {
        return Ok(RequestOutcome::Unchanged);
    };
    let mut json = Json::parse(&text)?;
    let mut changed = false;
    let messages = json.as_array().map_or(0, |messages| messages.len());
    for at in 0..messages {
        let Some(message) = json.get(at) else {
            continue;
        };
        if message.get("role").and_then(Json::as_str) != Some("assistant") {
            continue;
        }
        match message.get("content") {
            Some(Json::String(text)) => {
                if let Some(rest) = without(text.as_str()) {
                    if let Some(message) = json.get_mut(at) {
                        message.set("content", rest);
                    }
                    changed = true;
                }
            }
            Some(Json::Array(parts)) => {
                let first = parts.get(0).and_then(|part| part.get("text")?.as_str());
                if let Some(rest) = first.and_then(without) {
                    let part = json
                        .get_mut(at)
                        .and_then(|it| it.get_mut("content")?.get_mut(0));
                    if let Some(part) = part {
                        part.set("text", rest);
                    }
                    changed = true;
                }
            }
            _ => {}
        }
    }
    Ok(match changed {
        true => Edit::new().set("messages", &json).into_outcome(),
        false => RequestOutcome::Unchanged,
    })
}

/// The text behind all spans at its start; none if there is none. Clients trim texts, so the
/// tags count without the white space around them.
fn without(text: &str, open: &str, close: &str) -> Option<String> {
    let (open, close) = (open.trim(), close.trim());
    let mut rest = text.trim_start().strip_prefix(open)?;
    loop {
        // A span that was cut is all there is.
        let Some((_, behind)) = rest.split_once(close) else {
            return Some("".to_string());
        };
        let behind = behind.trim_start_matches('\n');
        match behind.strip_prefix(open) {
            Some(next) => rest = next,
            None => return Some(behind.to_string()),
        }
    }
}

/// The text without spans behind text, which stand there as they were written: with the line breaks of the
/// tags, and in no code.
fn without_inner(text: &str, open: &str, close: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest[from..].find(open).map(|at| from + at) {
        let fences = out.matches("```").count() + rest[..at].matches("```").count();
        if fences % 2 == 1 {
            from = at + open.len();
            continue;
        }
        out += &rest[..at];
        let end = close.trim_end();
        rest = match rest[at + open.len()..].split_once(end) {
            Some((_, behind)) => behind.strip_prefix(&close[end.len()..]).unwrap_or(behind),
            // One that was cut.
            None => "",
        };
        from = 0;
    }
    (rest.len() < text.len()).then_some(out + rest)
}
