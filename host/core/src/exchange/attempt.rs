//! One try at one deployment: the request through the chain, and off to the backend. What comes
//! back is in `answer`.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::answer::Answer;
use super::headers;
use super::open::Exchange;
use super::pump::failure;
use super::stream::Clock;
use crate::account::TRACEPARENT;
use crate::body::RequestBody;
use crate::chain::{AttemptFacts, Chain, Rejection, RequestResult, Run};
use crate::config::{Backend, Deployment};
use crate::dialect::Dialect;
use crate::error::ProxyError;
use crate::route::{Candidate, Failure};
use crate::tape::{self, Note, mask};
use crate::upstream::{UpstreamError, UpstreamReply, UpstreamRequest, url};

/// Why a try gave no answer.
pub(super) enum Stop {
    Failed(Failure),
    /// A plugin refused the request: no other deployment is asked.
    Refused(ProxyError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Exchange {
    pub(super) async fn attempt(&mut self, candidate: &Candidate) -> Result<Answer, Stop> {
        let deployment = &candidate.deployment;
        let began = Instant::now();
        let url = url::join(&deployment.backend, &self.path);
        if self.tape.is_on() {
            self.tape.note(Note::Attempt(Box::new(tape::Attempt {
                number: self.attempts,
                deployment: deployment.id.clone(),
                backend: match &deployment.backend {
                    Backend::Http { base } => mask::url(base),
                    Backend::Demo => "builtin://demo".into(),
                },
                url: mask::url(&url),
                target_model: candidate.target_model.to_string(),
            })));
        } else {
            self.tape.end().attempts = self.attempts;
        }
        let mut run = self.chain_of(candidate);
        if !self.plan.has_more() {
            run.last_try();
        }
        let sending = match run.request(&mut self.tape).await.map_err(failure)? {
            RequestResult::Send(sending) => sending,
            RequestResult::Answer { status, body } => {
                return Box::pin(self.answered(status, body, run)).await;
            }
            RequestResult::Reject(rejection) => return Err(Stop::Refused(refusal(rejection))),
        };
        let body = self.configured(deployment, sending.body)?;
        let mut headers = headers::upstream(&self.headers, deployment, &self.id);
        if let Some(trace) = &self.trace {
            let span = trace.attempt(self.attempts);
            headers.insert(TRACEPARENT, trace.traceparent(span));
        }
        for (name, value) in sending.headers {
            match value {
                Some(value) => headers.insert(name, value),
                None => headers.remove(name),
            };
        }
        if self.tape.is_on() {
            self.tape.note(Note::Sent(Box::new(tape::Sent {
                headers: mask::headers(&headers),
                body: body.clone(),
                size: body.len(),
            })));
        }
        let request = UpstreamRequest {
            deployment: deployment.clone(),
            method: Method::POST,
            url,
            headers,
            body,
        };
        let clock = Clock::new(began, &deployment.timeouts, self.streaming);
        let reply = self.head(request, &clock).await?;
        if self.tape.is_on() {
            let headers = Box::new(mask::headers(&reply.headers));
            self.tape.note(Note::Head {
                status: reply.status,
                headers,
            });
        }
        self.answer(reply, run, clock).await
    }

    fn chain_of(&self, candidate: &Candidate) -> Run {
        let deployment = &candidate.deployment;
        let facts = AttemptFacts {
            id: self.id.clone(),
            path: self.path.clone(),
            client_model: self.model.clone(),
            target_model: candidate.target_model.clone(),
            streaming: self.streaming,
            attempt: self.attempts,
            tenant: self.tenant.clone(),
            deployment: deployment.clone(),
            headers: self.headers.clone(),
        };
        let chain = match self.gateway.chains.get(&deployment.id) {
            Some(chain) => chain.clone(),
            None => Arc::new(Chain::new(Vec::new())),
        };
        chain.run(Arc::new(facts), self.body.clone())
    }

    /// Lay the deployment's own settings over the patched body, last of all.
    fn configured(&self, deployment: &Deployment, body: RequestBody) -> Result<Bytes, Failure> {
        let mut edits: Vec<(String, Option<String>)> = Vec::new();
        edits.extend(
            deployment
                .drop_params
                .iter()
                .map(|name| (name.clone(), None)),
        );
        // The members of a Responses request have other names.
        if self.dialect != Dialect::Responses {
            let defaults = deployment.default_body.iter();
            let absent = defaults.filter(|(name, _)| body.member(name).is_none());
            edits.extend(absent.map(|(name, value)| (name.clone(), Some(value.to_string()))));
        }
        edits.extend(
            deployment
                .extra_body
                .iter()
                .map(|(name, value)| (name.clone(), Some(value.to_string()))),
        );
        let add_usage = self.gateway.config.streaming.always_include_usage
            && self.streaming
            && !self.include_usage
            && self.dialect.ends_with_done();
        if add_usage {
            let options = body.member("stream_options").unwrap_or("{}");
            let mut options: serde_json::Map<_, _> =
                serde_json::from_str(options).unwrap_or_default();
            options.insert("include_usage".into(), true.into());
            let options = serde_json::Value::Object(options).to_string();
            edits.push(("stream_options".into(), Some(options)));
        }
        if edits.is_empty() {
            return Ok(body.bytes().clone());
        }
        let edited = body
            .edit(&edits)
            .map_err(|e| Failure::Upstream(UpstreamError::Unsendable(e.to_string())))?;
        Ok(edited.bytes().clone())
    }

    /// Send, and wait for the head of the answer.
    async fn head(
        &mut self,
        request: UpstreamRequest,
        clock: &Clock,
    ) -> Result<UpstreamReply, Failure> {
        let before = Instant::now();
        let sent = self.tape.elapsed();
        if let Some(attempt) = self.tape.account().attempt() {
            attempt.sent = Some(sent);
        }
        let (until, phase) = clock.head();
        let reply = timeout_at(until, self.gateway.upstream.send(request)).await;
        self.waited += before.elapsed();
        match reply {
            Ok(Ok(reply)) => {
                if let Some(attempt) = self.tape.account().attempt() {
                    attempt.status = Some(reply.status);
                }
                Ok(reply)
            }
            Ok(Err(error)) => Err(Failure::Upstream(error)),
            Err(_) => Err(Failure::Timeout(phase)),
        }
    }
}

fn refusal(rejection: Rejection) -> ProxyError {
    let status = StatusCode::from_u16(rejection.status).unwrap_or(StatusCode::BAD_REQUEST);
    let error = serde_json::json!({"error": {
        "message": rejection.message,
        "type": rejection.kind,
        "param": rejection.param,
        "code": rejection.code,
    }});
    let mut refusal = ProxyError::new(status, "plugin_rejection", rejection.message);
    refusal.upstream_body = Some(error.to_string().into());
    refusal
}
