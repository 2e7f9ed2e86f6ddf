//! The deltas that we write ourselves.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;
use yallmp_sdk::json::Object;

/// An entry of `tool_calls` that opens a call.
pub fn opener(index: u64, id: &str, name: &str, arguments: &str) -> Json<'static> {
    let function: Object<'static> = [("name", name), ("arguments", arguments)]
        .map(|(key, value)| (key, Json::from(String::from(value))))
        .into_iter()
        .collect();
    let entry: Object<'static> = [
        ("index", Json::from(index)),
        ("id", String::from(id).into()),
        ("type", "function".into()),
        ("function", function.into()),
    ]
    .into_iter()
    .collect();
    entry.into()
}

/// An entry of `tool_calls` that goes on with a call.
pub fn more(index: u64, arguments: &str) -> Json<'static> {
    let function: Object<'static> = [("arguments", Json::from(String::from(arguments)))]
        .into_iter()
        .collect();
    let entry: Object<'static> = [("index", Json::from(index)), ("function", function.into())]
        .into_iter()
        .collect();
    entry.into()
}

/// A delta of one entry.
pub fn of(entry: Json<'static>) -> Json<'static> {
    let delta: Object<'static> = [("tool_calls", Json::from(Vec::from([entry])))]
        .into_iter()
        .collect();
    delta.into()
}
