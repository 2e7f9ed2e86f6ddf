//! One exchange: from the client's request to the last byte of its answer. The only place
//! where routing, chain, upstream and tape meet.

mod answer;
mod asked;
mod attempt;
mod headers;
mod kind;
mod open;
mod pump;
mod reply;
mod stream;
#[cfg(test)]
mod tests;
mod wait;
mod whole;

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::account::{Observer, TraceContext};
use crate::chain::Chain;
use crate::config::{Config, Deployment};
use crate::dialect;
use crate::error::ProxyError;
use crate::route::Router;
use crate::tape::Sink;
use crate::upstream::{ByteStream, Upstream};

/// Everything an exchange needs; immutable but for the health inside the router. Replaced
/// whole when the configuration changes; an exchange keeps the one it began with.
pub struct Gateway {
    pub config: Arc<Config>,
    pub router: Router,
    /// By deployment id. A deployment that is not here has no plugins.
    pub chains: HashMap<String, Arc<Chain>>,
    pub upstream: Arc<dyn Upstream>,
    pub sink: Arc<dyn Sink>,
    pub observer: Arc<dyn Observer>,
}

/// A request that is allowed in; its body is still unread JSON.
pub struct ClientRequest {
    /// From the client's `x-request-id` if it is sane, else made at the edge.
    pub id: Arc<str>,
    /// Such as `/v1/chat/completions`.
    pub path: Arc<str>,
    /// `Host` header or listening address.
    pub host: String,
    /// All headers as they came, credentials included.
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Opaque name of who asks.
    pub tenant: Arc<str>,
    /// Its place in a distributed trace, if somebody records spans.
    pub trace: Option<TraceContext>,
}

pub struct Reply {
    pub status: StatusCode,
    /// Complete, less `content-length`, `date` and hop-by-hop.
    pub headers: HeaderMap,
    pub body: ReplyBody,
}

pub enum ReplyBody {
    Whole(Bytes),
    /// Never yields an error: what goes wrong after commit is said inside the stream.
    /// Dropping it cancels the exchange.
    Stream(ByteStream),
}

impl Gateway {
    /// A deployment answered, for this `usage` if it said.
    fn answered(&self, deployment: &Deployment, usage: Option<&str>) {
        let now = Instant::now();
        self.router.report(deployment, Ok(()), now);
        if deployment.tpm.is_some()
            && let Some(tokens) = usage.and_then(dialect::total_tokens)
        {
            self.router.used(deployment, tokens, now);
        }
    }
}

/// Run one exchange. An `Err` has not sent a byte and is logged already. Dropping the future
/// cancels the exchange, which is logged as cancelled.
pub async fn run(gateway: Arc<Gateway>, request: ClientRequest) -> Result<Reply, ProxyError> {
    let keep_alive = gateway.config.streaming.keep_alive;
    let exchange = open::Exchange::new(gateway, request)?;
    match keep_alive.filter(|_| exchange.streaming) {
        Some(every) => reply::within(exchange, every).await,
        None => Ok(reply::of(exchange.open().await?)),
    }
}
