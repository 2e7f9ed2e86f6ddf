//! `GET live`: events as they happen, for as long as somebody listens.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::{Value, json};
use yallmp_log::live::{Follow, Followed, Side, Watch};

use super::super::errors::ApiError;
use super::query::Parameters;
use super::{Shared, not_found};

/// How often summaries come at most.
const PACE: Duration = Duration::from_millis(250);
/// After such a silence a comment comes.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

type Events = BoxStream<'static, Vec<Event>>;

pub async fn live(
    State(shared): State<Shared>,
    mut asked: Parameters,
) -> Result<Response, ApiError> {
    let id = asked.text("id")?;
    asked.end()?;
    let events = match id {
        None => summaries(shared.inspector.log.hub().watch()),
        Some(id) => frames(&shared, id).await?,
    };
    // The proxy stops: who looks on must not keep it.
    let stop = shared.app.draining.clone();
    let events = events
        .take_until(stop.cancelled_owned())
        .flat_map(stream::iter)
        .map(Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events).keep_alive(keep_alive).into_response())
}

fn summaries(watch: Watch) -> Events {
    let events = stream::unfold((watch, false), |(mut watch, waits)| async move {
        if waits {
            watch.changed().await;
            // What changes meanwhile comes with it.
            tokio::time::sleep(PACE).await;
        }
        let (known, lost) = watch.take();
        let mut events = Vec::with_capacity(known.len() + 1);
        events.extend((lost > 0).then(|| event("lost", &json!({ "count": lost }))));
        for known in known {
            let summary = serde_json::to_value(known.summary());
            events.extend(summary.ok().map(|summary| event("summary", &summary)));
        }
        Some((events, (watch, true)))
    });
    // Whoever connects is answered at once.
    let hello = stream::once(async { vec![Event::default().comment("live")] });
    hello.chain(events).boxed()
}

/// The frames of one exchange from its beginning; of one that is over those in its log.
async fn frames(shared: &Shared, id: String) -> Result<Events, ApiError> {
    let follow = shared.inspector.log.hub().follow(&id);
    let key = id.clone();
    let history = shared.read(move |inspector| match follow {
        Some(follow) => {
            // Without a file (a full disk, say) there is only what comes from now on.
            let notes = inspector.log(&key).map(|(log, _)| log.notes);
            let history = follow.history(&notes.unwrap_or_default());
            Ok((history, Some(follow)))
        }
        None => {
            let (log, _) = inspector.log(&key).map_err(|_| not_found(&key))?;
            Ok((yallmp_log::live::frames(&log.notes), None))
        }
    });
    let (history, follow) = history.await?;
    let before = follow.as_ref().map_or(0, |follow| follow.before);
    let read = history
        .iter()
        .filter(|f| matches!(f, Followed::Frame { .. }));
    let missing = before.saturating_sub(read.count() as u64);
    let mut first: Vec<_> = history.iter().map(followed).collect();
    if missing > 0 {
        first.push(event("lost", &json!({ "count": missing })));
    }
    let rest = stream::unfold(follow, |follow: Option<Follow>| async move {
        let mut follow = follow?;
        let batch = follow.next().await?;
        Some((batch.iter().map(followed).collect(), Some(follow)))
    });
    let end = stream::once(async { vec![event("end", &json!({}))] });
    Ok(stream::once(async { first }).chain(rest).chain(end).boxed())
}

fn followed(followed: &Followed) -> Event {
    match followed {
        Followed::Attempt { at, number } => event(
            "attempt",
            &json!({"at": at.as_secs_f64(), "number": number}),
        ),
        Followed::Frame { at, side, raw } => event(
            "frame",
            &json!({
                "at": at.as_secs_f64(),
                "side": match side {
                    Side::In => "in",
                    Side::Out => "out",
                    Side::Both => "both",
                },
                "raw": String::from_utf8_lossy(raw),
            }),
        ),
        Followed::Lost(count) => event("lost", &json!({ "count": count })),
    }
}

fn event(name: &str, data: &Value) -> Event {
    // JSON has no line breaks.
    Event::default().event(name).data(data.to_string())
}
