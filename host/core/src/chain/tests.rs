//! The chain with plugins that are closures.

mod failures;
mod held;
mod order;
mod requests;
mod told;

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use proptest::prelude::*;

use super::*;
use crate::config::{Backend, Deployment, LogLevel, OnError};
use crate::tape::{Discard, Entry, ExchangeMeta, Note, Sink, Spent, Tape};

type Calls = Arc<Mutex<Vec<String>>>;
type OnEvent = Arc<dyn Fn(&str) -> Result<Outcome, StageError> + Send + Sync>;
type OnRequest = Arc<dyn Fn(&RequestBody) -> Result<RequestOutcome, StageError> + Send + Sync>;

/// A plugin written as closures.
#[derive(Clone)]
struct Native {
    name: String,
    request: Interest,
    response: Interest,
    errors: Interest,
    on_error: OnError,
    on_request: OnRequest,
    on_event: OnEvent,
    end: Result<Vec<Item>, StageError>,
    listen: Option<Interest>,
    facts: Vec<Fact>,
    max_held: usize,
    calls: Calls,
}

fn native(name: &str, calls: &Calls) -> Native {
    Native {
        name: name.into(),
        request: Interest::None,
        response: Interest::All,
        errors: Interest::None,
        on_error: OnError::Skip,
        on_request: Arc::new(|_| Ok(RequestOutcome::Unchanged)),
        on_event: Arc::new(|_| Ok(Outcome::Unchanged)),
        end: Ok(Vec::new()),
        listen: None,
        facts: Vec::new(),
        max_held: 1 << 20,
        calls: calls.clone(),
    }
}

impl Native {
    fn event(
        mut self,
        f: impl Fn(&str) -> Result<Outcome, StageError> + Send + Sync + 'static,
    ) -> Self {
        self.on_event = Arc::new(f);
        self
    }
}

impl Plugin for Native {
    fn name(&self) -> &str {
        &self.name
    }
    fn on_error(&self) -> OnError {
        self.on_error
    }
    fn request(&self) -> &Interest {
        &self.request
    }
    fn response(&self) -> &Interest {
        &self.response
    }
    fn errors(&self) -> &Interest {
        &self.errors
    }
    fn max_held_bytes(&self) -> usize {
        self.max_held
    }
    fn start(&self, _attempt: Arc<AttemptFacts>, request: RequestBody) -> Box<dyn Stage> {
        self.calls
            .lock()
            .unwrap()
            .push(format!("{} starts", self.name));
        Box::new(Running {
            plugin: self.clone(),
            request,
        })
    }
}

struct Running {
    plugin: Native,
    request: RequestBody,
}

impl Running {
    fn called(&self, what: &str) {
        self.plugin
            .calls
            .lock()
            .unwrap()
            .push(format!("{} {what}", self.plugin.name));
    }
}

#[async_trait]
impl Stage for Running {
    async fn on_request(&mut self) -> Result<RequestOutcome, StageError> {
        self.called(&format!("request {}", self.request.text()));
        (self.plugin.on_request)(&self.request)
    }
    async fn on_event(&mut self, event: EventRef<'_>) -> Result<Outcome, StageError> {
        self.called(&format!("event {}", event.data));
        (self.plugin.on_event)(event.data)
    }
    async fn on_end(&mut self, reason: EndReason) -> Result<Vec<Item>, StageError> {
        self.called(&format!("end {reason:?}"));
        self.plugin.end.clone()
    }
    fn take_listen(&mut self) -> Option<Interest> {
        self.plugin.listen.take()
    }
    fn take_logs(&mut self) -> Vec<LogLine> {
        Vec::new()
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        std::mem::take(&mut self.plugin.facts)
    }
}

fn tape() -> Tape {
    tape_for(Arc::new(Discard), LogLevel::Full)
}

fn tape_for(sink: Arc<dyn Sink>, level: LogLevel) -> Tape {
    let meta = ExchangeMeta {
        id: "x".into(),
        started: SystemTime::UNIX_EPOCH,
        model: "m".into(),
        level,
    };
    Tape::new(sink, Arc::new(meta), 1 << 20)
}

fn run(plugins: Vec<Native>, body: &str) -> Run {
    run_to("m", plugins, body)
}

fn run_to(target: &str, plugins: Vec<Native>, body: &str) -> Run {
    let deployment = Deployment::new("m", Backend::Demo);
    let facts = AttemptFacts {
        id: "x".into(),
        path: "/v1/chat/completions".into(),
        client_model: "m".into(),
        target_model: target.into(),
        streaming: true,
        attempt: 1,
        tenant: "t".into(),
        deployment: Arc::new(deployment),
        headers: Arc::new(HeaderMap::new()),
    };
    let plugins = plugins
        .into_iter()
        .map(|p| Arc::new(p) as Arc<dyn Plugin>)
        .collect();
    Arc::new(Chain::new(plugins)).run(
        Arc::new(facts),
        RequestBody::from_text(body.into()).unwrap(),
    )
}

fn event(data: &str) -> Event {
    Event {
        kind: EventKind::Chunk,
        name: None,
        data: data.into(),
        raw: Some(Bytes::from(format!("data: {data}\n\n"))),
        number: 0,
    }
}

/// Each event, and `*` behind those that are no longer the bytes that came.
fn shown(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .map(|e| format!("{}{}", e.data, if e.raw.is_some() { "" } else { "*" }))
        .collect()
}

async fn play(run: &mut Run, events: &[&str]) -> Result<Vec<String>, ChainFailure> {
    play_on(&mut tape(), run, events).await
}

async fn play_on(
    tape: &mut Tape,
    run: &mut Run,
    events: &[&str],
) -> Result<Vec<String>, ChainFailure> {
    let mut out = Vec::new();
    for (n, data) in events.iter().enumerate() {
        let number = n as u32 + 1;
        let event = Event {
            number,
            ..event(data)
        };
        run.event(event, number, &mut out, tape).await?;
    }
    run.end(EndReason::Done, events.len() as u32, &mut out, tape)
        .await?;
    Ok(shown(&out))
}

fn emit(items: Vec<Item>, keep: u32) -> Result<Outcome, StageError> {
    Ok(Outcome::Emit(Emission {
        items,
        keep,
        stand_in: None,
    }))
}

fn new(data: &str) -> Item {
    Item::New {
        name: None,
        data: data.into(),
    }
}

fn trap() -> StageError {
    StageError {
        kind: StageErrorKind::Trap,
        message: "boom".into(),
    }
}
