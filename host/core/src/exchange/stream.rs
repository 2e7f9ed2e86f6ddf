//! A committed stream: time, gathering, the end, and a client that leaves.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::Gateway;
use super::pump::{Flow, OUT_BYTES, Pump};
use super::wait::{Limits, Source, Waited};
use crate::account::AttemptResult;
use crate::chain::EndReason;
use crate::config::{Deployment, Timeouts};
use crate::route::{Failure, Phase, error_of};
use crate::sse;
use crate::tape::{Note, Outcome, Tape};
use crate::upstream::ByteStream;

/// The limits of one attempt, and since when they run.
pub(super) struct Clock {
    began: Instant,
    heard: Instant,
    timeouts: Timeouts,
    streaming: bool,
}

impl Clock {
    pub(super) fn new(began: Instant, timeouts: &Timeouts, streaming: bool) -> Self {
        Self {
            began,
            heard: began,
            timeouts: timeouts.clone(),
            streaming,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.timeouts.total.map(|total| self.began + total)
    }

    /// Until when the head of the answer must be there, and what ran out if it is not.
    pub(super) fn head(&self) -> (Instant, Phase) {
        let headers = (self.began + self.timeouts.headers, Phase::Headers);
        let own = match self.streaming {
            true => (self.began + self.timeouts.first_event, Phase::FirstEvent),
            false => (self.began + self.timeouts.whole, Phase::Whole),
        };
        let nearest = if own.0 < headers.0 { own } else { headers };
        match self.deadline() {
            Some(total) if total < nearest.0 => (total, Phase::Total),
            _ => nearest,
        }
    }

    pub(super) fn whole_until(&self) -> Instant {
        let whole = self.began + self.timeouts.whole;
        self.deadline().map_or(whole, |total| total.min(whole))
    }

    pub(super) fn first_wait(&self) -> Duration {
        self.timeouts.first_event.min(self.timeouts.between_events)
    }

    /// An event came then: after how long a silence. A part of one ends no silence, or an
    /// event that dribbles in could take for ever.
    pub(super) fn heard(&mut self, at: Instant) -> Duration {
        let before = self.heard;
        self.heard = at;
        at.saturating_duration_since(before)
    }

    /// `begun`: the answer has begun, so silence is that between events. Before that also
    /// a backend that only sends comments must come to the point within the time that a
    /// whole answer may take.
    pub(super) fn limits(&self, begun: bool, keep_alive: Option<Instant>) -> Limits {
        let (silence, deadline) = match begun {
            true => (self.timeouts.between_events, self.deadline()),
            false => (self.timeouts.first_event, Some(self.whole_until())),
        };
        Limits {
            silence: self.heard + silence,
            deadline,
            keep_alive,
        }
    }
}

/// A stream that goes to the client.
pub(super) struct Live {
    /// None once it ended.
    source: Option<Source>,
    /// Both None once all is said.
    pump: Option<Box<Pump>>,
    tape: Option<Tape>,
    clock: Clock,
    /// The last write; before it, the last event of the opening came.
    sent: Instant,
    /// When the first of the bytes came that wait for the client.
    arrived: Option<Instant>,
    keep_alive: Option<Duration>,
    gateway: Arc<Gateway>,
    deployment: Arc<Deployment>,
}

impl Live {
    pub(super) fn new(
        source: Option<Source>,
        pump: Box<Pump>,
        tape: Tape,
        clock: Clock,
        gateway: Arc<Gateway>,
        deployment: Arc<Deployment>,
    ) -> Self {
        Self {
            source,
            pump: Some(pump),
            tape: Some(tape),
            clock,
            sent: Instant::now(),
            arrived: None,
            keep_alive: gateway.config.streaming.keep_alive,
            gateway,
            deployment,
        }
    }

    pub(super) fn into_stream(self: Box<Self>) -> ByteStream {
        Box::pin(futures_util::stream::unfold(self, |mut live| async move {
            let bytes = live.next().await?;
            Some((Ok(bytes), live))
        }))
    }

    /// The next bytes for the client; None at the end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        // While the client does not read, the backend is not at fault for being silent.
        self.clock.heard += self.sent.elapsed();
        let bytes = self.gather().await;
        self.sent = Instant::now();
        // Nor while plugins work on what it sent.
        if let Some(arrived) = self.arrived {
            self.clock.heard += self.sent - arrived;
        }
        let bytes = bytes?;
        if let Some(tape) = &mut self.tape {
            if let Some(arrived) = self.arrived.take() {
                tape.account().delays.add(self.sent - arrived);
            }
            tape.end().bytes_out += bytes.len() as u64;
        }
        Some(bytes)
    }

    async fn gather(&mut self) -> Option<Bytes> {
        loop {
            let (Some(pump), Some(tape)) = (&mut self.pump, &mut self.tape) else {
                return None;
            };
            let waiting = pump.waiting();
            let Some(source) = &mut self.source else {
                let last = pump.take();
                self.over(Outcome::Success, &last);
                return Some(last).filter(|bytes| !bytes.is_empty());
            };
            let waited = if waiting == 0 {
                tape.wait();
                let keep_alive = self.keep_alive.map(|every| self.sent + every);
                source.wait(self.clock.limits(true, keep_alive)).await
            } else if waiting >= OUT_BYTES {
                return Some(pump.take());
            } else {
                match source.arrived().await {
                    Some(waited) => waited,
                    None => return Some(pump.take()),
                }
            };
            let ended = match waited {
                Waited::Piece(piece) => {
                    // What is gathered came with the first of it.
                    let came = (waiting == 0).then(Instant::now);
                    if let Some(came) = came {
                        tape.came(came);
                    }
                    let flow = pump.push(piece, tape).await;
                    if let Some(came) = came.filter(|_| !matches!(flow, Ok(Flow::Part))) {
                        tape.account().gaps.add(self.clock.heard(came));
                        self.arrived = Some(came);
                    }
                    match flow {
                        Ok(Flow::Open | Flow::Part) => None,
                        Ok(Flow::Done) => Some(Ok(EndReason::Done)),
                        Err(failure) => Some(Err(failure)),
                    }
                }
                Waited::KeepAlive => {
                    tape.flush();
                    return Some(sse::encode_comment("keep-alive"));
                }
                Waited::End => Some(pump.input_ends(tape).await),
                // The answer is whole; what breaks now breaks nothing.
                _ if pump.is_finished() => Some(Ok(EndReason::EndOfInput)),
                Waited::Broken(error) => Some(Err(Failure::Upstream(error))),
                Waited::Silence => Some(Err(Failure::Timeout(Phase::BetweenEvents))),
                Waited::Deadline => Some(Err(Failure::Timeout(Phase::Total))),
            };
            let ended = match ended {
                None => continue,
                Some(Ok(reason)) => pump.finish(reason, tape).await.map(|()| reason),
                Some(Err(failure)) => Err(failure),
            };
            match ended {
                Ok(reason) => self.finished(reason),
                Err(failure) => return Some(self.failed(failure).await),
            }
        }
    }

    /// The backend's part is over.
    fn finished(&mut self, reason: EndReason) {
        let source = self.source.take();
        if let (Some(source), EndReason::Done) = (source, reason) {
            tokio::spawn(source.drain());
        }
        let usage = self
            .tape
            .as_mut()
            .and_then(|tape| tape.end().usage.as_deref());
        self.gateway.answered(&self.deployment, usage);
    }

    /// After commit a failure is said in the stream, and nothing follows it.
    async fn failed(&mut self, failure: Failure) -> Bytes {
        self.source = None;
        self.gateway
            .router
            .report(&self.deployment, Err(&failure), Instant::now());
        let error = error_of(&failure, &self.deployment);
        let (Some(pump), Some(tape)) = (&mut self.pump, &mut self.tape) else {
            return Bytes::new();
        };
        let result = AttemptResult::failed(&failure);
        tape.attempt_ended(result);
        tape.account().error = Some(result.name());
        tape.note(Note::AttemptFailed {
            error: failure.to_string(),
            next: "the stream was committed; the client is told".into(),
        });
        pump.fail(&error.stream_json(), tape).await;
        tape.end().error = Some(error.message);
        let last = pump.take();
        self.over(Outcome::Error, &last);
        last
    }

    fn over(&mut self, outcome: Outcome, last: &Bytes) {
        self.pump = None;
        if let Some(mut tape) = self.tape.take() {
            if let Some(arrived) = self.arrived.take() {
                tape.account().delays.add(arrived.elapsed());
            }
            let end = tape.end();
            end.status = http::StatusCode::OK;
            end.bytes_out += last.len() as u64;
            tape.finish(outcome);
        }
    }
}

/// The client left: the backend's connection goes with `source`; plugins and log are told.
impl Drop for Live {
    fn drop(&mut self) {
        let (Some(mut pump), Some(mut tape)) = (self.pump.take(), self.tape.take()) else {
            return;
        };
        tape.end().status = http::StatusCode::OK;
        tape.end().reason = Some(EndReason::Cancelled);
        if !pump.has_plugins() {
            return tape.finish(Outcome::Cancelled);
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                pump.cancel(&mut tape).await;
                tape.finish(Outcome::Cancelled);
            });
        }
    }
}
