//! The tools that a request offers, and which of them it wants.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Array;

use crate::facts::Facts;
use crate::history::text;
use crate::names::Names;
use crate::schema;

/// Tools as the backend takes them; what is right keeps its spelling.
pub fn fit<'a>(mut tools: Array<'a>, facts: &Facts, names: &mut Names) -> Array<'a> {
    let name = |tool: &Json<'_>| {
        tool.get("function")
            .map(|function| text(function, "name").to_string())
    };
    let all: Vec<String> = tools.iter().filter_map(name).collect();
    for at in 0..tools.len() {
        let Some(tool) = tools.get(at) else {
            continue;
        };
        let own = name(tool).unwrap_or_default();
        let taken = |short: &str| all.iter().any(|known| known == short);
        let short = facts.max_name.map(|max| names.fit(&own, max, &taken));
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

/// Another `tool_choice`, if this one is refused.
pub fn choice(choice: &str, facts: &Facts, names: &Names) -> Option<Json<'static>> {
    let choice = Json::parse(choice).ok()?;
    if let Some(taken) = &facts.choice {
        let is_taken = choice
            .as_str()
            .is_some_and(|choice| taken.iter().any(|known| known == choice));
        if !is_taken {
            return Some("auto".into());
        }
    }
    let short = names
        .short(text(choice.get("function")?, "name"))?
        .to_string();
    let mut choice = choice.clone().into_owned();
    choice.get_mut("function")?.set("name", short);
    Some(choice)
}
