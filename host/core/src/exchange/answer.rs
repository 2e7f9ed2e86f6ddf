//! What a deployment answered, up to the moment when it can be given to the client: the
//! **commit**. Until then every answer can still turn out to be none.

use bytes::Bytes;
use bytestring::ByteString;
use http::{HeaderMap, StatusCode};
use serde::de::IgnoredAny;
use tokio::time::Instant;

use super::attempt::Stop;
use super::open::{Exchange, Opened};
use super::pump::{Flow, Pump, Settings};
use super::stream::{Clock, Live};
use super::wait::{Source, Waited};
use super::whole::{self, Whole};
use super::{headers, kind};
use crate::body::RequestBody;
use crate::chain::{EndReason, Run, Told};
use crate::config::Timeouts;
use crate::dialect::Dialect;
use crate::route::{Candidate, Failure, Phase};
use crate::sse;
use crate::tape::Note;
use crate::upstream::UpstreamReply;

/// Bytes of an error's body that are read.
const MAX_ERROR_BODY: usize = 256 << 10;

/// An answer that can be given to the client.
pub(super) enum Answer {
    Whole {
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        told: Vec<Told>,
    },
    Stream {
        status: StatusCode,
        headers: HeaderMap,
        source: Option<Source>,
        pump: Box<Pump>,
        clock: Clock,
    },
}

impl Exchange {
    /// What can be given to the client of what a backend said, and else why nothing.
    pub(super) async fn answer(
        &mut self,
        mut reply: UpstreamReply,
        mut run: Run,
        clock: Clock,
    ) -> Result<Answer, Stop> {
        let settings = Settings {
            max_event_bytes: self.gateway.config.streaming.max_event_bytes,
            bad_event: self.gateway.config.streaming.bad_event,
            hide_usage: !self.include_usage,
        };
        if !reply.status.is_success() {
            let failure = self.error_status(reply, &clock).await;
            return Err(self.shown(&mut run, failure).await.into());
        }
        if self.streaming && self.dialect != Dialect::Other {
            let before = Instant::now();
            kind::look(&mut reply, clock.whole_until()).await;
            self.waited += before.elapsed();
        }
        let has_events = kind::is_event_stream(&reply.headers);
        // Some backends only stream, whatever is asked for, or are asked to by a plugin.
        if !has_events || (!self.streaming && self.dialect.gathers_streams()) {
            return self.whole(reply, run, &clock).await;
        }
        if !self.streaming {
            let what = "an event stream, where a whole answer was asked for";
            return Err(Failure::NoAnswer(what.into()).into());
        }
        let pump = Box::new(Pump::new(run, self.dialect, &settings));
        // A whole answer needs no room for what a stream needs.
        Box::pin(self.opening(reply, pump, clock)).await
    }

    async fn error_status(&mut self, reply: UpstreamReply, clock: &Clock) -> Failure {
        let before = Instant::now();
        let read = whole::read(reply.body, MAX_ERROR_BODY, clock.whole_until()).await;
        self.waited += before.elapsed();
        // What there is of an error is better than nothing.
        let (body, _) = read;
        if self.tape.is_on() {
            self.tape.note(Note::BodyIn {
                size: body.len(),
                body: body.clone(),
            });
        }
        Failure::Status {
            status: reply.status,
            headers: reply.headers,
            body,
        }
    }

    /// A failure, after the plugins saw what the backend said. One of them may want another try.
    async fn shown(&mut self, run: &mut Run, failure: Failure) -> Failure {
        let (Failure::Status { body, .. } | Failure::ErrorAnswer { body, .. }) = &failure else {
            return failure;
        };
        let text = std::str::from_utf8(body).ok();
        let is_json = |text: &&str| serde_json::from_str::<IgnoredAny>(text).is_ok();
        let Some(text) = text.filter(is_json) else {
            return failure;
        };
        if !self.dialect.patches_answers() {
            return failure;
        }
        match run.error(text, &mut self.tape).await {
            Ok(()) => failure,
            Err(wish) => super::pump::failure(wish),
        }
    }

    /// A stream up to its first meaningful event.
    async fn opening(
        &mut self,
        reply: UpstreamReply,
        mut pump: Box<Pump>,
        mut clock: Clock,
    ) -> Result<Answer, Stop> {
        let mut source = Source::new(reply.body, clock.first_wait());
        let ended = match self.preamble(&mut pump, &mut source, &mut clock).await {
            Ok(ended) => ended,
            Err(failure) => return Err(self.shown(pump.run(), failure).await.into()),
        };
        self.tape.note(Note::Committed);
        Ok(Answer::Stream {
            status: reply.status,
            headers: reply.headers,
            source: (!ended).then_some(source),
            pump,
            clock,
        })
    }

    /// What comes up to the commit. True: the answer ended with it.
    async fn preamble(
        &mut self,
        pump: &mut Pump,
        source: &mut Source,
        clock: &mut Clock,
    ) -> Result<bool, Failure> {
        let max_preamble = self.gateway.config.streaming.max_preamble_bytes;
        while !pump.is_committed() {
            let before = Instant::now();
            self.tape.wait();
            let waited = source.wait(clock.limits(pump.has_begun(), None)).await;
            self.waited += before.elapsed();
            let ended = match waited {
                Waited::Piece(piece) => {
                    let had_begun = pump.has_begun();
                    self.tape.came(Instant::now());
                    let flow = pump.push(piece, &mut self.tape).await?;
                    if flow != Flow::Part {
                        clock.heard(Instant::now());
                    }
                    if pump.has_begun() && !had_begun {
                        let elapsed = self.tape.elapsed();
                        self.tape.end().first_event = Some(elapsed);
                        if let Some(attempt) = self.tape.account().attempt() {
                            attempt.first_event = Some(elapsed);
                        }
                    }
                    (flow == Flow::Done).then_some(EndReason::Done)
                }
                Waited::End => Some(pump.input_ends(&mut self.tape).await?),
                Waited::Broken(error) => return Err(Failure::Upstream(error)),
                Waited::Silence if pump.has_begun() => {
                    return Err(Failure::Timeout(Phase::BetweenEvents));
                }
                Waited::Silence => return Err(Failure::Timeout(Phase::FirstEvent)),
                Waited::Deadline => return Err(Failure::Timeout(Phase::Total)),
                Waited::KeepAlive => None,
            };
            if let Some(reason) = ended {
                pump.finish(reason, &mut self.tape).await?;
                return Ok(true);
            }
            if pump.waiting() > max_preamble {
                pump.commit();
            }
        }
        Ok(false)
    }

    /// A plugin's own answer takes the way of a backend's, past the plugins before that one.
    pub(super) async fn answered(
        &mut self,
        status: u16,
        body: ByteString,
        mut run: Run,
    ) -> Result<Answer, Stop> {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        if self.streaming && status.is_success() {
            let headers = HeaderMap::new();
            return self.as_stream(status, headers, &body, run).await;
        }
        let mut headers = HeaderMap::new();
        kind::set(&mut headers, "application/json");
        let body = match RequestBody::from_text(body.clone()) {
            Ok(json) if status.is_success() => {
                let whole = Whole::Json(json);
                whole
                    .through(&mut run, self.dialect, &mut self.tape)
                    .await?
            }
            _ => body.into_bytes(),
        };
        Ok(Answer::Whole {
            status,
            headers,
            body,
            told: run.take_told(),
        })
    }

    /// A whole answer for a client that asked for a stream.
    async fn as_stream(
        &mut self,
        status: StatusCode,
        mut headers: HeaderMap,
        whole: &str,
        run: Run,
    ) -> Result<Answer, Stop> {
        let Some(events) = self.dialect.stream_of(whole, self.include_usage) else {
            let what = "a whole answer, where a stream was asked for";
            return Err(Failure::NoAnswer(what.into()).into());
        };
        let settings = Settings {
            max_event_bytes: usize::MAX,
            bad_event: self.gateway.config.streaming.bad_event,
            hide_usage: !self.include_usage,
        };
        let mut pump = Pump::new(run, self.dialect, &settings);
        for event in events {
            pump.push(event, &mut self.tape).await?;
        }
        pump.finish(EndReason::Done, &mut self.tape).await?;
        self.tape.note(Note::Committed);
        kind::set(&mut headers, "text/event-stream; charset=utf-8");
        let clock = Clock::new(self.started, &Timeouts::default(), true);
        Ok(Answer::Stream {
            status,
            headers,
            source: None,
            pump: Box::new(pump),
            clock,
        })
    }

    async fn whole(
        &mut self,
        mut reply: UpstreamReply,
        mut run: Run,
        clock: &Clock,
    ) -> Result<Answer, Stop> {
        let before = Instant::now();
        let (body, failed) = whole::read(reply.body, whole::MAX_BODY, clock.whole_until()).await;
        self.waited += before.elapsed();
        if self.tape.is_on() {
            self.tape.note(Note::BodyIn {
                size: body.len(),
                body: body.clone(),
            });
        }
        if let Some(failure) = failed {
            return Err(failure.into());
        }
        let has_events = kind::is_event_stream(&reply.headers)
            || (self.dialect.gathers_streams() && sse::looks_like_events(&body) == Some(true));
        let body = match has_events {
            true => {
                kind::set(&mut reply.headers, "application/json");
                whole::of_stream(self.dialect, body)
            }
            false => Ok(body),
        };
        let whole = body.and_then(|body| Whole::read(self.dialect, &reply.headers, body));
        let whole = match whole {
            Ok(whole) => whole,
            Err(failure) => return Err(self.shown(&mut run, failure).await.into()),
        };
        if self.streaming && self.dialect != Dialect::Other {
            let stream = self.as_stream(reply.status, reply.headers, whole.text(), run);
            return Box::pin(stream).await;
        }
        self.tape.end().events_in += 1;
        self.tape.end().usage = whole.usage();
        self.tape.account().hear(whole.text());
        let body = whole
            .through(&mut run, self.dialect, &mut self.tape)
            .await?;
        Ok(Answer::Whole {
            status: reply.status,
            headers: reply.headers,
            body,
            told: run.take_told(),
        })
    }

    /// Hand an answer over, with what the proxy says about it.
    pub(super) fn opened(mut self: Box<Self>, answer: Answer, candidate: &Candidate) -> Opened {
        let provenance = self.provenance(Some(&candidate.deployment.id));
        self.tape.account().opening = Some(provenance.overhead);
        match answer {
            Answer::Whole {
                status,
                headers,
                body,
                told,
            } => {
                self.gateway
                    .answered(&candidate.deployment, self.tape.end().usage.as_deref());
                let headers = headers::reply(headers, &told, &provenance);
                self.tape.end().events_out += 1;
                whole::log(self.tape, status, &body);
                Opened::Whole {
                    status,
                    headers,
                    body,
                }
            }
            Answer::Stream {
                status,
                headers,
                source,
                mut pump,
                clock,
            } => {
                let headers = headers::reply(headers, &pump.take_told(), &provenance);
                let live = Live::new(
                    source,
                    pump,
                    self.tape,
                    clock,
                    self.gateway.clone(),
                    candidate.deployment.clone(),
                );
                Opened::Stream {
                    status,
                    headers,
                    live: Box::new(live),
                }
            }
        }
    }
}
