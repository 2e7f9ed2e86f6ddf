//! Time limits, from four places: LiteLLM's names and our own, for the file and for one
//! model. What is nearer to the model wins, and our names win over LiteLLM's.

use std::time::Duration;

use super::Timeouts;
use super::findings::At;

/// What one place says.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    connect: Option<Duration>,
    headers: Option<Duration>,
    first_event: Option<Duration>,
    between_events: Option<Duration>,
    whole: Option<Duration>,
    /// `Some(None)`: off.
    total: Option<Option<Duration>>,
    /// No wait before an answer is longer than this.
    cap: Option<Duration>,
}

impl Limits {
    /// LiteLLM's `timeout` is about the whole answer, so it must not cut a stream that
    /// flows: it only shortens the waits before one. `stream_timeout` is LiteLLM's limit
    /// for a stream to say something.
    pub fn named(timeout: Option<At<'_>>, stream: Option<At<'_>>) -> Self {
        let whole = timeout.and_then(|at| at.node.as_seconds());
        Self {
            whole,
            cap: whole,
            first_event: stream.and_then(|at| at.node.as_seconds()),
            ..Self::default()
        }
    }

    /// Our own, each by its name.
    pub fn exact(at: Option<&At<'_>>) -> Self {
        let time = |key| at?.get(key)?.node.as_seconds();
        let total = at.and_then(|at| at.get("total"));
        Self {
            connect: time("connect"),
            headers: time("headers"),
            first_event: time("first_event"),
            between_events: time("between_events"),
            whole: time("whole"),
            total: total.and_then(|at| match at.node.is_off() {
                true => Some(None),
                false => at.node.as_seconds().map(Some),
            }),
            cap: None,
        }
    }

    /// What holds for the rest of a file, said anew.
    pub fn of(times: &Timeouts) -> Self {
        let derived = times.headers == head_of(times.whole, times.first_event);
        Self {
            connect: Some(times.connect),
            headers: (!derived).then_some(times.headers),
            first_event: Some(times.first_event),
            between_events: Some(times.between_events),
            whole: Some(times.whole),
            total: Some(times.total),
            cap: None,
        }
    }

    /// This, and below it what holds otherwise.
    pub fn over(self, below: &Limits) -> Self {
        let capped = |time: Option<Duration>| match self.cap {
            Some(cap) => time.map(|time| time.min(cap)),
            None => time,
        };
        Self {
            connect: self.connect.or(capped(below.connect)),
            headers: self.headers.or(capped(below.headers)),
            first_event: self.first_event.or(capped(below.first_event)),
            between_events: self.between_events.or(below.between_events),
            whole: self.whole.or(below.whole),
            total: self.total.or(below.total),
            cap: self.cap.or(below.cap),
        }
    }

    pub fn resolve(&self) -> Timeouts {
        let default = Timeouts::default();
        let capped = |time: Duration| self.cap.map_or(time, |cap| time.min(cap));
        let whole = self.whole.unwrap_or(default.whole);
        let first_event = self.first_event.unwrap_or(capped(default.first_event));
        Timeouts {
            connect: self.connect.unwrap_or(capped(default.connect)),
            headers: self.headers.unwrap_or(head_of(whole, first_event)),
            first_event,
            between_events: self.between_events.unwrap_or(default.between_events),
            whole,
            total: self.total.unwrap_or(default.total),
        }
    }
}

/// A backend that does not stream sends its head with the whole answer, and one that does
/// may send it with the first event: by itself the head has no shorter limit.
fn head_of(whole: Duration, first_event: Duration) -> Duration {
    whole.max(first_event)
}

#[cfg(test)]
#[path = "timeouts_tests.rs"]
mod tests;
