//! Arguments of calls in the history that are no JSON text of an object: chat templates parse
//! them, and refuse the whole request.

use alloc::string::String;

use yallmp_sdk::Json;

use crate::facts::Facts;
use crate::history::{History, calls};

pub fn mend(history: &mut History<'_>, facts: &Facts) {
    if !facts.arguments {
        return;
    }
    for at in 0..history.messages().len() {
        let needs = calls(&history.messages()[at])
            .iter()
            .any(|call| better(call).is_some());
        if !needs {
            continue;
        }
        let message = history.change(at);
        let list = message.and_then(|message| message.get_mut("tool_calls")?.as_array_mut());
        let list = list.into_iter().flat_map(|list| list.iter_mut());
        for call in list {
            if let Some(arguments) = better(call)
                && let Some(function) = call.get_mut("function")
            {
                function.set("arguments", arguments);
            }
        }
    }
}

/// The arguments that the call should have instead of its own.
fn better(call: &Json<'_>) -> Option<String> {
    let arguments = call.get("function")?.get("arguments");
    let text = match arguments {
        Some(Json::String(text)) => text.as_str(),
        Some(object @ Json::Object(_)) => return Some(object.to_text()),
        _ => return Some("{}".into()),
    };
    match Json::parse(text) {
        Ok(Json::Object(_)) => None,
        // Encoded twice.
        Ok(Json::String(inner)) if matches!(Json::parse(inner.as_str()), Ok(Json::Object(_))) => {
            Some(inner.as_str().into())
        }
        _ if text.trim().is_empty() => Some("{}".into()),
        // Beyond repair here: nothing of it is lost.
        _ => {
            let mut object = Json::object();
            object.set("_raw", String::from(text));
            Some(object.to_text())
        }
    }
}
