//! Lists of exchanges, newest first, page by page.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::Value;

use super::reader::Reader;
use super::schema::IndexError;
use super::words;

/// Which exchanges; what is not given matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub model: Option<String>,
    /// That answered, or was tried last.
    pub deployment: Option<String>,
    /// `success`, `error` or `cancelled`.
    pub outcome: Option<String>,
    /// That changed something.
    pub plugin: Option<String>,
    /// Words of the conversation; see `docs/inspector.md`.
    pub text: Option<String>,
    /// Microseconds since 1970; begun then or later.
    pub since: Option<i64>,
    /// Begun before this.
    pub until: Option<i64>,
}

/// A place in the list. The page after it begins with the next older exchange, whatever came
/// in the meantime.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor {
    /// Microseconds since 1970.
    pub started: i64,
    pub id: String,
}

#[derive(Debug, Default)]
pub struct Page {
    pub found: Vec<Found>,
    /// None on the last page.
    pub next: Option<Cursor>,
}

#[derive(Debug)]
pub struct Found {
    pub place: Cursor,
    /// A `Summary` as JSON.
    pub summary: String,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.started, self.id)
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (started, id) = text.split_once('-').ok_or(())?;
        Ok(Self {
            started: started.parse().map_err(|_| ())?,
            id: id.to_owned(),
        })
    }
}

impl Reader {
    /// Up to `limit` exchanges that are older than `before`.
    pub fn list(
        &self,
        filter: &Filter,
        before: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, IndexError> {
        let Some((conditions, mut values)) = conditions(filter, before) else {
            return Ok(Page {
                found: Vec::new(),
                next: None,
            });
        };
        values.push(Value::Integer(limit as i64 + 1));
        let statement = format!(
            "SELECT started, id, summary FROM exchange WHERE {conditions}
             ORDER BY started DESC, id DESC LIMIT ?"
        );
        let mut found = self.ask(|connection| {
            connection
                .prepare_cached(&statement)?
                .query_map(rusqlite::params_from_iter(values), |row| {
                    Ok(Found {
                        place: Cursor {
                            started: row.get(0)?,
                            id: row.get(1)?,
                        },
                        summary: row.get(2)?,
                    })
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let is_last = found.len() <= limit;
        found.truncate(limit);
        let next = found.last().filter(|_| !is_last);
        Ok(Page {
            next: next.map(|found| found.place.clone()),
            found,
        })
    }
}

/// None if nothing can match.
fn conditions(filter: &Filter, before: Option<&Cursor>) -> Option<(String, Vec<Value>)> {
    let mut conditions = vec!["1"];
    let mut values = Vec::new();
    let texts = [
        ("model = ?", &filter.model),
        ("deployment = ?", &filter.deployment),
        ("outcome = ?", &filter.outcome),
        (
            "n IN (SELECT exchange FROM plugin WHERE name = ? AND changed > 0)",
            &filter.plugin,
        ),
    ];
    for (condition, value) in texts {
        if let Some(value) = value {
            conditions.push(condition);
            values.push(Value::Text(value.clone()));
        }
    }
    if let Some(typed) = &filter.text {
        conditions.push("n IN (SELECT rowid FROM words WHERE words MATCH ?)");
        values.push(Value::Text(words::query(typed)?));
    }
    for (condition, time) in [
        ("started >= ?", filter.since),
        ("started < ?", filter.until),
    ] {
        if let Some(time) = time {
            conditions.push(condition);
            values.push(Value::Integer(time));
        }
    }
    if let Some(cursor) = before {
        conditions.push("(started, id) < (?, ?)");
        values.push(Value::Integer(cursor.started));
        values.push(Value::Text(cursor.id.clone()));
    }
    Some((conditions.join(" AND "), values))
}
