//! The same with axum in front and reqwest behind: what these two cost.

use std::net::SocketAddr;

use anyhow::Result;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, HOST};
use axum::response::Response;
use axum::serve::ListenerExt;
use reqwest::Client;
use tokio::net::TcpListener;

pub async fn serve(listener: TcpListener, upstream: SocketAddr) -> Result<()> {
    let client = Client::builder()
        .pool_max_idle_per_host(2000)
        .tcp_nodelay(true)
        .no_proxy()
        .build()?;
    let app = axum::Router::new()
        .fallback(pass)
        .with_state((client, upstream));
    let listener = listener.tap_io(|socket| {
        let _ = socket.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

async fn pass(
    State((client, upstream)): State<(Client, SocketAddr)>,
    request: Request,
) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let mut headers = head.headers;
    headers.remove(HOST);
    headers.remove(CONNECTION);
    let answer = client
        .request(head.method, format!("http://{upstream}{}", head.uri))
        .headers(headers)
        .body(reqwest::Body::wrap_stream(body.into_data_stream()))
        .send()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    Ok(response)
}
