//! Against raw TCP servers on loopback.

mod compression;
mod connections;
mod exchange;
mod failures;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use yallmp_core::config::Deployment;
use yallmp_core::upstream::ByteStream;

use super::*;

/// Both ways to a backend: our own client, and reqwest as it is used for https.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Plain,
    Reqwest,
}

const WAYS: [Way; 2] = [Way::Plain, Way::Reqwest];

struct Client {
    way: Way,
    upstreams: Upstreams,
}

impl Client {
    fn new(way: Way) -> Self {
        Self {
            way,
            upstreams: Upstreams::new(),
        }
    }

    async fn send(&self, url: &str) -> Result<UpstreamReply, UpstreamError> {
        self.send_request(request(url)).await
    }

    async fn send_request(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        match self.way {
            Way::Plain => self.upstreams.send(request).await,
            Way::Reqwest => decode::decode(self.upstreams.tls.send(request).await?),
        }
    }
}

fn request(url: &str) -> UpstreamRequest {
    let base = url.to_owned();
    let deployment = Deployment::new("a", Backend::Http { base });
    let headers = [("content-type", "application/json"), ("x-mine", "yes")];
    UpstreamRequest {
        deployment: Arc::new(deployment),
        method: Method::POST,
        url: url.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect(),
        body: Bytes::from_static(b"{\"model\":\"a\"}"),
    }
}

/// Serve each connection with `handle`, which is told its number. The URL to ask.
async fn serve<F, Fut>(handle: F) -> String
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/chat?x=1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(handle(number, stream));
        }
    });
    url
}

/// Read one request; None at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
        }
        if text.ends_with(b"{\"model\":\"a\"}") {
            return Some(String::from_utf8(text).unwrap());
        }
    }
}

/// A server that answers every request with the same bytes, and closes when `close` says so.
async fn answering(answer: impl Into<Vec<u8>>, close: bool) -> String {
    let answer = Arc::new(answer.into());
    serve(move |_, mut stream| {
        let answer = answer.clone();
        async move {
            while read_request(&mut stream).await.is_some() {
                stream.write_all(&answer).await.unwrap();
                if close {
                    return;
                }
            }
        }
    })
    .await
}

fn whole(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn read(mut body: ByteStream) -> Result<String, UpstreamError> {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await {
        all.extend_from_slice(&piece?);
    }
    Ok(String::from_utf8(all).unwrap())
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), future).await {
        Ok(value) => value,
        Err(_) => panic!("never happened: {what}"),
    }
}
