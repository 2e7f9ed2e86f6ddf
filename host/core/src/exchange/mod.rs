//! One exchange: from the client's request to the last byte of its answer. The only place
//! where routing, chain, upstream and tape meet.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::chain::Plugin;
use crate::config::Config;
use crate::error::ProxyError;
use crate::tape::Sink;
use crate::upstream::{ByteStream, Upstream};

/// Everything an exchange needs; immutable but for the health inside the router. Replaced
/// whole when the configuration changes.
pub struct Gateway {
    pub config: Arc<Config>,
    /// The chain of each deployment, by deployment id, nearest the client first.
    pub chains: HashMap<String, Vec<Arc<dyn Plugin>>>,
    pub upstream: Arc<dyn Upstream>,
    pub sink: Arc<dyn Sink>,
}

/// A request that is allowed in; its body is still unread JSON.
pub struct ClientRequest {
    /// From the client's `x-request-id` if it is sane, else made here.
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

/// Run one exchange. An `Err` has not sent a byte and is logged already. Dropping the future
/// cancels the exchange, which is logged as cancelled.
pub async fn run(_gateway: Arc<Gateway>, _request: ClientRequest) -> Result<Reply, ProxyError> {
    todo!()
}
