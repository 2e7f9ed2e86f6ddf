//! `GET exchanges`: what the index holds, and what is not in it yet.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::value::RawValue;
use yallmp_log::index::{Cursor, Filter, IndexError, Page};
use yallmp_log::live::Known;
use yallmp_log::trace::{self, Summary};

use super::super::errors::ApiError;
use super::query::Parameters;
use super::{Inspector, Shared};

const LIMIT: usize = 100;
const MOST: usize = 1000;

/// What `outcome` can be.
const OUTCOMES: [trace::State; 4] = [
    trace::State::Success,
    trace::State::Error,
    trace::State::Cancelled,
    trace::State::Running,
];

#[derive(Serialize)]
pub struct Answer {
    exchanges: Vec<Box<RawValue>>,
    next: Option<String>,
    /// Logs that are not in the index yet.
    indexing: usize,
}

pub async fn list(
    State(shared): State<Shared>,
    mut asked: Parameters,
) -> Result<Json<Answer>, ApiError> {
    let outcomes = OUTCOMES.map(|state| (name(state), name(state)));
    let filter = Filter {
        model: asked.text("model")?,
        deployment: asked.text("deployment")?,
        outcome: asked.word("outcome", &outcomes)?.map(str::to_owned),
        plugin: asked.text("plugin")?,
        text: asked.text("q")?,
        since: asked.time("since")?.map(|time| time.0),
        until: asked.time("until")?.map(|time| time.0),
    };
    let limit = asked.count("limit", MOST)?.unwrap_or(LIMIT);
    let before = asked.parsed("before", "not the `next` of a page", |text| {
        text.parse().ok()
    })?;
    asked.end()?;
    let answer = shared.read(move |inspector| page(inspector, &filter, before.as_ref(), limit));
    Ok(Json(answer.await?))
}

fn page(
    inspector: &Inspector,
    filter: &Filter,
    before: Option<&Cursor>,
    limit: usize,
) -> Result<Answer, ApiError> {
    // First what is live: an exchange that ends now is in the index or here, or in both.
    let live = match before {
        None => inspector.log.hub().list(),
        Some(_) => Vec::new(),
    };
    let page = match inspector.reader.list(filter, before, limit) {
        Ok(page) => page,
        Err(IndexError::Missing(_)) => Page::default(),
        Err(error) => return Err(error.into()),
    };
    let next = page.next.as_ref().map(Cursor::to_string);
    let oldest = page.next.clone();
    let known: HashSet<_> = page.found.iter().map(|found| &found.place).collect();
    let mut exchanges = Vec::new();
    for live in live {
        let place = Cursor {
            started: live.started(),
            id: live.id.to_string(),
        };
        // What is older comes with its page, when it is in the index.
        let is_later = oldest.as_ref().is_none_or(|oldest| place > *oldest);
        if (live.is_running() || is_later && is_there(inspector, &live)) && !known.contains(&place)
        {
            exchanges.extend(matching(&live, filter).map(|summary| (place, raw(&summary))));
        }
    }
    for found in page.found {
        let json = RawValue::from_string(found.summary);
        let json = json.map_err(|_| ApiError(super::super::internal_error()))?;
        exchanges.push((found.place, json));
    }
    exchanges.sort_by(|a, b| b.0.cmp(&a.0));
    Ok(Answer {
        exchanges: exchanges.into_iter().map(|(_, json)| json).collect(),
        next,
        indexing: inspector.index.pending(),
    })
}

/// Whether its log was not deleted meanwhile. One that waits for its file has no name yet.
fn is_there(inspector: &Inspector, live: &Known) -> bool {
    let file = live.file.as_ref();
    file.is_none_or(|file| inspector.dir.join(file).exists())
}

/// The text of what is not in the index yet cannot be searched.
fn matching(live: &Known, filter: &Filter) -> Option<Summary> {
    let started = live.started();
    if filter.text.is_some()
        || filter.since.is_some_and(|since| started < since)
        || filter.until.is_some_and(|until| started >= until)
    {
        return None;
    }
    let summary = live.summary();
    let same = |wanted: &Option<String>, is: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
    };
    let is_wanted = same(&filter.model, Some(&summary.model))
        && same(&filter.deployment, summary.deployment.as_deref())
        && same(&filter.outcome, Some(name(summary.state)))
        && filter
            .plugin
            .as_ref()
            .is_none_or(|plugin| summary.changed_by.contains(plugin));
    is_wanted.then_some(summary)
}

fn name(state: trace::State) -> &'static str {
    match state {
        trace::State::Running => "running",
        trace::State::Success => "success",
        trace::State::Error => "error",
        trace::State::Cancelled => "cancelled",
    }
}

pub(super) fn raw(summary: &Summary) -> Box<RawValue> {
    serde_json::value::to_raw_value(summary).expect("a summary is JSON")
}
