//! A mock over HTTP, on this machine only.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use yallmp_core::upstream::UpstreamError;

use super::{Mock, Played};
use crate::upstream::scene::Scene;

/// Of a request, in bytes.
const MOST: usize = 64 << 20;

/// An answer that breaks takes down what is not on its way yet.
const BEFORE_BREAK: Duration = Duration::from_millis(50);

/// Bind a port of the loopback device; 0 is any free one.
pub async fn listen(port: u16) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}; `--port` chooses another one"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serve for ever. `heard` is told of each request and what is played.
pub async fn run(listener: TcpListener, mock: Mock, heard: fn(&str)) -> anyhow::Result<()> {
    let mock = Arc::new(mock);
    loop {
        let (stream, _) = listener
            .accept()
            .await
            .context("cannot accept connections")?;
        // Small pieces must leave at once; a socket that refuses is gone already.
        if stream.set_nodelay(true).is_ok() {
            tokio::spawn(connection(stream, mock.clone(), heard));
        }
    }
}

async fn connection(stream: TcpStream, mock: Arc<Mock>, heard: fn(&str)) {
    let service = service_fn(move |request| answer(mock.clone(), request, heard));
    // A client that leaves, and an answer that is to break off: both are errors here.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// An error closes the connection.
async fn answer(
    mock: Arc<Mock>,
    request: Request<Incoming>,
    heard: fn(&str),
) -> anyhow::Result<Response<impl hyper::body::Body<Data = Bytes, Error = UpstreamError>>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let Played { name, scene } = match head.method {
        Method::POST => {
            let body = Limited::new(body, MOST).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!(error))?;
            mock.answer(path, body.to_bytes())
        }
        Method::GET if path.trim_end_matches('/').ends_with("/models") => Played {
            name: "list of models".to_owned(),
            scene: Mock::models(),
        },
        _ => Played {
            name: "404".to_owned(),
            scene: Scene::new(StatusCode::NOT_FOUND, "text/plain"),
        },
    };
    heard(&format!("{} {path}: {name}", head.method));
    let reply = scene.play().await?;
    let body = reply.body.then(async |piece| {
        if piece.is_err() {
            tokio::time::sleep(BEFORE_BREAK).await;
        }
        piece.map(Frame::data)
    });
    let mut response = Response::new(StreamBody::new(body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}
