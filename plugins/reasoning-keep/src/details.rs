//! `reasoning_details` of a stream, put together: pieces of one detail become one.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::Json;

/// Adds the items of one delta. A piece belongs to the last detail with the same type and
/// the same `index` (else the same `id`, else to the one just before): its text is appended,
/// and what else it says is taken over.
pub fn add(details: &mut Vec<Json<'static>>, items: &Json<'_>) {
    for item in items.as_array().into_iter().flatten() {
        match details.iter().rposition(|known| is_same(known, item)) {
            Some(at) => merge(&mut details[at], item),
            None => details.push(item.clone().into_owned()),
        }
    }
}

fn is_same(known: &Json<'_>, item: &Json<'_>) -> bool {
    if known.get("type") != item.get("type") {
        return false;
    }
    for name in ["index", "id"] {
        let (one, other) = (known.get(name), item.get(name));
        let (one, other) = (
            one.filter(|it| !it.is_null()),
            other.filter(|it| !it.is_null()),
        );
        if one.is_some() || other.is_some() {
            return one == other;
        }
    }
    true
}

fn merge(known: &mut Json<'static>, item: &Json<'_>) {
    for (name, value) in item.as_object().into_iter().flat_map(|it| it.iter()) {
        let adds_up = matches!(name, "text" | "summary" | "data");
        let before = known.get(name).and_then(Json::as_str).unwrap_or_default();
        match value.as_str() {
            Some(more) if adds_up => {
                let mut both = String::from(before);
                both += more;
                known.set(name, both);
            }
            _ if value.is_null() => {}
            _ => known.set(name, value.clone().into_owned()),
        }
    }
}

/// What can be read in them.
pub fn text(details: &[Json<'_>]) -> String {
    let texts = details.iter().filter_map(|detail| {
        let text = detail.get("text").or_else(|| detail.get("summary"))?;
        text.as_str()
    });
    texts.collect()
}
