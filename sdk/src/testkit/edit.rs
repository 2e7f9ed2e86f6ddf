use std::string::{String, ToString};

use crate::{BodyEdit, Json, Result};

/// The body after an edit, as the host makes it.
pub(super) fn apply(body: &str, edit: &BodyEdit) -> Result<String> {
    let members = match edit {
        BodyEdit::Keep => return Ok(body.to_string()),
        BodyEdit::Replace(body) => return Ok(Json::parse(body)?.to_text()),
        BodyEdit::Members(members) => members,
    };
    let mut json = Json::parse(body)?;
    for (name, value) in members {
        match value {
            Some(value) => json.set(name, Json::parse(value)?),
            None => {
                json.remove(name);
            }
        }
    }
    Ok(json.to_text())
}
