//! The four places at which a request and its answer can be looked at.

use clap::ValueEnum;
use serde_json::{Value, json};
use yallmp_log::index::Answer;
use yallmp_log::trace::{Body, Trace};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The request as the client sent it
    Client,
    /// The request as the last backend got it
    Upstream,
    /// The answer as it came from there
    Received,
    /// The answer as the client got it
    Delivered,
}

impl Stage {
    pub const ALL: [Self; 4] = [
        Self::Client,
        Self::Upstream,
        Self::Received,
        Self::Delivered,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Upstream => "upstream",
            Self::Received => "received",
            Self::Delivered => "delivered",
        }
    }

    /// The body there; what a stream says is put together. None if the log does not hold it.
    pub fn value(self, trace: &Trace) -> Option<Value> {
        if self.is_stream(trace) {
            return self.said(trace);
        }
        let text = self.body(trace)?.body.as_ref()?;
        Some(serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()))
    }

    /// Of an answer, whole or streamed, what the model said, so that both can be compared.
    pub fn said(self, trace: &Trace) -> Option<Value> {
        let answer = self.answer(trace)?;
        let mut value = json!({"content": answer.content});
        for (name, text) in [("reasoning", answer.reasoning), ("calls", answer.calls)] {
            if !text.is_empty() {
                value[name] = text.trim_start().into();
            }
        }
        Some(value)
    }

    /// What the model said. None of a request, and if the log does not hold it.
    pub fn answer(self, trace: &Trace) -> Option<Answer> {
        let frames: Vec<&str> = match self {
            Self::Client | Self::Upstream => return None,
            Self::Received => {
                let events = &trace.attempts.last()?.events;
                events.iter().filter_map(|it| it.raw.as_deref()).collect()
            }
            Self::Delivered => trace.out.iter().map(|it| it.raw.as_str()).collect(),
        };
        let mut answer = Answer::default();
        match self.body(trace) {
            Some(body) => answer.json(body.body.as_ref()?.as_bytes()),
            None if frames.is_empty() => return None,
            None => frames.iter().for_each(|it| answer.frame(it.as_bytes())),
        }
        Some(answer)
    }

    /// It is a stream of events, not one body.
    pub fn is_stream(self, trace: &Trace) -> bool {
        let is_answer = matches!(self, Self::Received | Self::Delivered);
        is_answer && self.body(trace).is_none()
    }

    fn body(self, trace: &Trace) -> Option<&Body> {
        let attempt = trace.attempts.last();
        match self {
            Self::Client => Some(&trace.client.as_ref()?.body),
            Self::Upstream => Some(&attempt?.sent.as_ref()?.body),
            Self::Received => Some(&attempt?.received.as_ref()?.body),
            Self::Delivered => Some(&trace.delivered.as_ref()?.body),
        }
    }
}
