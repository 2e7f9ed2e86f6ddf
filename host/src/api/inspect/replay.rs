//! `POST exchanges/{id}/replay`: the request of an exchange again. Online it takes the way
//! of any request through this proxy; offline the backends' answers come from the log.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use yallmp_core::error::ProxyError;
use yallmp_core::exchange::{self, ClientRequest, ReplyBody};
use yallmp_log::text::parse::Log;

use super::super::errors::ApiError;
use super::super::segment::Segment;
use super::super::{forward, receive, request_id};
use super::Shared;
use crate::replay::{self, Changes, Chosen, Outcome, Pacing, Recording, Setup};

/// Largest body of this request, in bytes.
const MOST: usize = 64 << 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    offline: bool,
}

pub async fn replay(
    State(shared): State<Shared>,
    Segment(key): Segment,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let (head, body) = request.into_parts();
    receive::check_json(&head.headers)?;
    let tenant = shared.app.auth.check(&head.headers)?;
    let body = receive::receive(body, &head.headers, MOST).await?;
    let wish: Wish = serde_json::from_slice(&body).map_err(|error| {
        let what = "the body says how to replay, as JSON with `model`, `stream` or `offline`";
        ProxyError::invalid(format!("{what}: {error}"))
    })?;
    let (log, file) = shared.read(move |inspector| inspector.log(&key)).await?;
    match wish.offline {
        true if wish.model.is_some() || wish.stream.is_some() => {
            let what =
                "an offline replay is of the exchange as it was, without `model` and `stream`";
            Err(ApiError(ProxyError::invalid(what)))
        }
        true => offline(&shared, log).await,
        false => online(&shared, &head.headers, tenant, &log, wish, &file).map(Json),
    }
}

/// Begin, and say the new id. Whoever wants to see it follows it as any other. `headers`: of
/// the wish.
fn online(
    shared: &Shared,
    headers: &HeaderMap,
    tenant: Arc<str>,
    log: &Log,
    wish: Wish,
    file: &str,
) -> Result<Value, ApiError> {
    let changes = Changes {
        model: wish.model,
        stream: wish.stream,
    };
    let again = replay::again::again(log, &changes);
    let again = again.map_err(|error| cannot(&format!("cannot replay `{file}`: {error:#}")))?;
    let gateway = shared.app.gateway();
    forward::check_enabled(&gateway, &again.path)?;
    let id = request_id::new();
    let request = ClientRequest {
        id: id.clone(),
        path: again.path.into(),
        host: again.host,
        headers: again.headers,
        body: again.body,
        tenant,
        // Of whoever replays it: the trace of the old exchange is over.
        trace: forward::trace(&gateway, headers),
    };
    tokio::spawn(async move {
        // The log has all that is to be said of it, errors too.
        if let Ok(reply) = exchange::run(gateway, request).await
            && let ReplyBody::Stream(mut pieces) = reply.body
        {
            while let Some(Ok(_)) = pieces.next().await {}
        }
    });
    Ok(json!({ "id": &*id }))
}

/// With the deployments and chains of this proxy, and a store that is empty.
async fn offline(shared: &Shared, log: Log) -> Result<Json<Value>, ApiError> {
    let permit = shared.inspector.replays.clone().acquire_owned().await;
    let config = (*shared.app.gateway().config).clone();
    let run = move || -> anyhow::Result<Value> {
        let _permit = permit;
        let recording = Recording::new(log)?;
        let setup = Setup::new(
            &recording,
            &Chosen::Config(Box::new(config)),
            Pacing::AtOnce,
        )?;
        let describe = setup.describe();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let replayed = runtime.block_on(replay::replay(&recording, setup, Pacing::AtOnce))?;
        let (old, new) = (Outcome::of(&recording.notes), Outcome::of(&replayed.notes));
        Ok(json!({
            "same": old == new,
            "outcome": match old == new {
                true => "same".to_owned(),
                false => format!("different: {}", old.differences(&new).join(", ")),
            },
            "diff": replay::diff(&old.lines(), &new.lines()),
            "chains": describe,
        }))
    };
    let done = tokio::task::spawn_blocking(run).await;
    match done {
        Ok(Ok(answer)) => Ok(Json(answer)),
        Ok(Err(error)) => Err(cannot(&format!("cannot replay it offline: {error:#}"))),
        Err(_panic) => Err(ApiError(super::super::internal_error())),
    }
}

fn cannot(what: &str) -> ApiError {
    let error = ProxyError::new(StatusCode::CONFLICT, "invalid_request_error", what);
    ApiError(error.code("cannot_replay"))
}
