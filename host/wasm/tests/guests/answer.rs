//! A whole answer through a chain of one plugin: texts in, texts out.

use std::sync::Arc;
use std::time::SystemTime;

use yallmp_core::body::RequestBody;
use yallmp_core::chain::{Chain, ChainFailure, EndReason, Event, EventKind, Plugin, Run};
use yallmp_core::config::LogLevel;
use yallmp_core::tape::{Discard, ExchangeMeta, Tape};

use crate::support::{BODY, facts};

pub struct Answer {
    run: Run,
    tape: Tape,
    number: u32,
    out: Vec<Event>,
}

impl Answer {
    pub fn new(plugin: Arc<dyn Plugin>) -> Self {
        let body = RequestBody::parse(BODY.into()).unwrap();
        let meta = ExchangeMeta {
            id: "id".into(),
            started: SystemTime::UNIX_EPOCH,
            model: "m".into(),
            level: LogLevel::Off,
        };
        Self {
            run: Arc::new(Chain::new(vec![plugin])).run(Arc::new(facts("tenant")), body),
            tape: Tape::new(Arc::new(Discard), Arc::new(meta), 0),
            number: 0,
            out: Vec::new(),
        }
    }

    pub async fn event(&mut self, kind: EventKind, data: &str) -> Result<(), ChainFailure> {
        self.number += 1;
        let event = Event {
            kind,
            name: None,
            data: data.into(),
            raw: Some(data.to_owned().into()),
            number: self.number,
        };
        self.run
            .event(event, self.number, &mut self.out, &mut self.tape)
            .await
    }

    pub async fn end(&mut self) -> Result<(), ChainFailure> {
        self.run
            .end(EndReason::Done, self.number, &mut self.out, &mut self.tape)
            .await
    }

    /// What has come out since the last time.
    pub fn out(&mut self) -> Vec<String> {
        self.out
            .drain(..)
            .map(|event| event.data.to_string())
            .collect()
    }
}

/// A streamed answer, from its first to its last event.
pub async fn stream(plugin: Arc<dyn Plugin>, events: &[&str]) -> Result<Vec<String>, ChainFailure> {
    let mut answer = Answer::new(plugin);
    for event in events {
        answer.event(EventKind::Chunk, event).await?;
    }
    answer.end().await?;
    Ok(answer.out())
}

/// An answer that is not streamed.
pub async fn whole(plugin: Arc<dyn Plugin>, body: &str) -> Result<Vec<String>, ChainFailure> {
    let mut answer = Answer::new(plugin);
    answer.event(EventKind::Whole, body).await?;
    answer.end().await?;
    Ok(answer.out())
}
