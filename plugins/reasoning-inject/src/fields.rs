//! Members into the request, beside what is there.

use alloc::vec::Vec;

use yallmp_sdk::host::{Level, log};
use yallmp_sdk::{Edit, Json, RequestOutcome, request};

use crate::dialects::{Field, Value};
use crate::settings::Settings;

/// The least that Anthropic takes, and what an answer should have left.
const LEAST: u64 = 1024;

/// A request that cannot take the fields is left alone: with a word in the log, for the
/// backend may answer it all the same.
pub fn set(fields: &[Field], settings: &Settings) -> RequestOutcome {
    match changed(fields, settings) {
        Ok(members) => {
            let edit = |edit: Edit, (name, value): &(&str, Json<'_>)| edit.set(name, value);
            members.iter().fold(Edit::new(), edit).into_outcome()
        }
        Err(why) => {
            log(Level::Warn, why);
            RequestOutcome::Unchanged
        }
    }
}

/// The changed top-level members.
fn changed(
    fields: &[Field],
    settings: &Settings,
) -> Result<Vec<(&'static str, Json<'static>)>, &'static str> {
    let mut members: Vec<(&str, Json<'_>)> = Vec::new();
    for field in fields.iter().filter(|field| settings.holds(&field.when)) {
        let [top, below @ ..] = field.path else {
            continue;
        };
        let at = members.iter().position(|(name, _)| name == top);
        let at = at.unwrap_or_else(|| {
            members.push((*top, before(top)));
            members.len() - 1
        });
        let mut place = &mut members[at].1;
        for name in below {
            if !place.is_null() && place.as_object().is_none() {
                return Err(
                    "reasoning is not switched on: the request has no object where it belongs",
                );
            }
            place = place.make_object().entry(name);
        }
        *place = value(&field.value, settings)?;
    }
    Ok(members)
}

/// The member as the client sent it.
fn before(name: &str) -> Json<'static> {
    let text = request::member(name);
    let json = text.as_deref().and_then(|text| Json::parse(text).ok());
    json.map_or(Json::Null, Json::into_owned)
}

fn value(value: &Value, settings: &Settings) -> Result<Json<'static>, &'static str> {
    Ok(match value {
        Value::True => true.into(),
        Value::Text(text) => (*text).into(),
        Value::Effort(default) => alloc::string::String::from(settings.effort_or(default)).into(),
        Value::Budget => settings.budget_tokens().into(),
        Value::BudgetWithin => within_max_tokens(settings.budget_tokens())?.into(),
    })
}

fn within_max_tokens(budget: u64) -> Result<u64, &'static str> {
    let limit = ["max_completion_tokens", "max_tokens"]
        .into_iter()
        .find_map(|name| before(name).as_u64());
    match limit {
        Some(limit) if budget >= limit => limit
            .checked_sub(LEAST)
            .filter(|budget| *budget >= LEAST)
            .ok_or("reasoning is not switched on: `max_tokens` leaves no room for it"),
        _ => Ok(budget),
    }
}
