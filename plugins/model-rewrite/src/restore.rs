use yallmp_sdk::{Event, Json, Out};

/// Where answers name their model: chat completions, completions and embeddings at the top,
/// events of the Responses API inside.
const PLACES: [&str; 2] = ["/model", "/response/model"];

/// The event with the model named as the client did.
pub fn out(event: &Event, client_model: &str) -> Out {
    let Ok(mut json) = event.json() else {
        return Out::pass();
    };
    let mut changed = false;
    for place in PLACES {
        let named = json.pointer(place).and_then(Json::as_str);
        if named.is_some_and(|name| name != client_model)
            && let Some(model) = json.pointer_mut(place)
        {
            *model = client_model.into();
            changed = true;
        }
    }
    if changed {
        Out::nothing().named_event(event.name.clone(), json)
    } else {
        Out::pass()
    }
}
