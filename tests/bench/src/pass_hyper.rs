//! The least a Rust proxy can do: hyper's server in front of hyper-util's pooled client,
//! bodies handed on as they are.

use std::net::SocketAddr;

use anyhow::Result;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST};
use hyper::service::service_fn;
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

pub async fn serve(listener: TcpListener, upstream: SocketAddr) -> Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Incoming> = Client::builder(TokioExecutor::new())
        .pool_max_idle_per_host(2000)
        .build(connector);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let client = client.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| client.request(redirected(request, upstream)));
            // A client that leaves is the normal end of a connection.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

fn redirected(mut request: Request<Incoming>, upstream: SocketAddr) -> Request<Incoming> {
    let mut uri = std::mem::take(request.uri_mut()).into_parts();
    uri.scheme = Some(hyper::http::uri::Scheme::HTTP);
    uri.authority = upstream.to_string().parse().ok();
    *request.uri_mut() = Uri::from_parts(uri).unwrap_or_default();
    request.headers_mut().remove(HOST);
    request.headers_mut().remove(CONNECTION);
    request
}
