//! What observers are told of an exchange.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::Instant;

use super::{
    ANSWER, Act, DONE, HI, ROLE, ReplyBody, STOP, STREAM, Script, StatusCode, WHOLE, World, json,
    sse,
};
use crate::account::{Account, AttemptResult, TraceContext};
use crate::config::LogLevel;
use crate::dialect::Dialect;
use crate::route::{Class, Reach};
use crate::tape::Outcome;
use crate::upstream::UpstreamError;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn tries(account: &Account) -> Vec<(&str, Reach, AttemptResult)> {
    let of = |attempt: &crate::account::Attempt| attempt.result.expect("an end");
    let attempts = account.attempts.iter();
    attempts
        .map(|attempt| (attempt.deployment.id.as_str(), attempt.reach, of(attempt)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn an_account_is_given_also_with_the_log_off() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        config.request_log.level = LogLevel::Off;
    });
    world.ask(WHOLE).await.unwrap();
    let (end, account) = world.account();
    assert_eq!(end.outcome, Outcome::Success);
    assert_eq!(&*account.path, "/v1/chat/completions");
    assert_eq!(account.dialect, Dialect::Chat);
    assert_eq!(account.model.as_deref(), Some("m"));
    assert!(!account.streaming);
    assert_eq!(account.error, None);
    let answered = [("m#1", Reach::First, AttemptResult::Answered)];
    assert_eq!(tries(&account), answered);
    assert_eq!(account.attempts[0].status, Some(StatusCode::OK));
}

#[tokio::test(start_paused = true)]
async fn retries_and_fallbacks_are_told_apart_with_what_led_to_them() {
    let refused = Script {
        refuse: Some(UpstreamError::Connect("no".into())),
        ..sse(&[])
    };
    let late = Script {
        head_after: ms(300),
        ..sse(&[ROLE, HI, STOP, DONE])
    };
    let world = World::new(vec![json(500, "{}"), refused, late]);
    let began = Instant::now();
    world.stream().await;
    let waits = began.elapsed() - ms(300);
    let (end, account) = world.account();
    let expected = [
        (
            "m#1",
            Reach::First,
            AttemptResult::Failed(Class::Overloaded),
        ),
        (
            "m#1",
            Reach::Retry,
            AttemptResult::Failed(Class::Connection),
        ),
        ("spare#1", Reach::Fallback, AttemptResult::Answered),
    ];
    assert_eq!(tries(&account), expected);
    assert_eq!(account.model.as_deref(), Some("m"));
    assert_eq!(account.error, None, "the client got an answer");
    let last = &account.attempts[2];
    assert_eq!(last.began, waits);
    assert_eq!(last.sent, Some(waits));
    assert_eq!(last.first_event, Some(waits + ms(300)));
    assert_eq!(end.first_event, last.first_event);
    assert_eq!(last.ended, end.total);
    // Time stands still while the proxy works, and waiting is not its own.
    assert_eq!(account.opening, Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn gaps_are_the_backends_and_delays_the_proxys() {
    let script = sse(&[&[ROLE, HI].concat()])
        .then(Act::Wait(ms(20)))
        .then(Act::Send(HI.into()))
        .then(Act::Wait(ms(400)))
        .then(Act::Send([HI, STOP, DONE].concat().into()));
    let world = World::new(vec![script]);
    world.stream().await;
    let (_, account) = world.account();
    assert_eq!(account.gaps.count(), 2, "what came together came once");
    assert_eq!(account.gaps.sum(), ms(420));
    assert_eq!(account.delays.count(), 2);
    assert_eq!(account.delays.sum(), Duration::ZERO);
}

/// A client that reads slowly makes no gap in what the backend sends.
#[tokio::test(start_paused = true)]
async fn a_slow_client_is_no_gap_of_the_backend() {
    let script = sse(&[&[ROLE, HI].concat()])
        .then(Act::Wait(ms(20)))
        .then(Act::Send([HI, STOP, DONE].concat().into()));
    let world = World::new(vec![script]);
    let ReplyBody::Stream(mut stream) = world.ask(STREAM).await.unwrap().body else {
        panic!("no stream");
    };
    stream.next().await.unwrap().unwrap();
    tokio::time::sleep(ms(5_000)).await;
    while stream.next().await.is_some() {}
    let (_, account) = world.account();
    assert_eq!(account.gaps.count(), 1);
    assert!(account.gaps.sum() <= ms(20), "{:?}", account.gaps.sum());
}

#[tokio::test(start_paused = true)]
async fn an_error_names_its_cause() {
    let world = World::new(vec![]);
    world.ask("{").await.err().unwrap();
    let (end, account) = world.account();
    assert_eq!(end.outcome, Outcome::Error);
    assert_eq!(account.error, Some("invalid_body"));
    assert_eq!((account.model, account.attempts.len()), (None, 0));

    let world = World::new(vec![]);
    let unknown = WHOLE.replace("\"m\"", "\"nobody-knows\"");
    world.ask(&unknown).await.err().unwrap();
    let (_, account) = world.account();
    assert_eq!(account.error, Some("model_not_found"));
    assert_eq!(account.model, None);

    let world = World::new(vec![json(400, r#"{"error":{"message":"no"}}"#)]);
    world.ask(WHOLE).await.err().unwrap();
    let (_, account) = world.account();
    assert_eq!(account.error, Some("bad_request"));
    assert_eq!(account.attempts[0].status, Some(StatusCode::BAD_REQUEST));
    assert_eq!(account.opening, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_after_commit_is_an_error_of_its_attempt() {
    let world = World::new(vec![sse(&[ROLE, HI]).then(Act::Break)]);
    world.stream().await;
    let (end, account) = world.account();
    assert_eq!(end.outcome, Outcome::Error);
    assert_eq!(account.error, Some("connection"));
    let failed = AttemptResult::Failed(Class::Connection);
    assert_eq!(tries(&account), [("m#1", Reach::First, failed)]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_cancels_the_attempt() {
    let world = World::new(vec![sse(&[ROLE, HI]).then(Act::Hang)]);
    let reply = world.ask(STREAM).await.unwrap();
    drop(reply);
    let (end, account) = world.account();
    assert_eq!(end.outcome, Outcome::Cancelled);
    let cancelled = [("m#1", Reach::First, AttemptResult::Cancelled)];
    assert_eq!(tries(&account), cancelled);
    assert_eq!(account.error, None);
}

/// A model that only a pattern knows, asked for under an alias, counts for the pattern.
#[tokio::test(start_paused = true)]
async fn a_model_counts_under_its_configured_name() {
    let world = World::with(vec![json(200, ANSWER)], |config| {
        let deployment = std::sync::Arc::make_mut(&mut config.deployments[0]);
        deployment.model_name = "any/*".into();
        deployment.target_model = "*".into();
        let aliases = &mut config.router.aliases;
        aliases.insert("nick".into(), "any/thing".into());
    });
    world
        .ask(&WHOLE.replace("\"m\"", "\"nick\""))
        .await
        .unwrap();
    let (_, account) = world.account();
    assert_eq!(account.model.as_deref(), Some("any/*"));
    assert_eq!(account.attempts[0].reach, Reach::First);
    assert_eq!(&*account.attempts[0].target_model, "thing");
}

#[tokio::test(start_paused = true)]
async fn each_try_is_a_span_of_the_clients_trace_for_its_backend() {
    let chunk =
        r#"data: {"id":"c-7","model":"real","choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let end = format!("{chunk}\n\n");
    let mut world = World::new(vec![json(500, "{}"), sse(&[ROLE, HI, &end, DONE])]);
    let trace = TraceContext {
        trace: 0xabc,
        parent: Some(1),
        span: 2,
        sampled: true,
    };
    world.trace = Some(trace);
    world.stream().await;
    let sent = |number: usize| world.header(number, "traceparent").unwrap();
    assert_eq!(sent(0), trace.traceparent(trace.attempt(1)));
    assert_eq!(sent(1), trace.traceparent(trace.attempt(2)));
    let (_, account) = world.account();
    assert_eq!(account.trace, Some(trace));
    let said = account.said.unwrap();
    assert_eq!(said.model.as_deref(), Some("real"));
    assert_eq!(said.finish_reasons, ["length"]);
}

#[tokio::test(start_paused = true)]
async fn without_anyone_who_wants_spans_none_are_made() {
    let world = World::new(vec![json(200, ANSWER)]);
    world.ask(WHOLE).await.unwrap();
    assert_eq!(world.header(0, "traceparent"), None);
    assert_eq!(world.account().1.said, None);
}
