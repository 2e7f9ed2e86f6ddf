//! http without TLS, HTTP/1.1: the hot path, so with a client of its own. A request needs no
//! task, no channel and no second wake-up: whoever reads an answer reads the socket
//! (`docs/benchmarks.md`). What HTTP is here: one request at a time on a connection, bodies
//! of known length out, all framings of RFC 9112 in.

mod body;
mod framing;
mod head;
mod pool;
mod wire;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Buf as _;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, StatusCode, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::proxy::matcher::Matcher;
use tower_service::Service;
use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};

use super::error;
use body::Body;
use pool::Pool;
use wire::Wire;

/// Bodies up to this size go out in one piece with their head.
const MAX_JOINED: usize = 16 << 10;
/// Finds a peer that vanished without a word; the limits of an exchange find it sooner.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) struct Client {
    connector: HttpConnector,
    proxies: Matcher,
    /// By authority (`host:port`); as many as the configuration names.
    origins: RwLock<HashMap<String, Arc<Origin>>>,
}

/// What is known of `http://host:port`, so that a request need not find it out.
pub(super) struct Origin {
    root: Uri,
    host: HeaderValue,
    is_proxied: bool,
    pool: Arc<Pool>,
}

impl Origin {
    /// Is there a proxy in between, which this client cannot talk to?
    pub fn is_proxied(&self) -> bool {
        self.is_proxied
    }
}

impl Client {
    pub fn new(proxies: Matcher) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_keepalive(Some(TCP_KEEPALIVE));
        Self {
            connector,
            proxies,
            origins: RwLock::default(),
        }
    }

    pub async fn send(
        &self,
        origin: &Origin,
        uri: Uri,
        request: UpstreamRequest,
    ) -> Result<UpstreamReply, UpstreamError> {
        let connect = request.deployment.timeouts.connect;
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let UpstreamRequest { method, body, .. } = &request;
        let mut head = head::request(method, path, &request.headers, &origin.host, body.len());
        // One piece is written faster than two, and copied faster still.
        let body = match body.len() <= MAX_JOINED {
            true => {
                head.extend_from_slice(body);
                &[]
            }
            false => &body[..],
        };
        let (mut wire, is_whole) = loop {
            let pooled = origin.pool.take();
            let reused = pooled.is_some();
            let mut wire = match pooled {
                Some(wire) => wire,
                None => self.connect(origin, connect).await?,
            };
            match wire.write(&head, body).await {
                Ok(is_whole) => break (wire, is_whole),
                // The backend closed it meanwhile, and has not got a request.
                Err(_) if reused => {}
                Err(error) => return Err(broken(&error)),
            }
        };
        let answer = answer(&mut wire, method).await?;
        let pool = (answer.stays_open && is_whole).then(|| origin.pool.clone());
        Ok(UpstreamReply {
            status: answer.status,
            headers: answer.headers,
            body: Box::pin(Body::new(wire, answer.framing, pool)),
        })
    }

    pub fn origin(&self, uri: &Uri) -> Result<Arc<Origin>, UpstreamError> {
        let unsendable = || UpstreamError::Unsendable("the URL names no host".to_owned());
        let authority = uri.authority().ok_or_else(unsendable)?;
        let known = self.origins.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = known.get(authority.as_str()) {
            return Ok(origin.clone());
        }
        drop(known);
        // User and password are no part of the `host` header.
        let (_, host) = authority
            .as_str()
            .rsplit_once('@')
            .unwrap_or(("", authority.as_str()));
        let root = Uri::builder()
            .scheme("http")
            .authority(authority.as_str())
            .path_and_query("/");
        let origin = Arc::new(Origin {
            is_proxied: !is_loopback(authority.host()) && self.proxies.intercept(uri).is_some(),
            root: root.build().map_err(|_| unsendable())?,
            host: HeaderValue::from_str(host).map_err(|_| unsendable())?,
            pool: Arc::default(),
        });
        let mut known = self.origins.write().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(authority.as_str().to_owned());
        Ok(entry.or_insert(origin).clone())
    }

    async fn connect(&self, origin: &Origin, limit: Duration) -> Result<Wire, UpstreamError> {
        let connecting = self.connector.clone().call(origin.root.clone());
        let stream = tokio::time::timeout(limit, connecting)
            .await
            .map_err(|_| UpstreamError::ConnectTimeout(limit))?
            .map_err(|error| {
                let to = origin.host.to_str().unwrap_or_default();
                error::connect(&error, to, limit)
            })?;
        Ok(Wire::new(stream.into_inner()))
    }
}

/// Read the head of the answer, past those that only say that it will come.
async fn answer(wire: &mut Wire, method: &Method) -> Result<head::Answer, UpstreamError> {
    loop {
        match head::answer(&wire.input, method).map_err(unreadable)? {
            Some((answer, length)) => {
                wire.input.advance(length);
                if answer.status == StatusCode::SWITCHING_PROTOCOLS {
                    return Err(unreadable(
                        "it switches to a protocol that nobody asked for",
                    ));
                }
                if !answer.status.is_informational() {
                    return Ok(answer);
                }
            }
            None => {
                if wire.read().await.map_err(|error| broken(&error))? == 0 {
                    let what = "the backend closed it before it answered";
                    return Err(UpstreamError::Broken(what.into()));
                }
            }
        }
    }
}

fn broken(error: &io::Error) -> UpstreamError {
    UpstreamError::Broken(error.to_string())
}

fn unreadable(what: impl Into<String>) -> UpstreamError {
    UpstreamError::Unreadable(what.into())
}

/// This machine is never behind a proxy, whatever `NO_PROXY` says or leaves out.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_apply_where_they_should() {
        let proxies = Matcher::builder()
            .all("http://proxy:3128")
            .no("inside.example")
            .build();
        let client = Client::new(proxies);
        for (url, expected) in [
            ("http://backend.example/v1", true),
            ("http://inside.example:8000/v1", false),
            ("http://localhost:8000/v1", false),
            ("http://127.0.0.1:8000/v1", false),
            ("http://[::1]:8000/v1", false),
            ("http://10.0.0.1/v1", true),
        ] {
            let origin = client.origin(&Uri::from_static(url)).unwrap();
            assert_eq!(origin.is_proxied(), expected, "{url}");
        }
    }
}
