//! Backend, pass-throughs and load against each other: what the load counts must be true.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::LocalSet;

use super::*;
use crate::upstream::{self, Kind};
use crate::{pass_axum, pass_hyper};

const TIME: Duration = Duration::from_millis(40);

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Direct, hyper and axum, in front of one backend.
async fn ways() -> [SocketAddr; 3] {
    let (backend, direct) = listener().await;
    tokio::task::spawn_local(upstream::serve(backend));
    let (hyper, through_hyper) = listener().await;
    tokio::spawn(pass_hyper::serve(hyper, direct));
    let (axum, through_axum) = listener().await;
    tokio::spawn(pass_axum::serve(axum, direct));
    [direct, through_hyper, through_axum]
}

fn request(address: SocketAddr, kind: Kind) -> Request {
    let body = payload::agent_request(kind.name(), kind.streams());
    Request::post(
        address,
        &format!("/{}/v1/chat/completions", kind.name()),
        &body,
    )
}

#[tokio::test]
async fn every_way_carries_whole_answers_and_whole_streams() {
    let checks = async {
        for address in ways().await {
            let whole = Shape::whole(3, Duration::ZERO, TIME);
            let seen = closed_loop(&request(address, Kind::Whole), whole, || {})
                .await
                .unwrap();
            assert!(seen.answers > 0);
            // A stream with a frame missing would be an error.
            let burst = Shape::streams(3, LONG_FRAMES, Duration::ZERO, TIME);
            let seen = closed_loop(&request(address, Kind::Burst), burst, || {})
                .await
                .unwrap();
            assert!(seen.frames > 0);
            let short = Shape::streams(1, SHORT_FRAMES, Duration::ZERO, TIME);
            let mut seen = closed_loop(&request(address, Kind::Short), short, || {})
                .await
                .unwrap();
            assert!(seen.first_content.quantile_us(0.5) <= seen.latency.quantile_us(0.5));
        }
    };
    LocalSet::new().run_until(checks).await;
}

#[tokio::test]
async fn open_streams_are_open() {
    let checks = async {
        for address in ways().await {
            let streams = open_streams(&request(address, Kind::Open), 100)
                .await
                .unwrap();
            assert_eq!(streams.len(), 100);
        }
    };
    LocalSet::new().run_until(checks).await;
}

#[tokio::test]
async fn a_wrong_answer_ends_the_measurement() {
    let checks = async {
        let [direct, ..] = ways().await;
        let shape = Shape::streams(1, SHORT_FRAMES, Duration::ZERO, TIME);
        let error = closed_loop(&request(direct, Kind::Burst), shape, || {})
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("201 frames instead of 4"),
            "{error}"
        );
    };
    LocalSet::new().run_until(checks).await;
}
