//! The way to an answer: read the request, try deployments until one answers.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::asked::Asked;
use super::attempt::Stop;
use super::headers::Provenance;
use super::stream::Live;
use super::{ClientRequest, Gateway};
use crate::account::{Attempt, AttemptResult, TraceContext};
use crate::body::RequestBody;
use crate::chain::EndReason;
use crate::config::LogLevel;
use crate::dialect::Dialect;
use crate::error::ProxyError;
use crate::route::{Candidate, Plan, Reach, Step};
use crate::tape::{self, ExchangeMeta, Note, Outcome, Tape, mask};

/// An exchange that has no answer yet.
pub(super) struct Exchange {
    pub(super) gateway: Arc<Gateway>,
    pub(super) id: Arc<str>,
    pub(super) path: Arc<str>,
    pub(super) dialect: Dialect,
    pub(super) headers: Arc<HeaderMap>,
    pub(super) body: RequestBody,
    pub(super) model: Arc<str>,
    pub(super) streaming: bool,
    /// The client asked for the usage chunk.
    pub(super) include_usage: bool,
    pub(super) tenant: Arc<str>,
    pub(super) trace: Option<TraceContext>,
    pub(super) tape: Tape,
    pub(super) attempts: u32,
    pub(super) started: Instant,
    /// Time spent waiting for backends.
    pub(super) waited: Duration,
    pub(super) plan: Plan,
}

/// An answer that has begun.
pub(super) enum Opened {
    Whole {
        status: StatusCode,
        headers: HeaderMap,
        body: bytes::Bytes,
    },
    Stream {
        status: StatusCode,
        headers: HeaderMap,
        live: Box<Live>,
    },
}

impl Exchange {
    /// Read the request and find its deployments. Errors are logged.
    pub(super) fn new(
        gateway: Arc<Gateway>,
        request: ClientRequest,
    ) -> Result<Box<Self>, ProxyError> {
        let started = Instant::now();
        let dialect = Dialect::of(&request.path);
        let asked = Asked::read(&request, dialect);
        let model: Arc<str> = asked
            .as_ref()
            .map_or("-".into(), |asked| asked.model.clone());
        let planned = asked.and_then(|asked| {
            let plan = gateway.router.plan(&asked.model, started)?;
            Ok((asked, plan))
        });
        let config = &gateway.config.request_log;
        let level = planned
            .as_ref()
            .ok()
            .and_then(|(_, plan)| plan.log_level())
            .unwrap_or(config.level);
        let meta = ExchangeMeta {
            id: request.id.clone(),
            started: SystemTime::now(),
            model: model.clone(),
            // Where there is no log, a model cannot have one.
            level: match config.level {
                LogLevel::Off => LogLevel::Off,
                _ => level,
            },
        };
        let mut tape = Tape::new(
            gateway.sink.clone(),
            Arc::new(meta),
            config.max_exchange_bytes,
        )
        .observed(gateway.observer.clone());
        let account = tape.account();
        account.path = request.path.clone();
        account.dialect = dialect;
        account.trace = request.trace;
        account.model = gateway.router.configured(&model);
        account.streaming = planned.as_ref().is_ok_and(|(asked, _)| asked.streaming);
        if tape.is_on() {
            tape.note(Note::Request(Box::new(tape::Request {
                method: "POST".into(),
                path: request.path.to_string(),
                host: request.host.clone(),
                headers: mask::headers(&request.headers),
                body: request.body.clone(),
                size: request.body.len(),
                streaming: planned.as_ref().is_ok_and(|(asked, _)| asked.streaming),
            })));
        }
        let (asked, plan) = match planned {
            Ok(planned) => planned,
            Err(error) => {
                refuse(tape, &error);
                return Err(error);
            }
        };
        if tape.is_on() {
            tape.note(Note::Route {
                candidates: plan.candidates(),
            });
        }
        // It is moved from future to future.
        Ok(Box::new(Self {
            gateway,
            id: request.id,
            path: request.path,
            dialect,
            headers: Arc::new(request.headers),
            body: asked.body,
            model,
            streaming: asked.streaming,
            include_usage: asked.include_usage,
            tenant: request.tenant,
            trace: request.trace,
            tape,
            attempts: 0,
            started,
            waited: Duration::ZERO,
            plan,
        }))
    }

    /// Try until a deployment answers or none is left. A whole answer is complete and logged;
    /// a stream is committed. An error is logged.
    pub(super) async fn open(mut self: Box<Self>) -> Result<Opened, ProxyError> {
        let mut failure = None;
        loop {
            let step = self.plan.next(failure.as_ref(), Instant::now());
            if let Some(failure) = &failure {
                let next = self.plan.describe_next().to_owned();
                self.tape.note(Note::AttemptFailed {
                    error: format!("{failure}"),
                    next,
                });
            }
            let (candidate, reach, wait) = match step {
                Step::Try {
                    candidate,
                    reach,
                    wait,
                } => (candidate, reach, wait),
                Step::GiveUp(error) => {
                    refuse(self.tape, &error);
                    return Err(error);
                }
            };
            if !wait.is_zero() {
                let before = Instant::now();
                self.gateway.upstream.rest(wait).await;
                self.waited += before.elapsed();
            }
            self.attempts += 1;
            self.begin(&candidate, reach);
            match self.attempt(&candidate).await {
                Ok(answer) => return Ok(self.opened(answer, &candidate)),
                Err(Stop::Refused(error)) => {
                    self.tape.attempt_ended(AttemptResult::Rejected);
                    refuse(self.tape, &error);
                    return Err(error);
                }
                Err(Stop::Failed(failed)) => {
                    self.tape.attempt_ended(AttemptResult::failed(&failed));
                    let now = Instant::now();
                    self.gateway
                        .router
                        .report(&candidate.deployment, Err(&failed), now);
                    failure = Some(failed);
                }
            }
        }
    }

    fn begin(&mut self, candidate: &Candidate, reach: Reach) {
        let now = self.tape.elapsed();
        self.tape.account().attempts.push(Attempt {
            deployment: candidate.deployment.clone(),
            target_model: candidate.target_model.clone(),
            reach,
            began: now,
            sent: None,
            status: None,
            first_event: None,
            ended: now,
            result: None,
        });
    }

    pub(super) fn provenance(&self, deployment: Option<&str>) -> Provenance {
        Provenance {
            id: self.id.clone(),
            deployment: deployment.map(str::to_owned),
            attempts: self.attempts,
            overhead: self.started.elapsed().saturating_sub(self.waited),
        }
    }
}

/// The end of an exchange that got no answer.
pub(super) fn refuse(mut tape: Tape, error: &ProxyError) {
    let end = tape.end();
    end.status = error.status;
    end.error = Some(error.message.clone());
    end.reason.get_or_insert(EndReason::UpstreamError);
    let account = tape.account();
    account.error = Some(match account.attempt().and_then(|attempt| attempt.result) {
        Some(AttemptResult::Failed(class)) => class.name(),
        _ => error.code.unwrap_or(error.kind),
    });
    if tape.is_full() {
        let body = error.body();
        tape.note(Note::BodyOut {
            size: body.len(),
            body,
        });
    }
    tape.finish(Outcome::Error);
}
