//! What an exchange came to, for those who count it: metrics and traces. Gathered in plain
//! fields of the exchange at every level of the log, and given away once, when it is over:
//! nothing is shared while events flow.

mod spread;
mod trace;

pub use spread::Spread;
pub use trace::{TRACEPARENT, TraceContext};

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::StatusCode;

use crate::chain::StageErrorKind;
use crate::config::Deployment;
use crate::dialect::{Dialect, Said};
use crate::route::{Class, Failure, Reach, classify};
use crate::tape::{End, ExchangeMeta};

/// Hears of every exchange. Called on the exchange's own thread, so it must not wait.
pub trait Observer: Send + Sync {
    /// An exchange began. Exactly one [`Observer::ended`] follows.
    fn began(&self);
    fn ended(&self, exchange: &Ended<'_>);
}

impl Observer for Vec<Arc<dyn Observer>> {
    fn began(&self) {
        self.iter().for_each(|observer| observer.began());
    }

    fn ended(&self, exchange: &Ended<'_>) {
        self.iter().for_each(|observer| observer.ended(exchange));
    }
}

/// Counts nothing.
pub struct Nobody;

impl Observer for Nobody {
    fn began(&self) {}
    fn ended(&self, _exchange: &Ended<'_>) {}
}

/// An exchange that is over.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    pub meta: &'a ExchangeMeta,
    pub end: &'a End,
    pub account: &'a Account,
}

/// What [`End`] does not say.
#[derive(Debug, Clone)]
pub struct Account {
    /// Such as `/v1/chat/completions`; any path below `/v1/`.
    pub path: Arc<str>,
    pub dialect: Dialect,
    /// The `model_name` that the request's model was found under: a name or a pattern of the
    /// configuration. None: it is not configured.
    pub model: Option<Arc<str>>,
    pub streaming: bool,
    /// Why the client got an error: the code of a refusal, else the class of the last failure.
    pub error: Option<&'static str>,
    /// What the proxy itself took up to the head of the answer: everything but waiting for
    /// backends and between tries. None if no answer began.
    pub opening: Option<Duration>,
    /// Of a stream: from the arrival of bytes until what they became left, for each write.
    pub delays: Spread,
    /// Of a stream: between arrivals of the backend's bytes, from the first event on. What
    /// came together is one arrival; while the client does not read, the clock stands.
    pub gaps: Spread,
    pub attempts: Vec<Attempt>,
    /// None: nobody wants spans.
    pub trace: Option<TraceContext>,
    /// What the answer said of itself. Only looked for where there is a trace.
    pub said: Option<Said>,
    /// Plugins that died, and of what.
    pub deaths: Vec<(Arc<str>, StageErrorKind)>,
}

/// One try at one deployment. Times are since the exchange began.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub deployment: Arc<Deployment>,
    pub target_model: Arc<str>,
    pub reach: Reach,
    pub began: Duration,
    /// The request was ready to be sent.
    pub sent: Option<Duration>,
    /// Of the backend's answer.
    pub status: Option<StatusCode>,
    /// The first meaningful event of a stream came.
    pub first_event: Option<Duration>,
    pub ended: Duration,
    /// None while it goes on.
    pub result: Option<AttemptResult>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    Answered,
    Failed(Class),
    /// A plugin refused the request.
    Rejected,
    /// The client left.
    Cancelled,
}

impl AttemptResult {
    pub(crate) fn failed(failure: &Failure) -> Self {
        Self::Failed(classify(failure, SystemTime::now()).class)
    }

    /// Stable, for metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed(class) => class.name(),
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Microseconds between arrivals.
pub static GAPS: [u32; 14] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000,
];
/// Microseconds that the proxy adds.
pub static DELAYS: [u32; 14] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 1_000_000,
];

impl Default for Account {
    fn default() -> Self {
        Self {
            path: "".into(),
            dialect: Dialect::Other,
            model: None,
            streaming: false,
            error: None,
            opening: None,
            delays: Spread::new(&DELAYS),
            gaps: Spread::new(&GAPS),
            attempts: Vec::new(),
            trace: None,
            said: None,
            deaths: Vec::new(),
        }
    }
}

impl Account {
    /// Look into the answer, or the event that ends it, if there is somebody to tell.
    pub fn hear(&mut self, answer: &str) {
        if self.trace.is_some_and(|trace| trace.sampled) {
            self.said = Some(Said::of(answer));
        }
    }

    /// The try that is under way, or was last.
    pub fn attempt(&mut self) -> Option<&mut Attempt> {
        self.attempts.last_mut()
    }

    /// The try that is under way is over; one that is already is left as it is.
    pub fn settle(&mut self, result: AttemptResult, at: Duration) {
        if let Some(attempt) = self.attempts.last_mut()
            && attempt.result.is_none()
        {
            attempt.result = Some(result);
            attempt.ended = at;
        }
    }
}
