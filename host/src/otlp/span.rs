//! An exchange as spans: one for the request, as a server, and below it one for each try, as
//! a client of its backend.

use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span, status};
use yallmp_core::account::{Account, Attempt, AttemptResult, Ended, TraceContext};
use yallmp_core::dialect::{Dialect, Tokens};
use yallmp_core::tape::Outcome;

use super::encode::attribute;
use super::gen_ai::{self, Server};
use super::nanos;

/// Bytes of a client's model that are shown.
const MAX_MODEL: usize = 256;

/// Empty if nobody records the trace.
pub fn spans(exchange: &Ended<'_>) -> Vec<Span> {
    let Some(trace) = exchange.account.trace.filter(|trace| trace.sampled) else {
        return Vec::new();
    };
    let attempts = exchange.account.attempts.iter().enumerate();
    let attempts = attempts.map(|(index, attempt)| client(exchange, &trace, index, attempt));
    let mut spans: Vec<Span> = attempts.collect();
    spans.push(server(exchange, &trace));
    spans
}

fn server(exchange: &Ended<'_>, trace: &TraceContext) -> Span {
    let Ended { meta, end, account } = *exchange;
    let failed = end.outcome == Outcome::Error;
    let mut attributes = vec![
        attribute("http.request.method", "POST"),
        attribute("url.path", &*account.path),
        attribute("http.response.status_code", i64::from(end.status.as_u16())),
        attribute(
            "http.response.header.x-request-id",
            &[meta.id.to_string()][..],
        ),
        attribute("gen_ai.operation.name", gen_ai::operation(account)),
        attribute("gen_ai.request.model", shortened(&meta.model)),
        attribute("gen_ai.request.stream", account.streaming),
        attribute("yallmp.outcome", outcome(end.outcome)),
        attribute("yallmp.attempts", account.attempts.len() as u64),
        attribute("yallmp.events.in", end.events_in),
        attribute("yallmp.events.out", end.events_out),
    ];
    let delays = account.delays.sum();
    let overhead = account.opening.unwrap_or_default() + delays;
    attributes.push(attribute("yallmp.overhead", overhead.as_secs_f64()));
    if let Some(model) = &account.model {
        attributes.push(attribute("yallmp.model", &**model));
    }
    if let Some(deployment) = &end.deployment {
        attributes.push(attribute("yallmp.deployment", deployment.as_str()));
    }
    if let Some(error) = account.error.filter(|_| failed) {
        attributes.push(attribute("error.type", error));
    }
    for (plugin, spent) in &end.plugins {
        let name = |what| format!("yallmp.plugin.{plugin}.{what}");
        attributes.push(attribute(&name("calls"), u64::from(spent.calls)));
        attributes.push(attribute(&name("time"), spent.time.as_secs_f64()));
        attributes.push(attribute(&name("changes"), u64::from(spent.changed)));
    }
    let died = account.deaths.iter().map(|(plugin, kind)| {
        let name = format!("yallmp.plugin.{plugin}.died");
        attribute(&name, kind.name())
    });
    attributes.extend(died);
    // That a client asks for nonsense is no error of a server.
    let is_ours = end.status.is_success() || end.status.is_server_error();
    Span {
        name: format!("POST {}", route(account)),
        kind: span::SpanKind::Server.into(),
        parent_span_id: trace.parent.map(id).unwrap_or_default(),
        status: Some(verdict(failed && is_ours)),
        ..timed(
            exchange,
            trace,
            trace.span,
            Duration::ZERO,
            end.total,
            attributes,
        )
    }
}

fn client(exchange: &Ended<'_>, trace: &TraceContext, index: usize, attempt: &Attempt) -> Span {
    let account = exchange.account;
    let deployment = &attempt.deployment;
    let operation = gen_ai::operation(account);
    let model = shortened(&attempt.target_model);
    let server = Server::of(deployment);
    let mut attributes = vec![
        attribute("gen_ai.operation.name", operation),
        attribute("gen_ai.provider.name", gen_ai::provider(deployment)),
        attribute("gen_ai.request.model", model),
        attribute("gen_ai.request.stream", account.streaming),
        attribute("server.address", server.address.as_str()),
        attribute("yallmp.deployment", deployment.id.as_str()),
        attribute("yallmp.reach", attempt.reach.name()),
    ];
    if let Ok(port) = server.port.parse::<i64>() {
        attributes.push(attribute("server.port", port));
    }
    if let Some(status) = attempt.status {
        let code = i64::from(status.as_u16());
        attributes.push(attribute("http.response.status_code", code));
    }
    if let (Some(first), Some(sent)) = (attempt.first_event, attempt.sent) {
        let first = first.saturating_sub(sent).as_secs_f64();
        attributes.push(attribute("gen_ai.response.time_to_first_chunk", first));
    }
    let error = gen_ai::error(attempt);
    if let Some(error) = error {
        attributes.push(attribute("error.type", error));
    }
    if index + 1 == account.attempts.len() {
        attributes.extend(answer(exchange));
    }
    let cancelled = attempt.result == Some(AttemptResult::Cancelled);
    Span {
        name: format!("{operation} {model}"),
        kind: span::SpanKind::Client.into(),
        parent_span_id: id(trace.span),
        status: Some(verdict(error.is_some() && !cancelled)),
        ..timed(
            exchange,
            trace,
            trace.attempt(index as u32 + 1),
            attempt.began,
            attempt.ended,
            attributes,
        )
    }
}

/// What the last try brought.
fn answer(exchange: &Ended<'_>) -> Vec<KeyValue> {
    let mut attributes = Vec::new();
    if let Some(said) = &exchange.account.said {
        let texts = [
            ("gen_ai.response.id", &said.id),
            ("gen_ai.response.model", &said.model),
        ];
        for (name, text) in texts {
            attributes.extend(text.as_deref().map(|text| attribute(name, text)));
        }
        if !said.finish_reasons.is_empty() {
            let reasons = &said.finish_reasons[..];
            attributes.push(attribute("gen_ai.response.finish_reasons", reasons));
        }
    }
    if let Some(usage) = &exchange.end.usage {
        let tokens = Tokens::of(usage);
        for (name, count) in [
            ("gen_ai.usage.input_tokens", tokens.input),
            ("gen_ai.usage.output_tokens", tokens.output),
            ("gen_ai.usage.cache_read.input_tokens", tokens.cached),
            ("gen_ai.usage.reasoning.output_tokens", tokens.reasoning),
        ] {
            attributes.extend(count.map(|count| attribute(name, count)));
        }
    }
    attributes
}

/// A span from and to these moments of the exchange.
fn timed(
    exchange: &Ended<'_>,
    trace: &TraceContext,
    span: u64,
    from: Duration,
    to: Duration,
    attributes: Vec<KeyValue>,
) -> Span {
    Span {
        trace_id: trace.trace.to_be_bytes().to_vec(),
        span_id: id(span),
        flags: u32::from(trace.sampled),
        start_time_unix_nano: nanos(exchange.meta.started + from),
        end_time_unix_nano: nanos(exchange.meta.started + to),
        attributes,
        ..Span::default()
    }
}

fn id(span: u64) -> Vec<u8> {
    span.to_be_bytes().to_vec()
}

fn verdict(failed: bool) -> Status {
    let code = match failed {
        true => status::StatusCode::Error,
        false => status::StatusCode::Unset,
    };
    Status {
        code: code.into(),
        ..Status::default()
    }
}

/// The path where it is one of few; clients may name any below `/v1/`.
fn route(account: &Account) -> &str {
    match account.dialect {
        Dialect::Other if &*account.path != "/v1/embeddings" => "/v1/*",
        _ => &account.path,
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Error => "error",
        Outcome::Cancelled => "cancelled",
    }
}

fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_MODEL.min(text.len()))]
}
