//! https, and what goes through a proxy.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

use super::body::Pieces;
use super::error;

/// Under the keep-alive of the usual load balancers (60 s).
const MAX_IDLE: Duration = Duration::from_secs(50);
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// One client for each connect limit in use: reqwest knows that limit only per client.
/// Made at the first use, since reading the system's certificates takes a while.
#[derive(Default)]
pub(super) struct Clients {
    by_limit: Mutex<HashMap<Duration, reqwest::Client>>,
}

impl Clients {
    pub async fn send(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        let limit = request.deployment.timeouts.connect;
        let answer = self
            .client(limit)?
            .request(request.method, &request.url)
            .headers(request.headers)
            .body(request.body)
            .send()
            .await
            .map_err(|error| failed(error, limit))?;
        let (head, body) = http::Response::from(answer).into_parts();
        Ok(UpstreamReply {
            status: head.status,
            headers: head.headers,
            body: Box::pin(Pieces::new(body, ())),
        })
    }

    fn client(&self, connect: Duration) -> Result<reqwest::Client, UpstreamError> {
        let mut clients = self.by_limit.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&connect) {
            return Ok(client.clone());
        }
        // No `timeout`: it would cover the body and cut long streams.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect)
            .pool_idle_timeout(MAX_IDLE)
            .tcp_keepalive(TCP_KEEPALIVE)
            .build()
            .map_err(|error| UpstreamError::Unsendable(error::text(&error)))?;
        clients.insert(connect, client.clone());
        Ok(client)
    }
}

fn failed(error: reqwest::Error, limit: Duration) -> UpstreamError {
    let to = error
        .url()
        .and_then(|url| url.host_str())
        .unwrap_or_default()
        .to_owned();
    // A query may hold a key.
    let error = error.without_url();
    if error.is_builder() {
        UpstreamError::Unsendable(error::text(&error))
    } else if error.is_connect() && error.is_timeout() {
        UpstreamError::ConnectTimeout(limit)
    } else if error.is_connect() {
        error::connect(&error, &to, limit)
    } else {
        error::broken(&error)
    }
}
