//! The tools that a request offers, and which of them it wants.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::chat::tool_choice_in_words;
use yallmp_sdk::json::Array;

use crate::facts::Facts;
use crate::history::text;
use crate::names::Names;
use crate::schema;

/// What the tools are called.
pub fn names(tools: &Array<'_>) -> Vec<String> {
    let names = tools.iter().filter_map(name);
    names.map(ToString::to_string).collect()
}

fn name<'t>(tool: &'t Json<'_>) -> Option<&'t str> {
    Some(text(tool.get("function")?, "name"))
}

/// Tools as the backend takes them; what is right keeps its spelling.
pub fn fit<'a>(mut tools: Array<'a>, facts: &Facts, names: &mut Names) -> Array<'a> {
    let all = self::names(&tools);
    for at in 0..tools.len() {
        let Some(tool) = tools.get(at) else {
            continue;
        };
        let own = name(tool).unwrap_or_default().to_string();
        let taken = |short: &str| all.iter().any(|known| known == short);
        let short = facts
            .names
            .as_ref()
            .map(|form| names.fit(&own, form, &taken));
        let function = tool.get("function");
        let parameters = function.and_then(|function| function.get("parameters"));
        let strict = function.and_then(|function| function.get("strict")?.as_bool()) == Some(true);
        let fitting = parameters.and_then(|schema| schema::fit(schema, &facts.schema, strict));
        let short = short.filter(|short| *short != own);
        if short.is_none() && fitting.is_none() {
            continue;
        }
        let Some(function) = tools
            .iter_mut()
            .nth(at)
            .and_then(|tool| tool.get_mut("function"))
        else {
            continue;
        };
        if let Some(short) = short {
            function.set("name", short);
        }
        if let Some(schema) = fitting {
            function.set("parameters", schema);
        }
    }
    tools
}

/// Another `tool_choice`, and what the model has to be told instead.
pub struct Choice {
    pub choice: Json<'static>,
    pub words: Option<String>,
}

/// What to send for a `tool_choice` that is refused, or names a tool that was renamed.
pub fn choice(choice: &str, facts: &Facts, names: &Names) -> Option<Choice> {
    let mut choice = Json::parse(choice).ok()?.into_owned();
    let named = choice.get("function").map(|it| text(it, "name"));
    let short = named.and_then(|name| names.short(name)).map(String::from);
    let is_renamed = short.is_some();
    if let (Some(short), Some(function)) = (short, choice.get_mut("function")) {
        function.set("name", short);
    }
    if let Some(taken) = &facts.choice {
        let taken = |word: &str| taken.iter().any(|known| known == word);
        if !choice.as_str().is_some_and(taken) {
            let words = tool_choice_in_words(&choice).filter(|_| facts.choice_hint);
            return Some(Choice {
                choice: "auto".into(),
                words,
            });
        }
    }
    is_renamed.then_some(Choice {
        choice,
        words: None,
    })
}
