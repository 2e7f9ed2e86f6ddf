//! Stopping in order.

use std::time::{Duration, Instant};

use crate::kit::*;

#[tokio::test]
async fn a_stream_that_runs_is_finished_first() {
    let gate = Gate::new();
    let answer = Answer::chat_held("Hel", &gate, "lo");
    let backend = Backend::always(answer).await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    assert_eq!(live.event().await["choices"][0]["delta"]["content"], "Hel");

    proxy.signal("TERM");
    eventually("no new connection is taken", || {
        std::net::TcpStream::connect(proxy.addr()).err()
    })
    .await;
    gate.open();
    let rest = live.finish().await;
    assert_eq!(rest.content(), "lo");
    assert_eq!(rest.data().last().unwrap(), "[DONE]");

    let end = proxy.ended().await;
    assert_eq!(end.code, Some(0), "{end:#?}");
    assert_eq!(proxy.logs().len(), 1, "the log is written before the end");
}

#[tokio::test]
async fn idle_connections_do_not_hold_it_up() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    let idle = raw_open(proxy.addr(), "GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let silent = raw_open(proxy.addr(), "").await;
    assert_eq!(proxy.chat(ask("Hi")).await.status, 200);
    let begun = Instant::now();
    assert_eq!(proxy.terminate().await.code, Some(0));
    assert!(begun.elapsed() < Duration::from_secs(10));
    drop((idle, silent));
}

#[tokio::test]
async fn the_second_signal_does_not_wait() {
    let backend = Backend::always(Answer::sse().delta("Hel").stall()).await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    proxy.signal("TERM");
    eventually("the first signal is heard", || {
        proxy.stderr().contains("stopping").then_some(())
    })
    .await;
    proxy.signal("INT");
    assert_eq!(proxy.ended().await.code, Some(1));
}
